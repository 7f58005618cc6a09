"""Documents of recognition in one sentence, for lists and versions; half-finished ones as far as they go."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from qadam import conditions
from qadam.events.catalogue import find_event_type
from qadam.lib.documents import FaultyDocument
from qadam.lib.text import words_of
from qadam.office.badge_forms import KINDS as BADGE_KINDS
from qadam.office.challenge_forms import WHOM
from qadam.office.condition_rows import one_or_more
from qadam.office.points_forms import WHICH
from qadam.office.recognition_fields import PERSONS, Document
from qadam.office.recognition_scales import PERIODS as STREAK_PERIODS
from qadam.recognition.definitions import Kind
from qadam.ui.formats import number_words

APART = " · "
BOARD_PERIODS: Mapping[str, str | Promise] = {"week": gettext_lazy("by week"), "month": gettext_lazy("by month")}
BOARD_GROUPS: Mapping[str, str | Promise] = {
    "team": gettext_lazy("within the team of a mentor"),
    "cohort": gettext_lazy("among those who began together"),
    "league": gettext_lazy("in leagues"),
    "company": gettext_lazy("across the company"),
}


def tell(kind: str, document: Document, language: str) -> str:
    """Return the document of a kind as a short sentence."""
    return TELLERS[kind](document, language)


def name_of(document: Document, key: str, language: str) -> str:
    return words_of(document.get("name") or {}).in_language(language) or key


def event_name(name: object, language: str) -> str:
    found = find_event_type(str(name))
    return found.words.in_language(language) if found else str(name)


def _tell_rule(document: Document, language: str) -> str:
    parts = [_points(document.get("points"), language), event_name(document.get("event"), language)]
    which, to, caps = document.get("which", "every"), document.get("to", "self"), document.get("caps") or {}
    if which != "every":
        parts.append(str(WHICH.get(which, which)))
    if to != "self":
        parts.append(str(PERSONS.get(to, to)))
    told = {"day": _("%(n)s a day"), "week": _("%(n)s a week"), "total": _("%(n)s in all")}
    most = [words % {"n": caps[name]} for name, words in told.items() if name in caps]
    if most:
        parts.append(_("at most %(caps)s") % {"caps": ", ".join(most)})
    return APART.join(parts)


def _points(points: Any, language: str) -> str:
    if isinstance(points, Mapping):
        return _("up to %(most)s points") % {"most": points.get("most", "—")}
    if not isinstance(points, int):
        return "—"
    words = ngettext("%(number)s point", "%(number)s points", points)
    return words % {"number": number_words(points, language)}


def _tell_levels(document: Document, language: str) -> str:
    steps = [step for step in document.get("steps") or () if isinstance(step, Mapping)]
    return APART.join(f"{name_of(step, '—', language)} {step.get('from', '')}" for step in steps)


def _tell_streak(document: Document, language: str) -> str:
    acts = [name for act in document.get("acts") or () for name in one_or_more(act.get("did", ""))]
    names = list(dict.fromkeys(event_name(name, language) for name in acts if name))
    period = STREAK_PERIODS.get(str(document.get("period")), "")
    shown = ", ".join(names[:3]) + ("…" if len(names) > 3 else "")
    needed = document.get("needed")
    times = f"{needed} × " if isinstance(needed, int) and needed > 1 else ""
    return f"{period}{APART}{times}{shown}"


def _tell_badge(document: Document, language: str) -> str:
    if document.get("kind") == "nominated":
        return str(BADGE_KINDS["nominated"])
    tiers = [tier for tier in document.get("tiers") or () if isinstance(tier, Mapping)]
    told = [sentence for tier in tiers if (sentence := tell_condition(tier.get("when"), language))]
    more = len(told) - 1
    if more < 1:
        return "".join(told)
    steps = ngettext("%(number)s more step", "%(number)s more steps", more) % {"number": more}
    return f"{told[0]} {steps}"


def tell_condition(document: object, language: str) -> str:
    """Return a condition as a sentence; "" where it can't be read yet."""
    try:
        return conditions.explain(conditions.parse(document), language)
    except (FaultyDocument, TypeError):
        return ""


def _tell_challenge(document: Document, language: str) -> str:
    measure = document.get("measure")
    events: Sequence[Any] = one_or_more(measure.get("did", "")) if isinstance(measure, Mapping) else ()
    what = ", ".join(event_name(name, language) for name in events)
    whom = str(WHOM.get(str(document.get("for")), ""))
    return APART.join(part for part in (f"{document.get('goal', '')} × {what}", whom, tell_when(document)) if part)


def tell_when(document: Document) -> str:
    when = document.get("when")
    if not isinstance(when, Mapping):
        return ""
    if isinstance(when.get("path"), list) and len(when["path"]) == 2:
        return _("days %(first)s–%(last)s of the path") % {"first": when["path"][0], "last": when["path"][1]}
    return f"{when.get('from', '')} – {when.get('until', '')}"


def state_of(document: Document, today: date) -> str:
    """Return how a challenge stands on a day of the company; one in days of the path runs for whoever is in them."""
    when = document.get("when")
    if not isinstance(when, Mapping) or "path" in when:
        return _("along each path")
    first, last = str(when.get("from", "")), str(when.get("until", ""))
    if today.isoformat() < first:
        return _("hasn't begun yet")
    return _("is over") if today.isoformat() > last else _("is running")


def _tell_board(document: Document, language: str) -> str:
    period, group = str(document.get("period")), str(document.get("group"))
    parts = [str(BOARD_PERIODS.get(period, period)), str(BOARD_GROUPS.get(group, group))]
    if document.get("holdout"):
        parts.append(_("control group %(share)s %%") % {"share": document["holdout"]})
    return APART.join(parts)


TELLERS: Mapping[str, Callable[[Document, str], str]] = {
    Kind.POINT_RULE: _tell_rule,
    Kind.LEVELS: _tell_levels,
    Kind.STREAK: _tell_streak,
    Kind.BADGE: _tell_badge,
    Kind.CHALLENGE: _tell_challenge,
    Kind.BOARD: _tell_board,
}
