"""What stands above the form of a document: how a challenge goes, whether a board helps, who stands on which level."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from qadam.lib.text import words_of
from qadam.office.recognition_fields import Document
from qadam.office.recognition_reading import level_counts
from qadam.recognition import board_report, challenge_queries
from qadam.recognition.errors import UnknownDefinition
from qadam.recognition.social_shapes import ArmResult, BoardReport, Retention
from qadam.ui.formats import number_words, percent_words


@dataclass(frozen=True, slots=True)
class Fact:
    """A number with what it says."""

    number: str
    label: str | Promise


@dataclass(frozen=True, slots=True)
class ChallengePanel:
    facts: tuple[Fact, ...]
    next_close_on: date | None
    is_begun: bool


@dataclass(frozen=True, slots=True)
class ArmLine:
    label: str | Promise
    share: str
    counts: str
    interval: str


@dataclass(frozen=True, slots=True)
class RetentionBlock:
    """Both arms at one day of the path. `verdict`: what may be said of it, in a sentence."""

    day: int
    arms: tuple[ArmLine, ArmLine]
    verdict: str


@dataclass(frozen=True, slots=True)
class BoardPanel:
    """Without a control group nothing can be said: `blocks` is empty then."""

    blocks: tuple[RetentionBlock, ...]
    has_control: bool


@dataclass(frozen=True, slots=True)
class LevelsPanel:
    lines: tuple[Fact, ...]


def read_challenge_panel(key: str, document: Document, now: datetime, language: str) -> ChallengePanel:
    found = challenge_queries.numbers_of(key, now=now)
    told: tuple[tuple[int, str | Promise], ...] = (
        (found.people, gettext_lazy("people take part or took part")),
        (found.running, pgettext_lazy("of a challenge", "goals are under way")),
        (found.reached, gettext_lazy("of them have reached the goal, the result is still open")),
        (found.won, gettext_lazy("goals were reached and closed")),
        (found.ended, gettext_lazy("ended without it")),
    )
    facts = tuple(Fact(number_words(count, language), label) for count, label in told)
    if document.get("for") == "company" and isinstance(document.get("goal"), int):
        goal = number_words(document["goal"], language)
        facts = (Fact(number_words(found.done, language), _("of the goal of %(goal)s") % {"goal": goal}), *facts[:1])
    return ChallengePanel(facts, found.next_close_on, found.attempts > 0)


def read_levels_panel(key: str, document: Document, now: datetime, language: str) -> LevelsPanel:
    counts = level_counts()
    steps = [step for step in document.get("steps") or () if isinstance(step, Mapping)]
    names = [words_of(step.get("name") or {}).in_language(language) for step in steps]
    return LevelsPanel(
        tuple(Fact(number_words(counts.get(place, 0), language), name) for place, name in enumerate(names))
    )


def read_board_panel(key: str, document: Document, now: datetime, language: str) -> BoardPanel | None:
    try:
        return tell_report(board_report.report_of(key, now=now), language)
    except UnknownDefinition:
        return None


# ── Whether a board helps ─────────────────────────────────


def tell_report(report: BoardReport, language: str) -> BoardPanel:
    """Return the report of a board's control group in words: a winner only where no doubt is left."""
    blocks = tuple(_block(each, language) for each in report.retention)
    return BoardPanel(blocks if report.holdout else (), bool(report.holdout))


def _block(each: Retention, language: str) -> RetentionBlock:
    treated = _arm(each.treated, _("See the board"), each.is_enough, language)
    arms = (treated, _arm(each.control, _("Control group"), each.is_enough, language))
    return RetentionBlock(each.day, arms, verdict_of(each, language))


def _arm(arm: ArmResult, label: str, is_enough: bool, language: str) -> ArmLine:
    """Return an arm in words: its counts always, its share only where there are enough to speak of one."""
    counts = _("%(count)s of %(n)s") % {
        "count": number_words(arm.kept, language),
        "n": number_words(arm.people, language),
    }
    if not is_enough or arm.interval is None:
        return ArmLine(label, "—", counts, "")
    share = percent_words(arm.kept / arm.people, language)
    interval = " – ".join(percent_words(end, language) for end in arm.interval)
    return ArmLine(label, share, counts, interval)


def verdict_of(each: Retention, language: str) -> str:
    """Return what may be said of one day: not enough data, no difference told from chance, more, or fewer."""
    if not each.is_enough or each.interval is None or each.difference is None:
        return _("Not enough data yet: nothing can be said about this board.")
    low, high = each.interval
    if low <= 0 <= high:
        return _("No difference that can be told from chance: the interval holds zero.")
    words = {
        "points": number_words(abs(round(each.difference * 100)), language),
        "low": _signed(low, language),
        "high": _signed(high, language),
    }
    if low > 0:
        return _("With the board %(points)s points more stay (95 %% interval %(low)s … %(high)s).") % words
    return _("With the board %(points)s points fewer stay (95 %% interval %(low)s … %(high)s).") % words


def _signed(share: float, language: str) -> str:
    points = round(share * 100)
    return ("+" if points > 0 else "−" if points < 0 else "") + number_words(abs(points), language)


PANELS: Mapping[str, Callable[[str, Document, datetime, str], Any]] = {
    "challenges": read_challenge_panel,
    "levels": read_levels_panel,
    "boards": read_board_panel,
}
"""{slug: what stands above a published document of this kind}."""
