"""Parse a template document of a pack: every fault is named with its path, languages and variables included."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.translation import gettext

from qadam.lib.documents import Node, open_document, refuse_faults
from qadam.lib.text import LANGUAGES, Words
from qadam.messaging import texts, variables
from qadam.messaging.models import Category

CHANNELS = ("email",)


@dataclass(frozen=True, slots=True)
class Button:
    """The one button of a letter; `path` is a page of ours and begins with a slash."""

    label: Words
    path: str


@dataclass(frozen=True, slots=True)
class TemplateDocument:
    """A checked template. Subject, body and label are Liquid; `variables` are all that they use."""

    slug: str
    channel: str
    category: str
    variables: tuple[str, ...]
    subject: Words
    body: Words
    button: Button | None


def parse_template(document: object) -> TemplateDocument:
    """Read a template document.

    Raises:
        FaultyDocument: with every fault and its path: a missing language, an unknown variable, Liquid with its line.
    """
    node = open_document(document)
    node.refuse_other_keys("template", "channel", "category", "variables", "subject", "body", "button")
    parsed = TemplateDocument(
        slug=node.slug("template"),
        channel=node.choice("channel", CHANNELS),
        category=node.choice("category", Category.values),
        variables=_read_variables(node),
        subject=node.words("subject"),
        body=node.words("body"),
        button=_read_button(node) if node.has("button") else None,
    )
    _check_texts(node, parsed)
    refuse_faults(node)
    return parsed


def _read_variables(node: Node) -> tuple[str, ...]:
    if not node.content.get("variables"):
        return ()
    names = node.texts("variables")
    known = variables.known_names()
    for place, name in enumerate(names):
        if name not in known:
            message = gettext("“%(name)s” is unknown; there are: %(known)s")
            node.complain(f"variables[{place}]", message % {"name": name, "known": ", ".join(known)})
    return names


def _read_button(node: Node) -> Button:
    button = node.node("button")
    button.refuse_other_keys("label", "path")
    path = button.text("path")
    if path and (not path.startswith("/") or path.startswith("//")):
        button.complain("path", gettext("a page of ours is needed, such as /today/"))
    return Button(button.words("label"), path)


def _check_texts(node: Node, parsed: TemplateDocument) -> None:
    for place, words in _texts_of(parsed).items():
        for language in LANGUAGES:
            for fault in texts.find_text_faults(words.in_language(language), parsed.variables):
                message = gettext("line %(line)s: %(message)s") % {"line": fault.line, "message": fault.message}
                node.complain(f"{place}.{language}", message)


def _texts_of(parsed: TemplateDocument) -> Mapping[str, Words]:
    found = {"subject": parsed.subject, "body": parsed.body}
    return {**found, "button.label": parsed.button.label} if parsed.button else found
