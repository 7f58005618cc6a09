"""The form of the journey itself: who enters and leaves, and the rules for all its messages."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from qadam.events.catalogue import find_event_type
from qadam.lib.documents import Fault
from qadam.office.condition_form import Places, build
from qadam.office.journey_draft import Draft
from qadam.office.journey_fields import (
    Button,
    Part,
    Words,
    at,
    chosen,
    event_widgets,
    length_widgets,
    ticked,
    typed,
    where_size,
    where_widgets,
    words_part,
)


def settings_parts(draft: Draft, places: Places) -> list[Part]:
    """Return the parts of the form for everything but the steps."""
    document, faults = draft.document, draft.own_faults

    def condition(key: str, title: Words, help: Words) -> Part:
        return Part(builder=build(document.get(key), key, key, faults, title=title, help=help, places=places))

    return [
        words_part("name", _("Name of the journey"), document.get("name"), faults),
        *_entry_parts(document, faults, places),
        _reentry_part(document, faults),
        condition("goal", _("Goal"), _("Who reaches it leaves the journey at once.")),
        condition("exit", _("Leaves early"), _("For whom this turns true, the journey is over: nothing more is sent.")),
        Part(
            _("At most"),
            length_widgets("horizon", _("At most"), document.get("horizon")),
            _("Whoever is still under way by then leaves. Empty: no end."),
            at(faults, "horizon"),
        ),
        *_conversion_parts(document, faults),
        *_rule_parts(document, faults),
    ]


def _entry_parts(document: Mapping[str, Any], faults: Sequence[Fault], places: Places) -> list[Part]:
    entry = document.get("entry")
    given = entry if isinstance(entry, Mapping) else {}
    kinds: dict[str, Words] = {"event": _("whoever an event happens to"), "when": _("whoever comes to fit a condition")}
    kind = "when" if "when" in given else "event"
    which = chosen("entry", _("Who enters"), kinds, kind, refreshes=True)
    if kind == "when":
        builder = build(
            given.get("when"), "entry.when", "entry.when", faults, places=places, needed=True, title=_("Enters when")
        )
        return [Part(_("Who enters"), (which,)), Part(builder=builder)]
    event = str(given.get("event", ""))
    widgets = [which, *event_widgets("entry.event", [event]), *where_widgets("entry", given.get("where"), [event])]
    buttons = (Button("filter:entry", _("Only if a property fits")),) if event else ()
    only = build(given.get("if"), "entry.if", "entry.if", faults, places=places, title=_("And only if"))
    return [
        Part(
            _("Who enters"),
            tuple(widgets),
            faults=at(faults, "entry.event", "entry.where"),
            buttons=buttons,
            sizes=where_size("entry", given.get("where")),
        ),
        Part(builder=only),
    ]


def _reentry_part(document: Mapping[str, Any], faults: Sequence[Fault]) -> Part:
    given = document.get("reentry", "once")
    kind = next((each for each in ("after_exit", "per_key") if isinstance(given, Mapping) and each in given), "once")
    kinds: dict[str, Words] = {
        "once": _("once in a lifetime"),
        "after_exit": _("again, some time after leaving"),
        "per_key": _("once for each value of a property"),
    }
    widgets = [chosen("reentry", _("How often"), kinds, kind, refreshes=True)]
    if kind == "after_exit":
        widgets += length_widgets("reentry.gap", _("How long after leaving"), given["after_exit"])
    if kind == "per_key":
        widgets.append(chosen("reentry.key", _("Property"), _properties(document), given["per_key"]))
    return Part(_("How often"), tuple(widgets), faults=at(faults, "reentry"))


def _properties(document: Mapping[str, Any]) -> dict[str, Words]:
    entry = document.get("entry")
    found = find_event_type(str(entry.get("event", ""))) if isinstance(entry, Mapping) else None
    code = (get_language() or "en").split("-")[0]
    names = {each.name: each.words.in_language(code) for each in found.properties} if found else {}
    return {"": _("choose a property"), **names}


def _conversion_parts(document: Mapping[str, Any], faults: Sequence[Fault]) -> list[Part]:
    conversion = document.get("conversion")
    given = conversion if isinstance(conversion, Mapping) else {}
    event = str(given.get("event", ""))
    widgets = [*event_widgets("conversion.event", [event]), *where_widgets("conversion", given.get("where"), [event])]
    if event:
        anchors: dict[str, Words] = {
            "entry": _("since the entry"),
            "exposure": _("since the first message"),
            "last_send": _("since the last message"),
        }
        widgets += length_widgets("conversion.within", _("Within"), given.get("within"), _("within"))
        widgets.append(chosen("conversion.from", _("Counted from"), anchors, given.get("from", "entry")))
    buttons = (Button("filter:conversion", _("Only if a property fits")),) if event else ()
    help = _("What the journey is for. It is counted after leaving, too, and for the control group.")
    return [
        Part(
            _("Success"),
            tuple(widgets),
            help,
            at(faults, "conversion"),
            buttons=buttons,
            sizes=where_size("conversion", given.get("where")),
        )
    ]


def _rule_parts(document: Mapping[str, Any], faults: Sequence[Fault]) -> list[Part]:
    priorities: dict[str, Words] = {str(n): str(n) for n in range(1, 10)}
    priorities |= {"1": _("1, first"), "5": _("5, as usual"), "9": _("9, last")}
    resumes: dict[str, Words] = {
        "fire": _("at once"),
        "shift": _("later by as long as the pause was"),
        "drop": _("not at all: they leave"),
    }
    caps = document.get("caps")
    given = caps if isinstance(caps, Mapping) else {}
    return [
        Part(
            _("Control group of the journey"),
            (typed("holdout", _("Control group of the journey"), document.get("holdout"), "number", after="%"),),
            _("This share of those who enter goes the same way, and nothing is sent to them."),
            at(faults, "holdout"),
            is_more=True,
        ),
        Part(
            _("Without any control group"),
            (
                ticked(
                    "never_withheld",
                    _("send to everybody: answers to objections and complaints"),
                    bool(document.get("never_withheld")),
                ),
            ),
            faults=at(faults, "never_withheld"),
            is_more=True,
        ),
        Part(
            _("Priority"),
            (chosen("priority", _("Priority"), priorities, document.get("priority", 5)),),
            _("Which messages go first where a limit on their number is near."),
            at(faults, "priority"),
            is_more=True,
        ),
        _quiet_part(document, faults),
        Part(
            _("Limits on the number of messages"),
            (
                ticked("caps.obey", _("they hold here"), given.get("obey") is not False),
                ticked("caps.count", _("what is sent here counts"), given.get("count") is not False),
            ),
            faults=at(faults, "caps"),
            is_more=True,
        ),
        Part(
            _("After a pause, what was due comes"),
            (chosen("on_resume", _("After a pause, what was due comes"), resumes, document.get("on_resume", "fire")),),
            faults=at(faults, "on_resume"),
            is_more=True,
        ),
    ]


def _quiet_part(document: Mapping[str, Any], faults: Sequence[Fault]) -> Part:
    quiet = document.get("quiet", "")
    hours = quiet if isinstance(quiet, Mapping) else {}
    kinds: dict[str, Words] = {
        "": _("as for the whole company"),
        "own": _("hours of its own"),
        "ignore": _("none: send at any hour"),
    }
    widgets = [chosen("quiet", _("Quiet hours"), kinds, "own" if hours else quiet, refreshes=True)]
    if hours:
        widgets.append(typed("quiet.from", _("From"), hours.get("from", ""), "time", before=_("from")))
        widgets.append(typed("quiet.to", _("To"), hours.get("to", ""), "time", before=_("to")))
    return Part(_("Quiet hours"), tuple(widgets), faults=at(faults, "quiet"), is_more=True)
