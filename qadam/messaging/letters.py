"""Make a letter from a template: Liquid for the words, one MJML layout for the look, a text part beside it."""

import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from django.template.defaultfilters import linebreaksbr
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.html import escape
from django.utils.translation import gettext as _
from mjml import mjml2html

from qadam.lib.text import Words
from qadam.messaging import texts
from qadam.messaging.documents import Answers, TemplateDocument
from qadam.messaging.models import Category
from qadam.messaging.providers import PAGES, link_to
from qadam.messaging.rules import one_line, paragraphs_of

STAFF = "staff"
"""The category of letters to the company's own staff, which no template has."""
ACCOUNT = "account"
"""The category of letters about somebody's way in."""

_nonce = secrets.token_hex(8)
# Nobody's words hold this: neither a company's name nor a template can open a slot of its own.
SLOT = f"slot-{_nonce}-%s-end"
SLOTS = re.compile(f"slot-{_nonce}-([a-z]+[0-9]*)-end")


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
class Frame:
    """What surrounds the words of a letter.

    `stop_url` stops advertising at one click, `seen_url` is a picture of one dot that tells of the opening,
    `answer_url` is where the letter's question is answered; "" without.
    """

    language: str
    company: str
    category: str
    stop_url: str = ""
    seen_url: str = ""
    answer_url: str = ""


@dataclass(frozen=True, slots=True)
class _Scale:
    """The answers of a letter in one language, with the ends of their scale; without ends they are options."""

    answers: tuple[tuple[str, str], ...]
    low: str
    high: str

    def links(self, base: str) -> list[Link]:
        return [Link(words, f"{base}{value}/") for value, words in self.answers]


@dataclass(frozen=True, slots=True)
class _Shape:
    """What the layout needs beside the words, which are filled in later: letters of one shape share its HTML."""

    language: str
    company: str
    why: str
    paragraphs: int
    has_button: bool
    stop: str
    is_seen: bool
    scale: _Scale | None = None


def make_content(template: TemplateDocument, frame: Frame, values: Mapping[str, object]) -> Content:
    """Render a template for one member.

    Raises:
        UnrenderableLetter: a variable is unknown for this member, or the text can't be rendered.
    """
    subject = one_line(texts.render_text(template.subject.in_language(frame.language), values))
    paragraphs = paragraphs_of(texts.render_text(template.body.in_language(frame.language), values))
    button = _make_button(template, frame.language, values)
    scale = _scale_of(template, frame.language)
    answer_url = frame.answer_url or link_to(f"{PAGES['today']}#")
    why, stop_label = _footer(frame.language, frame.category, frame.company)
    stop = Link(stop_label, frame.stop_url or link_to(PAGES["me"])) if stop_label else None
    shape = _Shape(
        frame.language,
        frame.company,
        why,
        len(paragraphs),
        button is not None,
        stop.label if stop else "",
        bool(frame.seen_url),
        scale,
    )
    words = {
        "subject": escape(subject),
        "preview": escape(one_line(paragraphs[0])) if paragraphs else "",
        "label": escape(button.label) if button else "",
        "target": escape(button.address) if button else "",
        "stop": escape(stop.address) if stop else "",
        "seen": escape(frame.seen_url),
        "answer": escape(answer_url),
        **{f"paragraph{place}": str(linebreaksbr(text, autoescape=True)) for place, text in enumerate(paragraphs)},
    }
    html = "".join(words[piece] if is_slot else piece for is_slot, piece in _layout(shape))
    links = scale.links(answer_url) if scale else []
    return Content(subject, html, _as_text(paragraphs, links, button, why, stop))


def render_fields(template: TemplateDocument, language: str, values: Mapping[str, object]) -> dict[str, str]:
    """Render the fields of a webhook for one member.

    Raises: as `make_content`.
    """
    return {name: texts.render_text(words.in_language(language), values) for name, words in template.fields.items()}


@lru_cache(maxsize=500)
def _layout(shape: _Shape) -> tuple[tuple[bool, str], ...]:
    """Return the HTML of a shape in pieces: (False, HTML) as it is, (True, name) a slot for words of that name.

    Compiling MJML costs more than all the rest of a letter, so it is done once for letters that differ in words only.
    """
    marks = [f"paragraph{place}" for place in range(shape.paragraphs)]
    context = {
        "language": shape.language,
        "company": shape.company,
        "why": shape.why,
        "subject": SLOT % "subject",
        "preview": SLOT % "preview" if marks else "",
        "paragraphs": [SLOT % mark for mark in marks],
        "button": Link(SLOT % "label", SLOT % "target") if shape.has_button else None,
        "stop": Link(shape.stop, SLOT % "stop") if shape.stop else None,
        "seen": SLOT % "seen" if shape.is_seen else "",
        "scale": shape.scale,
        "answers": shape.scale.links(SLOT % "answer") if shape.scale else [],
    }
    # Without this the compiler adds a link to a font service for every font name that it knows.
    html = str(mjml2html(render_to_string("messaging/letter.mjml", context), fonts={}))
    pieces = SLOTS.split(html)
    return tuple((place % 2 == 1, piece) for place, piece in enumerate(pieces))


def _make_button(template: TemplateDocument, language: str, values: Mapping[str, object]) -> Link | None:
    if template.button is None:
        return None
    label = one_line(texts.render_text(template.button.label.in_language(language), values))
    return Link(label, link_to(template.button.path))


def _scale_of(template: TemplateDocument, language: str) -> _Scale | None:
    if (answers := template.answers) is None:
        return None
    ends = [f"{value} — {words.in_language(language)}" for value, words in _ends(answers)]
    low, high = ends or ("", "")
    return _Scale(tuple((value, words.in_language(language)) for value, words in answers.choices), low, high)


def _ends(answers: Answers) -> list[tuple[str, Words]]:
    values = [value for value, _words in answers.choices]
    return [(values[0], answers.low), (values[-1], answers.high)] if answers.is_scale else []


@lru_cache(maxsize=100)
def _footer(language: str, category: str, company: str) -> tuple[str, str]:
    """Return why the person gets this letter, and the words of the way out of advertising ("" in a service letter)."""
    with translation.override(language):
        if category == Category.ADVERTISING:
            why = _("You get this letter because you agreed to news and offers from %(company)s.")
            return why % {"company": company}, _("Stop these letters")
        if category == STAFF:
            return _("You get this letter because it concerns your work for %(company)s.") % {"company": company}, ""
        if category == ACCOUNT:
            return _("You get this letter because it concerns your way in to %(company)s.") % {"company": company}, ""
        why = _("You get this letter because you are with %(company)s: it is about your own plan and people.")
        return why % {"company": company}, ""


def _as_text(
    paragraphs: Sequence[str], answers: Sequence[Link], button: Link | None, why: str, stop: Link | None
) -> str:
    blocks = [*paragraphs]
    if answers:
        blocks.append("\n".join(f"{answer.label}: {answer.address}" for answer in answers))
    if button is not None:
        blocks.append(f"{button.label}:\n{button.address}")
    footer = why if stop is None else f"{why}\n{stop.label}: {stop.address}"
    return "\n\n".join([*blocks, f"-- \n{footer}"]) + "\n"
