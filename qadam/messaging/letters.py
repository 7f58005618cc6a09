"""Make a letter from a template: Liquid for the words, one MJML layout for the look, a text part beside it."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext as _
from mjml import mjml2html

from qadam.messaging import texts
from qadam.messaging.documents import TemplateDocument
from qadam.messaging.models import Category
from qadam.messaging.providers import PAGES, link_to
from qadam.messaging.rules import one_line, paragraphs_of


@dataclass(frozen=True, slots=True)
class Link:
    label: str
    address: str


@dataclass(frozen=True, slots=True)
class Content:
    """The parts of one letter, ready to send."""

    subject: str
    html: str
    text: str


@dataclass(frozen=True, slots=True)
class _Parts:
    """What the layout shows. `why` says why the person gets this letter; `stop` is the way out of advertising."""

    language: str
    company: str
    subject: str
    paragraphs: tuple[str, ...]
    button: Link | None
    why: str
    stop: Link | None


def make_content(
    template: TemplateDocument, *, category: str, language: str, company: str, values: Mapping[str, object]
) -> Content:
    """Render a template for one member.

    Raises:
        UnrenderableLetter: a variable is unknown for this member, or the text can't be rendered.
    """
    with translation.override(language):
        why, stop = _footer(category, company)
    parts = _Parts(
        language=language,
        company=company,
        subject=one_line(texts.render_text(template.subject.in_language(language), values)),
        paragraphs=paragraphs_of(texts.render_text(template.body.in_language(language), values)),
        button=_make_button(template, language, values),
        why=why,
        stop=stop,
    )
    return Content(parts.subject, _as_html(parts), _as_text(parts))


def _make_button(template: TemplateDocument, language: str, values: Mapping[str, object]) -> Link | None:
    if template.button is None:
        return None
    label = one_line(texts.render_text(template.button.label.in_language(language), values))
    return Link(label, link_to(template.button.path))


def _footer(category: str, company: str) -> tuple[str, Link | None]:
    if category == Category.ADVERTISING:
        why = _("You get this letter because you agreed to news and offers from %(company)s.")
        return why % {"company": company}, Link(_("Stop these letters"), link_to(PAGES["me"]))
    why = _("You get this letter because you are with %(company)s: it is about your own plan and people.")
    return why % {"company": company}, None


def _as_html(parts: _Parts) -> str:
    preview = one_line(parts.paragraphs[0]) if parts.paragraphs else ""
    context = {name: getattr(parts, name) for name in _Parts.__slots__}
    source = render_to_string("messaging/letter.mjml", {**context, "preview": preview})
    # Without this the compiler adds a link to a font service for every font name that it knows.
    return str(mjml2html(source, fonts={}))


def _as_text(parts: _Parts) -> str:
    blocks = [*parts.paragraphs]
    if parts.button is not None:
        blocks.append(f"{parts.button.label}:\n{parts.button.address}")
    footer = parts.why if parts.stop is None else f"{parts.why}\n{parts.stop.label}: {parts.stop.address}"
    return "\n\n".join([*blocks, f"-- \n{footer}"]) + "\n"
