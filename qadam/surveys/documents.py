"""Parse a short survey of a pack: one question, its scale or options, and the letter that asks. Faults with paths."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from qadam.lib.documents import Node, open_document, refuse_faults
from qadam.lib.text import Words
from qadam.surveys.rules import SCALES, Kind

LONGEST_KEY = 50
MOST_OPTIONS = 8
LONGEST_ANCHOR = 64

OPEN_DAYS = 7
AGAIN_DAYS = 90

KEYS = (
    *("survey", "kind", "name", "question", "low", "high", "options", "checks"),
    *("stage", "touchpoint", "comment", "open_days", "again_days", "letter"),
)


@dataclass(frozen=True, slots=True)
class Option:
    """One of the expectations that can be chosen."""

    key: str
    name: Words


@dataclass(frozen=True, slots=True)
class SurveyLetter:
    """The letter that asks; Liquid, a link for each answer stands below the body."""

    subject: Words
    body: Words


@dataclass(frozen=True, slots=True)
class SurveyDocument:
    """A checked survey. A scale has `low` and `high`, the words of its ends; a choice has `options` instead.

    `checks`: the survey whose chosen option this one asks about. `stage`, `touchpoint`: where the answers tell how
    people feel; "" nowhere. Days are whole days of 24 hours.
    """

    key: str
    kind: Kind
    name: Words
    question: Words
    low: Words | None
    high: Words | None
    options: tuple[Option, ...]
    checks: str
    stage: str
    touchpoint: str
    comment: Words | None
    open_days: int
    again_days: int
    letter: SurveyLetter

    @property
    def is_choice(self) -> bool:
        """Whether an option is chosen, instead of a score given."""
        return self.kind is Kind.EXPECTATION and not self.checks

    @property
    def scores(self) -> range:
        """The scores that can be given; none where an option is chosen."""
        return range(0) if self.is_choice else SCALES[self.kind]

    def option(self, key: str) -> Option | None:
        return next((option for option in self.options if option.key == key), None)


def parse_survey(document: object) -> SurveyDocument:
    """Read a survey.

    Raises:
        FaultyDocument: with every fault and its path: a missing language, a scale with options, a check of itself ….
    """
    node = open_document(document)
    node.refuse_other_keys(*KEYS)
    kind = Kind(node.choice("kind", list(Kind)))
    checks = _read_slug(node, "checks", LONGEST_KEY)
    is_choice = kind is Kind.EXPECTATION and not checks
    low, high = (None if is_choice else node.words(key) for key in ("low", "high"))
    parsed = SurveyDocument(
        key=_read_key(node),
        kind=kind,
        name=node.words("name"),
        question=node.words("question"),
        low=low,
        high=high,
        options=_read_options(node) if is_choice else (),
        checks=checks,
        stage=_read_slug(node, "stage", LONGEST_ANCHOR),
        touchpoint=_read_slug(node, "touchpoint", LONGEST_ANCHOR),
        comment=node.words("comment") if node.has("comment") else None,
        open_days=node.integer("open_days", OPEN_DAYS, at_least=1),
        again_days=node.integer("again_days", AGAIN_DAYS, at_least=0),
        letter=_read_letter(node.node("letter")),
    )
    _check_sense(node, parsed)
    refuse_faults(node)
    return parsed


def _read_key(node: Node) -> str:
    key = node.slug("survey")
    if len(key) > LONGEST_KEY:
        node.complain("survey", _("longer than %(most)s letters") % {"most": LONGEST_KEY})
    return key


def _read_slug(node: Node, key: str, most: int) -> str:
    if node.content.get(key) in (None, ""):
        return ""
    value = node.slug(key)
    if len(value) > most:
        node.complain(key, _("longer than %(most)s letters") % {"most": most})
    return value


def _read_options(node: Node) -> tuple[Option, ...]:
    options = []
    for each in node.nodes("options"):
        each.refuse_other_keys("key", "name")
        options.append(Option(each.slug("key"), each.words("name")))
    for place, option in enumerate(options):
        if option.key and option.key in {earlier.key for earlier in options[:place]}:
            node.complain(f"options[{place}].key", _("“%(key)s” stands here twice") % {"key": option.key})
        if len(option.key) > LONGEST_ANCHOR:
            node.complain(f"options[{place}].key", _("longer than %(most)s letters") % {"most": LONGEST_ANCHOR})
    if node.has("options") and not 2 <= len(options) <= MOST_OPTIONS:
        node.complain("options", _("from 2 to %(most)s are needed") % {"most": MOST_OPTIONS})
    return tuple(options)


def _read_letter(node: Node) -> SurveyLetter:
    node.refuse_other_keys("subject", "body")
    return SurveyLetter(node.words("subject"), node.words("body"))


def _check_sense(node: Node, survey: SurveyDocument) -> None:
    if survey.checks and survey.kind is not Kind.EXPECTATION:
        node.complain("checks", _("only an expectation is checked"))
    if survey.checks and survey.checks == survey.key:
        node.complain("checks", _("a survey can't check itself"))
    if not survey.is_choice and node.has("options"):
        node.complain("options", _("this survey has a scale; options are for an expectation that is chosen"))
    if survey.is_choice:
        for key in ("low", "high"):
            if node.has(key):
                node.complain(key, _("an expectation that is chosen has options and no scale"))
    if survey.touchpoint and not survey.stage:
        node.complain("stage", _("a touchpoint needs its stage"))
