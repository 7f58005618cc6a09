"""The texts that people agree to: documents of a pack, each version kept for ever, because consents name it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext

from qadam.jobs.transactions import write
from qadam.lib.documents import Fault, FaultyDocument, hash_of, open_document, refuse_faults
from qadam.lib.text import Words, words_of
from qadam.people.joining_models import ConsentText
from qadam.people.models import Company, ConsentKind, User
from qadam.people.operations import write_audit

PURPOSES = ("registration",)
LONGEST_VERSION = 32


@dataclass(frozen=True, slots=True)
class ConsentDocument:
    """A text to agree to. `label` is the sentence beside the box; paragraphs of `text` are parted by empty lines."""

    kind: str
    version: str
    title: Words
    label: Words
    text: Words
    purpose: str


@dataclass(frozen=True, slots=True)
class ConsentWords:
    """A text in one language, with the company's name in it."""

    kind: str
    version: str
    title: str
    label: str
    paragraphs: tuple[str, ...]


def parse_consent(document: object) -> ConsentDocument:
    """Read a consent text.

    Raises:
        FaultyDocument: with every fault and its path.
    """
    node = open_document(document)
    node.refuse_other_keys("consent", "version", "title", "label", "text", "purpose")
    parsed = ConsentDocument(
        kind=node.choice("consent", ConsentKind.values),
        version=node.text("version"),
        title=node.words("title"),
        label=node.words("label"),
        text=node.words("text"),
        purpose=node.choice("purpose", PURPOSES),
    )
    if len(parsed.version) > LONGEST_VERSION:
        node.complain("version", gettext("%(most)d characters at most") % {"most": LONGEST_VERSION})
    refuse_faults(node)
    return parsed


@write()
def publish_consent(*, document: Mapping[str, object], actor: User | None, now: datetime) -> ConsentText:
    """Publish a version of a text; the same again changes nothing. Whoever agreed before agreed to the version before.

    Raises:
        FaultyDocument: every fault with its path; among them other words under a version that stands already.
    """
    parsed = parse_consent(document)
    content_hash = hash_of(document)
    before = ConsentText.objects.filter(kind=parsed.kind, version=parsed.version).first()
    if before is not None and before.content_hash == content_hash:
        return before
    if before is not None:
        message = gettext("people may have agreed to this version; give the new text a new version")
        raise FaultyDocument([Fault("version", message)])
    version = ConsentText.objects.create(
        kind=parsed.kind,
        version=parsed.version,
        document=dict(document),
        content_hash=content_hash,
        published_at=now,
    )
    detail = {"version": parsed.version}
    write_audit(actor=actor, action="consent.published", target=f"consent:{parsed.kind}", detail=detail, now=now)
    return version


def current_text(kind: str, language: str) -> ConsentWords | None:
    """Return the text in force; None where the company has published none."""
    newest = ConsentText.objects.filter(kind=kind).order_by("-id").first()
    return _in_language(newest, language) if newest else None


def text_of_version(kind: str, version: str, language: str) -> ConsentWords | None:
    """Return the very text that a consent names."""
    found = ConsentText.objects.filter(kind=kind, version=version).first()
    return _in_language(found, language) if found else None


def _in_language(row: ConsentText, language: str) -> ConsentWords:
    company = Company.objects.values_list("name", flat=True).first() or ""
    title, label, text = (
        words_of(row.document[key]).in_language(language).replace("{company}", company)
        for key in ("title", "label", "text")
    )
    return ConsentWords(row.kind, row.version, title, label, split_paragraphs(text))


def split_paragraphs(text: str) -> tuple[str, ...]:
    """Part a text at its empty lines; line breaks inside a paragraph become spaces."""
    return tuple(" ".join(block.split()) for block in re.split(r"\n\s*\n", text.strip()))


def stored_texts() -> Mapping[str, Mapping[str, object]]:
    """Return {kind: document} of the texts in force, for comparing with a pack."""
    return dict(ConsentText.objects.order_by("id").values_list("kind", "document"))
