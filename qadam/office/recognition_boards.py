"""The form of a board: what it counts, over which group, and for whom it is withheld so that its effect can be seen."""

from collections.abc import Mapping
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext, pgettext_lazy

from qadam.office.board_edit_parts import Part
from qadam.office.condition_reading import read_condition
from qadam.office.journey_fields import Words, chosen, ticked
from qadam.office.journey_forms import put, read_number, read_words
from qadam.office.recognition_fields import (
    Document,
    Faults,
    Known,
    Section,
    checks,
    condition_part,
    in_order,
    key_part,
    number,
    part,
    put_unless,
    words_part,
)
from qadam.office.recognition_tally import read_tally, tally_parts

KEYS = (
    *("board", "name", "score", "period", "group", "league_size", "population", "holdout", "normalised", "reason"),
)  # fmt: skip
SCORES: dict[str, Words] = {
    "rules": pgettext_lazy("what counts", "points"),
    "measure": gettext_lazy("something else that is counted"),
}
PERIODS: dict[str, Words] = {"week": gettext_lazy("the week"), "month": gettext_lazy("the month")}
GROUPS: dict[str, Words] = {
    "team": gettext_lazy("the team of one mentor"),
    "cohort": gettext_lazy("who began in the same week"),
    "league": gettext_lazy("a league of people at a like pace"),
    "company": gettext_lazy("the whole company, by nickname"),
}
LEAGUE = 30
HOLDOUT = 10


def blank_board(key: str = "") -> dict[str, Any]:
    return {"board": key, "name": {}, "score": {"rules": []}, "period": "week", "group": "cohort", "holdout": HOLDOUT}


# ── Showing ───────────────────────────────────────────────


def board_sections(document: Document, faults: Faults, known: Known, *, is_new: bool) -> list[Section]:
    """Return the form of a board."""
    words = (
        key_part("board", document.get("board"), faults, is_new=is_new),
        words_part("name", pgettext("of a thing", "Name"), document.get("name"), faults.at("name")),
    )
    population = condition_part(
        document.get("population"), "population", "population", faults, known, title=_("Only for"),
        help=_("Staff, those who opted out and those without an act of the period are left out anyway."),
    )  # fmt: skip
    return [
        Section(_("What this is"), words),
        Section(_("What counts"), tuple(_score_parts(document, faults, known))),
        Section(_("Who stands beside whom"), (_group_part(document, faults), population)),
        Section(_("Whether it helps"), (_holdout_part(document, faults),)),
    ]


def _score_parts(document: Document, faults: Faults, known: Known) -> list[Part]:
    given = document.get("score")
    score: Document = given if isinstance(given, Mapping) else {}
    kind = "measure" if "measure" in score else "rules"
    first = part(_("What is counted"), chosen("score", _("What is counted"), SCORES, kind, refreshes=True))
    if kind == "measure":
        measure = tally_parts(_("What counts"), "measure", "score.measure", score["measure"], faults, known)
        return [first, *measure, part("", faults=faults.at("score"))]
    rules = score.get("rules")
    ticks = checks("rules", _("Points of"), known.rules, rules if isinstance(rules, list) else [])
    none_help = _("Nothing ticked: all points count.")
    return [first, part(_("Points of"), ticks, faults=faults.at("score"), help=none_help)]


def _group_part(document: Document, faults: Faults) -> Part:
    group = document.get("group", "cohort")
    widgets = [
        chosen("period", _("Period"), PERIODS, document.get("period", "week"), before=_("places of")),
        chosen("group", _("Group"), GROUPS, group, refreshes=True, before=_("among")),
    ]
    if group == "league":
        size = document.get("league_size", "")
        widgets.append(number("league_size", _("People in a league"), size, _("people")))
    if group == "team":
        mean = _("Teams side by side: the average of the active, from five people on")
        widgets.append(ticked("normalised", mean, bool(document.get("normalised"))))
    return part(
        _("Places"),
        *widgets,
        faults=faults.at("period", "group", "league_size", "normalised"),
        help=_("Everybody sees the first ten and their own neighbours. Nobody is shown as last."),
    )


def _holdout_part(document: Document, faults: Faults) -> Part:
    return part(
        _("Control group"),
        number("holdout", _("Per cent"), document.get("holdout", ""), _("% don't see this board")),
        faults=faults.at("holdout"),
        help=_("Boards push some people away. Only a group without the board can say whether it keeps people."),
    )


# ── Reading ───────────────────────────────────────────────


def read_board(post: QueryDict, old: Document, do: str = "") -> dict[str, Any]:
    """Return the board that a form says; keys that no form knows are kept."""
    document = dict(old)
    document["board"] = post.get("key", "").strip()
    document["name"] = read_words(post, "name") or {}
    document["score"] = _read_score(post, old.get("score"), do)
    document["period"] = post.get("period", "week")
    document["group"] = post.get("group", "cohort")
    if document["group"] == "league" and "league_size" in post:
        put_unless(document, "league_size", read_number(post, "league_size"), LEAGUE)
    elif document["group"] != "league":
        document.pop("league_size", None)
    put(document, "population", read_condition(post, "population", do))
    put(document, "holdout", read_number(post, "holdout"))
    is_mean = document["group"] == "team" and post.get("normalised") == "on"
    put_unless(document, "normalised", is_mean, False)
    put(document, "reason", post.get("reason", "").strip())
    return in_order(document, KEYS)


def _read_score(post: QueryDict, old: Any, do: str) -> dict[str, Any]:
    if post.get("score") == "measure":
        before = old.get("measure") if isinstance(old, Mapping) else None
        return {"measure": read_tally(post, "measure", before, do)}
    return {"rules": [rule for rule in post.getlist("rules") if rule]}
