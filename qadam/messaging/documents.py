"""Parse templates and the company's policy: every fault is named with its path, languages and variables included."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from urllib.parse import urlsplit

from django.utils.translation import gettext

from qadam.lib.documents import Node, open_document, parse_duration, refuse_faults
from qadam.lib.text import LANGUAGES, Words
from qadam.messaging import texts, variables
from qadam.messaging.models import Category
from qadam.messaging.rules import Cap, Window, window_of

CHANNELS = ("email", "webhook")


NO_WORDS = Words("", "", "")


@dataclass(frozen=True, slots=True)
class Button:
    """The one button of a letter; `path` is a page of ours and begins with a slash."""

    label: Words
    path: str


@dataclass(frozen=True, slots=True)
class Answers:
    """Answers to choose from, each a link of its own below the body: (value, words), in order.

    A scale has the words of its ends. Never Liquid, and never in a template document: surveys bring them.
    """

    choices: tuple[tuple[str, Words], ...]
    low: Words = NO_WORDS
    high: Words = NO_WORDS

    @property
    def is_scale(self) -> bool:
        return bool(self.low.en)


@dataclass(frozen=True, slots=True)
class TemplateDocument:
    """A checked template. Subject, body, label and fields are Liquid; `variables` are all that they use.

    A webhook has `url` and `fields`, an e-mail the rest.
    """

    slug: str
    channel: str
    category: str
    variables: tuple[str, ...]
    subject: Words = NO_WORDS
    body: Words = NO_WORDS
    button: Button | None = None
    url: str = ""
    fields: Mapping[str, Words] = field(default_factory=dict)
    answers: Answers | None = None


@dataclass(frozen=True, slots=True)
class PolicyDocument:
    """Quiet hours by channel, and caps; what isn't named is free. `opens`: letters tell that they were opened.

    `holdout`: how many ten-thousandths of all members form the control group of all journeys.
    """

    quiet: Mapping[str, Window] = field(default_factory=dict)
    caps: tuple[Cap, ...] = ()
    opens: bool = True
    holdout: int = 0


def parse_template(document: object) -> TemplateDocument:
    """Read a template document.

    Raises:
        FaultyDocument: with every fault and its path: a missing language, an unknown variable, Liquid with its line.
    """
    node = open_document(document)
    channel = node.choice("channel", CHANNELS)
    parsed = _read_webhook(node) if channel == "webhook" else _read_letter(node)
    _check_texts(node, parsed)
    refuse_faults(node)
    return parsed


def _read_letter(node: Node) -> TemplateDocument:
    node.refuse_other_keys("template", "channel", "category", "variables", "subject", "body", "button")
    return TemplateDocument(
        slug=node.slug("template"),
        channel="email",
        category=node.choice("category", Category.values),
        variables=_read_variables(node),
        subject=node.words("subject"),
        body=node.words("body"),
        button=_read_button(node) if node.has("button") else None,
    )


def _read_webhook(node: Node) -> TemplateDocument:
    node.refuse_other_keys("template", "channel", "category", "variables", "url", "body")
    return TemplateDocument(
        slug=node.slug("template"),
        channel="webhook",
        category=node.choice("category", Category.values),
        variables=_read_variables(node),
        url=_read_url(node),
        fields=_read_fields(node.node("body")),
    )


def _read_url(node: Node) -> str:
    url = node.text("url")
    if url and not is_web_address(url):
        node.complain("url", gettext("a web address is needed, such as https://example.com/hook"))
    return url


def is_web_address(url: str) -> bool:
    """Tell whether this is a plain http(s) address: with a host, without a password or a fragment, in ASCII."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return False
    is_plain = url.isascii() and url.isprintable() and " " not in url
    is_bare = parts.username is None and not parts.fragment and port != 0
    return is_plain and is_bare and parts.scheme in ("http", "https") and bool(parts.hostname)


def _read_fields(body: Node) -> dict[str, Words]:
    """Read {name: Liquid in kk, ru and en, or one text for all three}."""
    fields = {}
    for name, value in body.content.items():
        fields[str(name)] = Words(value, value, value) if isinstance(value, str) else body.words(name)
    return fields


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
    if parsed.channel == "webhook":
        return {f"body.{name}": words for name, words in parsed.fields.items()}
    found = {"subject": parsed.subject, "body": parsed.body}
    return {**found, "button.label": parsed.button.label} if parsed.button else found


def parse_policy(document: object) -> PolicyDocument:
    """Read the company's policy; {} asks for nothing.

    Raises:
        FaultyDocument: with every fault and its path.
    """
    node = open_document(document)
    node.refuse_other_keys("quiet", "caps", "opens", "holdout")
    quiet = _read_quiet(node.node("quiet")) if node.has("quiet") else {}
    caps = tuple(_read_cap(each) for each in node.nodes("caps")) if node.has("caps") else ()
    opens = node.flag("opens", default=True)
    holdout = node.share("holdout") if node.has("holdout") else 0
    refuse_faults(node)
    return PolicyDocument(quiet, caps, opens, holdout)


def _read_quiet(node: Node) -> dict[str, Window]:
    node.refuse_other_keys(*CHANNELS)
    windows = {}
    for channel in (name for name in CHANNELS if node.has(name)):
        hours = node.node(channel)
        hours.refuse_other_keys("from", "to")
        window = window_of(f"{hours.text('from')}-{hours.text('to')}")
        if window is None:
            hours.complain("to", gettext("two different times of the day are needed, such as 22:00 and 08:00"))
        else:
            windows[channel] = window
    return windows


def _read_cap(node: Node) -> Cap:
    node.refuse_other_keys("limit", "within", "category", "channel")
    within = node.duration("within")
    if parse_duration(node.content.get("within")) == timedelta():
        node.complain("within", gettext("a duration such as P14D or PT24H is needed"))
    return Cap(
        limit=node.integer("limit", at_least=1),
        within=within,
        category=node.choice("category", Category.values) if node.has("category") else "",
        channel=node.choice("channel", CHANNELS) if node.has("channel") else "",
    )
