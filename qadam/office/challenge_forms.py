"""The form of a challenge: what is counted, for whom, the goal, when it runs, and what it brings."""

from collections.abc import Mapping
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from qadam.office.board_edit_parts import Part
from qadam.office.condition_reading import read_condition, read_length
from qadam.office.journey_fields import Words, chosen, length_widgets
from qadam.office.journey_forms import put, read_number, read_words
from qadam.office.recognition_fields import (
    Document,
    Faults,
    Known,
    Section,
    choice_part,
    condition_part,
    date_field,
    in_order,
    key_part,
    number,
    part,
    put_unless,
    words_part,
)
from qadam.office.recognition_tally import read_tally, tally_parts

KEYS = (
    *("challenge", "name", "why", "how", "next", "measure", "for", "goal", "share_most", "when", "join", "audience"),
    *("grace", "reward", "reason"),
)
WHOM: dict[str, Words] = {
    "person": gettext_lazy("each person"),
    "team": gettext_lazy("each team together"),
    "company": gettext_lazy("the whole company together"),
}
JOIN: dict[str, Words] = {
    "auto": gettext_lazy("everybody who fits takes part"),
    "opt_in": gettext_lazy("whoever joins takes part"),
}
WHEN: dict[str, Words] = {
    "path": gettext_lazy("in days of each member's path"),
    "dates": gettext_lazy("between two dates"),
}
DEFAULT_SHARE = 40
DEFAULT_GRACE = "PT48H"


def blank_challenge(key: str = "") -> dict[str, Any]:
    return {
        "challenge": key,
        "name": {},
        "why": {},
        "how": {},
        "measure": {"did": ""},
        "for": "person",
        "goal": "",
        "when": {"from": "", "until": ""},
        "join": "opt_in",
    }


# ── Showing ───────────────────────────────────────────────


def challenge_sections(document: Document, faults: Faults, known: Known, *, is_new: bool) -> list[Section]:
    """Return the form of a challenge."""
    next_help = _("One small thing to do today. May be left empty.")
    words = (
        key_part("challenge", document.get("challenge"), faults, is_new=is_new),
        words_part("name", pgettext("of a thing", "Name"), document.get("name"), faults.at("name")),
        words_part("why", _("What it is good for"), document.get("why"), faults.at("why"), rows=2),
        words_part("how", _("What to do"), document.get("how"), faults.at("how"), rows=2),
        words_part("next", _("The next act, while it runs"), document.get("next"), faults.at("next"), help=next_help),
    )
    return [
        Section(_("What this is"), words),
        Section(_("The goal"), _goal_parts(document, faults, known)),
        Section(_("When, and who takes part"), _when_parts(document, faults, known)),
        Section(_("Late facts and reward"), _end_parts(document, faults, known), is_rare=True),
    ]


def _goal_parts(document: Document, faults: Faults, known: Known) -> tuple[Part, ...]:
    whom = document.get("for", "person")
    share = (
        part(
            _("One person may carry"),
            number("share_most", _("Per cent of the goal"), document.get("share_most", ""), _("% of the goal at most")),
            faults=faults.at("share_most"),
            help=_("So that a team reaches its goal as a team. Empty: 40 %."),
        ),
    )
    return (
        *tally_parts(_("What counts"), "measure", "measure", document.get("measure"), faults, known),
        part(
            _("How many"),
            number("goal", _("Goal"), document.get("goal", ""), before=_("goal")),
            chosen("for", _("For"), WHOM, whom, refreshes=True, before=pgettext("whose goal", "for")),
            faults=faults.at("goal", "for"),
        ),
        *(share if whom != "person" else ()),
    )


def _when_parts(document: Document, faults: Faults, known: Known) -> tuple[Part, ...]:
    given = document.get("when")
    when: Document = given if isinstance(given, Mapping) else {}
    kind = "path" if "path" in when else "dates"
    which = chosen("when", _("When"), WHEN, kind, refreshes=True)
    if kind == "path":
        days = when["path"] if isinstance(when["path"], list) and len(when["path"]) == 2 else ["", ""]
        widgets = [
            number("path.from", _("From day"), days[0], before=_("from day")),
            number("path.to", _("To day"), days[1], before=_("to day")),
        ]
    else:
        widgets = [
            date_field("from", _("From"), when.get("from"), _("from")),
            date_field("until", _("Until"), when.get("until"), _("until")),
        ]
    join_help = _("A common goal is everybody's. Only a personal one can be joined.")
    join = chosen("join", _("Taking part"), JOIN, document.get("join", "auto"))
    audience = condition_part(document.get("audience"), "audience", "audience", faults, known, title=_("Only for"))
    dates_help = _("Both days count, in the company's time.") if kind == "dates" else ""
    return (
        part(_("When"), which, *widgets, faults=faults.at("when"), help=dates_help),
        part(_("Taking part"), join, faults=faults.at("join"), help=join_help),
        audience,
    )


def _end_parts(document: Document, faults: Faults, known: Known) -> tuple[Part, ...]:
    given = document.get("reward")
    reward: Document = given if isinstance(given, Mapping) else {}
    badges: dict[str, Words] = {"": _("nothing but the result"), **known.badges}
    return (
        part(
            _("Late facts are waited for"),
            *length_widgets("grace", _("Late facts are waited for"), document.get("grace")),
            faults=faults.at("grace"),
            help=_("Orders and lessons sometimes arrive a day late. Afterwards the result is fixed. Empty: 48 hours."),
        ),
        choice_part("reward", _("Whoever reaches the goal gets"), badges, reward.get("badge", ""), faults.at("reward")),
    )


# ── Reading ───────────────────────────────────────────────


def read_challenge(post: QueryDict, old: Document, do: str = "") -> dict[str, Any]:
    """Return the challenge that a form says; keys that no form knows are kept."""
    document = dict(old)
    document["challenge"] = post.get("key", "").strip()
    for key in ("name", "why", "how"):
        document[key] = read_words(post, key) or {}
    put(document, "next", read_words(post, "next"))
    document["measure"] = read_tally(post, "measure", old.get("measure"), do)
    document["for"] = post.get("for", "person")
    document["goal"] = read_number(post, "goal")
    put_unless(document, "share_most", read_number(post, "share_most"), DEFAULT_SHARE)
    document["when"] = _read_when(post)
    put_unless(document, "join", post.get("join", ""), "auto")
    put(document, "audience", read_condition(post, "audience", do))
    put_unless(document, "grace", read_length(post, "grace"), DEFAULT_GRACE)
    put(document, "reward", {"badge": post["reward"]} if post.get("reward") else None)
    put(document, "reason", post.get("reason", "").strip())
    return in_order(document, KEYS)


def _read_when(post: QueryDict) -> dict[str, Any]:
    if post.get("when") == "path":
        return {"path": [read_number(post, "path.from"), read_number(post, "path.to")]}
    return {"from": post.get("from", "").strip(), "until": post.get("until", "").strip()}
