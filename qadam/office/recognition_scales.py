"""The forms of the scale of levels and of a streak."""

from collections.abc import Mapping
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext

from qadam.office.board_edit_parts import Part
from qadam.office.condition_reading import read_filters, split_list
from qadam.office.condition_rows import one_or_list, one_or_more, write_filters
from qadam.office.journey_fields import Button, Words, chosen, event_widgets, typed, where_size, where_widgets
from qadam.office.journey_forms import put, read_number, read_size, read_words, reorder
from qadam.office.recognition_fields import (
    Document,
    Faults,
    Known,
    Section,
    in_order,
    key_part,
    number,
    part,
    put_unless,
    words_part,
)

MOST = 20

# ── Levels ────────────────────────────────────────────────

LEVEL_KEYS = ("levels", "name", "steps")


def blank_levels(key: str = "") -> dict[str, Any]:
    return {"levels": key, "name": {}, "steps": [{"key": "start", "name": {}, "from": 0}]}


def level_sections(document: Document, faults: Faults, known: Known, *, is_new: bool) -> list[Section]:
    """Return the form of a scale: its levels from the lowest to the highest."""
    steps = [step for step in document.get("steps") or () if isinstance(step, Mapping)]
    parts: list[Part] = []
    for place, step in enumerate(steps):
        parts += _parts_of_level(step, place, faults)
    more = Part(buttons=(Button("step", _("One more level")),), faults=faults.at("steps"))
    sizes = Part(sizes=(("step.size", len(steps)),))
    return [
        Section(
            _("What this is"),
            (
                key_part("levels", document.get("levels"), faults, is_new=is_new),
                words_part("name", pgettext("of a thing", "Name"), document.get("name"), faults.at("name")),
            ),
        ),
        Section(
            _("Levels"),
            (*parts, more, sizes),
            _("By the points of a lifetime. Levels are not ranks of the compensation plan: give them other names."),
        ),
    ]


def _parts_of_level(step: Document, place: int, faults: Faults) -> list[Part]:
    at = f"steps[{place}]"
    label = _("Level %(number)s") % {"number": place + 1}
    unit = pgettext("after a number", "points")
    buttons = (Button(f"unstep:{place}", _("Take this level out"), "trash-2"),) if place else ()
    return [
        words_part(f"step.{place}.name", label, step.get("name"), faults.at(f"{at}.name")),
        part(
            "",
            typed(f"step.{place}.key", _("Key"), step.get("key"), before=_("key")),
            number(f"step.{place}.from", _("From"), step.get("from", ""), unit, _("from")),
            faults=faults.at(f"{at}.from", f"{at}.key", at),
            buttons=buttons,
        ),
    ]


def read_levels(post: QueryDict, old: Document, do: str = "") -> dict[str, Any]:
    document = dict(old)
    document["levels"] = post.get("key", "").strip()
    document["name"] = read_words(post, "name") or {}
    steps = [
        {
            "key": post.get(f"step.{place}.key", "").strip(),
            "name": read_words(post, f"step.{place}.name") or {},
            "from": read_number(post, f"step.{place}.from"),
        }
        for place in range(min(read_size(post, "step"), MOST))
    ]
    if do == "step":
        steps.append({"key": "", "name": {}, "from": ""})
    document["steps"] = reorder(steps, do, "step")
    return in_order(document, LEVEL_KEYS)


# ── Streaks ───────────────────────────────────────────────

STREAK_KEYS = ("streak", "name", "period", "acts", "needed", "freezes", "freezes_at_start", "earn_every", "holidays")
PERIODS: dict[str, Words] = {"day": gettext_lazy("every day"), "week": gettext_lazy("every week")}
NUMBERS = ("needed", "freezes", "freezes_at_start", "earn_every")


def blank_streak(key: str = "") -> dict[str, Any]:
    return {"streak": key, "name": {}, "period": "week", "acts": [{"did": ""}], "needed": 3}


def streak_sections(document: Document, faults: Faults, known: Known, *, is_new: bool) -> list[Section]:
    """Return the form of a streak: which acts keep it, how many a day or week, and what forgives a miss."""
    period = chosen("period", _("Kept"), PERIODS, document.get("period", "day"), refreshes=True)
    is_week = document.get("period") == "week"
    needed = number(
        "needed", _("Acts needed"), document.get("needed", ""), _("acts a week") if is_week else _("acts a day")
    )
    kept_help = _(
        "Every day fits learning. For selling a week is kinder: nobody should call customers to save a streak."
    )
    return [
        Section(
            _("What this is"),
            (
                key_part("streak", document.get("streak"), faults, is_new=is_new),
                words_part("name", pgettext("of a thing", "Name"), document.get("name"), faults.at("name")),
            ),
        ),
        Section(
            _("What keeps it"),
            (
                part(_("Kept"), period, needed, faults=faults.at("period", "needed"), help=kept_help),
                *_act_parts(document, faults, known),
            ),
        ),
        Section(_("What forgives a miss"), _forgiving_parts(document, faults)),
    ]


def _act_parts(document: Document, faults: Faults, known: Known) -> list[Part]:
    acts = [act for act in document.get("acts") or () if isinstance(act, Mapping)]
    parts = []
    for place, act in enumerate(acts):
        path, events = f"act.{place}", [str(each) for each in one_or_more(act.get("did", ""))]
        buttons = (
            *((Button(f"filter:{path}", _("Only if a property fits"), "funnel"),) if any(events) else ()),
            *((Button(f"unact:{place}", _("Take this act out"), "trash-2"),) if len(acts) > 1 else ()),
        )
        widgets = (*event_widgets(f"{path}.event", events), *where_widgets(path, act.get("where"), events))
        sizes = where_size(path, act.get("where"))
        label = _("Act %(number)s") % {"number": place + 1}
        parts.append(part(label, *widgets, faults=faults.at(f"acts[{place}]"), buttons=buttons, sizes=sizes))
    more = Part(buttons=(Button("act", _("One more act")),), faults=faults.at("acts"))
    return [*parts, more, Part(sizes=(("act.size", len(acts)),))]


def _forgiving_parts(document: Document, faults: Faults) -> tuple[Part, ...]:
    free = document.get("freezes", "")
    holidays = document.get("holidays")
    days = ", ".join(str(each) for each in holidays) if isinstance(holidays, list) else str(holidays or "")
    unit = ngettext("day off at most", "days off at most", int(free) if str(free).isdecimal() else 2)
    return (
        part(
            _("Days off"),
            number("freezes", _("Days off at most"), free, unit),
            number(
                "freezes_at_start",
                _("From the first day on"),
                document.get("freezes_at_start", ""),
                before=_("at first"),
            ),
            number(
                "earn_every",
                _("One for each so many kept"),
                document.get("earn_every", ""),
                before=_("one more for each"),
            ),
            faults=faults.at("freezes", "freezes_at_start", "earn_every"),
            help=_("A day off saves the streak by itself, without asking."),
        ),
        part(
            _("Holidays of the company"),
            typed("holidays", _("Holidays of the company"), days),
            faults=faults.at("holidays"),
            help=_("Dates such as 2027-03-22, with commas. These days ask for nothing."),
        ),
    )


def read_streak(post: QueryDict, old: Document, do: str = "") -> dict[str, Any]:
    document = dict(old)
    document["streak"] = post.get("key", "").strip()
    document["name"] = read_words(post, "name") or {}
    document["period"] = post.get("period", "day")
    acts = [_read_act(post, f"act.{place}", do) for place in range(min(read_size(post, "act"), MOST))]
    document["acts"] = reorder([*acts, {"did": ""}] if do == "act" else acts, do, "act")
    for key in NUMBERS:
        put(document, key, read_number(post, key))
    put_unless(document, "holidays", split_list(post.get("holidays", "")), [])
    return in_order(document, STREAK_KEYS)


def _read_act(post: QueryDict, path: str, do: str) -> dict[str, Any]:
    events = [event for event in post.getlist(f"{path}.event") if event]
    act: dict[str, Any] = {"did": one_or_list(events)}
    put(act, "where", write_filters(read_filters(post, path, do), events) if events else {})
    return act
