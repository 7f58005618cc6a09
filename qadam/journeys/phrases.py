"""A journey in words: a step, a way, who enters and who leaves, as sentences in the reader's language (gettext)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy, ngettext
from django.utils.translation import gettext as _

from qadam import conditions
from qadam.conditions import Condition, tree
from qadam.conditions.explaining import VOICES
from qadam.conditions.phrases import Voice
from qadam.journeys.steps import (
    Act,
    Again,
    Branch,
    Conversion,
    Enroll,
    Entry,
    Exit,
    Goto,
    Length,
    Reentry,
    Send,
    Set,
    Split,
    Step,
    Until,
    Wait,
)
from qadam.lib.documents import FaultyDocument
from qadam.ui.formats import day_words, number_words

CHANNELS: Mapping[str, str | Promise] = {
    "email": gettext_lazy("by e-mail"),
    "webhook": gettext_lazy("to a webhook"),
}
OUTCOMES: Mapping[str, str | Promise] = {
    "sent": gettext_lazy("Sent"),
    "suppressed": gettext_lazy("May not be sent: no consent, no address, or stopped"),
    "failed": gettext_lazy("Failed for good"),
    "expired": gettext_lazy("Too late: the deadline has passed"),
    "unknown": gettext_lazy("Nobody knows whether it arrived"),
    "withheld": gettext_lazy("Withheld: control group"),
}
WEEKDAYS = (
    gettext_lazy("Monday"),
    gettext_lazy("Tuesday"),
    gettext_lazy("Wednesday"),
    gettext_lazy("Thursday"),
    gettext_lazy("Friday"),
    gettext_lazy("Saturday"),
    gettext_lazy("Sunday"),
)
REASONS: Mapping[str, str | Promise] = {
    "finished": gettext_lazy("it came to its end"),
    "goal": gettext_lazy("the goal is reached"),
    "exit": gettext_lazy("it no longer fits"),
    "excluded": gettext_lazy("it didn't concern them after all"),
    "horizon": gettext_lazy("its time is over"),
}


@dataclass(frozen=True, slots=True)
class Names:
    """What the reader calls the things that steps name by their slugs. An unknown slug is shown as it is."""

    templates: Mapping[str, str] = field(default_factory=dict)
    plans: Mapping[str, str] = field(default_factory=dict)
    journeys: Mapping[str, str] = field(default_factory=dict)
    steps: Mapping[str, str] = field(default_factory=dict)
    surveys: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Phrase:
    """One step: a short sentence without a full stop, and what else is to be known."""

    title: str
    details: tuple[str, ...] = ()


def tell_step(step: Step, names: Names) -> Phrase:
    """Return a step as a sentence."""
    return tell_act(step.act, names)


def tell_act(act: Act, names: Names) -> Phrase:
    match act:
        case Send():
            return _tell_send(act, names)
        case Wait():
            return _tell_wait(act)
        case Branch(ways):
            number = len(ways)
            words = ngettext(
                "Choose the way by a condition",
                "Choose the way by the first of %(number)s conditions that holds",
                number,
            )
            return Phrase(words % {"number": number})
        case Split(parts):
            shares = " · ".join(percent(part.share) for part in parts)
            return Phrase(_("Split by chance: %(shares)s") % {"shares": shares})
        case Set():
            return Phrase(_tell_set(act))
        case Enroll(journey, is_stop):
            words = _("Stop the journey “%(journey)s”") if is_stop else _("Start the journey “%(journey)s”")
            return Phrase(words % {"journey": names.journeys.get(journey, journey)})
        case Goto(goto):
            return Phrase(_("Go on at “%(step)s”") % {"step": names.steps.get(goto, goto)})
        case Exit(reason):
            return Phrase(_("Leave the journey: %(reason)s") % {"reason": REASONS.get(reason, reason)})


def _tell_send(act: Send, names: Names) -> Phrase:
    details = []
    if act.deadline is not None:
        details.append(_("within %(length)s, or not at all") % {"length": tell_length(act.deadline)})
    if act.holdout:
        details.append(_("control group of this step: %(share)s") % {"share": percent(act.holdout)})
    if act.channel == "plan":
        title = _("Hand out the action plan “%(name)s”") % {"name": names.plans.get(act.what, act.what)}
    elif act.is_survey:
        title = _("Ask “%(name)s”, by e-mail and in the cabinet") % {"name": names.surveys.get(act.what, act.what)}
    else:
        how = CHANNELS.get(act.channel, act.channel)
        name = names.templates.get(act.what, act.what)
        title = _("Send “%(name)s” %(how)s") % {"name": name, "how": how}
    return Phrase(title, tuple(details))


def _tell_wait(act: Wait) -> Phrase:
    ends = []
    if act.length is not None:
        ends.append(tell_days(act.length))
    if act.until is not None:
        ends.append(tell_until(act.until))
    if act.event_types:
        ends.append(_("for the event %(event)s") % {"event": tell_events(act.event_types, act.where)})
    if act.when is not None:
        ends.append(_("until this is true: %(condition)s") % {"condition": _tell(act.when)})
    title = _("Wait %(ends)s") % {"ends": _(", or ").join(ends)}
    details = [_tell_since(act)] if act.event_types else []
    if act.timeout is not None:
        details.append(_("at most %(length)s") % {"length": tell_days(act.timeout)})
    return Phrase(title, tuple(each for each in details if each))


def _tell_since(act: Wait) -> str:
    if isinstance(act.since, timedelta):
        return _("counted from %(length)s before this step") % {"length": tell_length(act.since)}
    return _("counted since the entry") if act.since == "entry" else ""


def _tell_set(act: Set) -> str:
    words = {"name": act.name, "value": act.value}
    if act.kind == "tag":
        return (_("Put the tag “%(name)s” on") if act.value else _("Take the tag “%(name)s” off")) % words
    if act.kind == "score":
        words["value"] = f"{act.value:+d}".replace("-", "−")
        return _("Change the score “%(name)s” by %(value)s") % words
    return _("Note that “%(name)s” is “%(value)s”") % words


def tell_until(until: Until) -> str:
    """Return “09:00”, “Monday or Thursday, 09:00”, “day 5 of the path, 09:00”, “1 December 2026, 09:00”."""
    if until.instant is not None:
        words = {"day": day_words(until.instant.date(), _language()), "time": _clock(until.instant)}
        return _("until %(day)s, %(time)s") % words
    words = {"time": _clock(until.at)}
    if until.day is not None:
        return _("until day %(day)s of the path, %(time)s") % {"day": until.day, **words}
    if until.weekdays:
        days = _voice().one_of([str(WEEKDAYS[day]) for day in until.weekdays])
        return _("until the next %(days)s, %(time)s") % {"days": days, **words}
    return _("until %(time)s") % words


def tell_way(edge: str, step: Step | None) -> str:
    """Return the label of a way out of a step; `step` None where it can't be read yet."""
    act = step.act if step else None
    name, _colon, rest = edge.partition(":")
    match name, act:
        case "branch", Branch(ways) if int(rest) <= len(ways):
            return _("If: %(condition)s") % {"condition": _tell(ways[int(rest) - 1][0])}
        case "branch", _act:
            return _("If: condition %(number)s isn't complete") % {"number": rest}
        case "arm", Split(parts) if int(rest) <= len(parts):
            part = parts[int(rest) - 1]
            words = _("%(share)s, control group") if part.is_control else "%(share)s"
            return words % {"share": percent(part.share)}
        case "timeout", Wait(timeout=timeout) if timeout is not None:
            return _("Not within %(length)s") % {"length": tell_days(timeout)}
        case "on", _act:
            return str(OUTCOMES.get(rest, rest))
    plain: Mapping[str, str] = {"else": _("Everybody else"), "timeout": _("Too late"), "arm": _("Part %s") % rest}
    return plain.get(name, edge)


def tell_entry(entry: Entry) -> str:
    """Return who enters, as a sentence without a full stop."""
    if entry.when is not None:
        return _("Whoever comes to fit this: %(condition)s") % {"condition": _tell(entry.when)}
    words = {"event": tell_events((entry.event_type,), entry.where)}
    if entry.only_if is None:
        return _("Whoever this happens to: %(event)s") % words
    return _("Whoever this happens to: %(event)s, if %(condition)s") % {**words, "condition": _tell(entry.only_if)}


def tell_reentry(reentry: Reentry) -> str:
    if reentry.again is Again.PER_KEY:
        return _("Once for each “%(key)s”") % {"key": reentry.key}
    if reentry.again is Again.AFTER_EXIT:
        return _("Again, %(length)s after leaving") % {"length": tell_length(reentry.gap)}
    return _("Once in a lifetime")


def tell_conversion(conversion: Conversion) -> str:
    anchors = {
        "entry": _("since the entry"),
        "exposure": _("since the first message"),
        "last_send": _("since the last message"),
    }
    return _("%(event)s within %(length)s %(anchor)s") % {
        "event": tell_events((conversion.event_type,), conversion.where),
        "length": tell_length(conversion.within),
        "anchor": anchors.get(conversion.anchor, conversion.anchor),
    }


def tell_events(names: Sequence[str], where: Mapping[str, Any]) -> str:
    """Return “order paid” (buyer: retail): the catalogue's words, with the filter in parentheses."""
    voice = _voice()
    document = {"did": list(names)} | ({"where": dict(where)} if where else {})
    try:
        parsed = conditions.parse(document)
    except FaultyDocument:
        return voice.events(names)
    return voice.events(names) + (voice.notes(parsed) if isinstance(parsed, tree.Did) else "")


def tell_days(length: Length) -> str:
    """Return a length whose days are calendar days."""
    return tell_length(timedelta(days=length.days) + length.exact, is_exact=not length.days)


def tell_length(length: timedelta, *, is_exact: bool = False) -> str:
    """Return “3 days”, “1 day 12 hours”; whole days of exactly 24 hours as hours, up to three."""
    days, hours = length.days, length.seconds // 3600
    if is_exact and days <= 3:
        days, hours = 0, hours + 24 * days
    minutes, seconds = length.seconds // 60 % 60, length.seconds % 60
    parts = [
        ngettext("%(number)s day", "%(number)s days", days) % {"number": days} if days else "",
        ngettext("%(number)s hour", "%(number)s hours", hours) % {"number": hours} if hours else "",
        ngettext("%(number)s minute", "%(number)s minutes", minutes) % {"number": minutes} if minutes else "",
        ngettext("%(number)s second", "%(number)s seconds", seconds) % {"number": seconds} if seconds else "",
    ]
    return " ".join(part.replace(" ", "\N{NO-BREAK SPACE}") for part in parts if part) or _("no time")


def _tell(condition: Condition) -> str:
    """Tell a condition inside a sentence: without its full stop."""
    text = conditions.explain(condition, _language()).removesuffix(".")
    return text[:1].lower() + text[1:]


def percent(share: int) -> str:
    """Return ten-thousandths as “12.5 %”."""
    return f"{number_words(share / 100, _language())}\N{NO-BREAK SPACE}%"


def _clock(moment: time | datetime) -> str:
    return f"{moment:%H:%M}"


def _language() -> str:
    return (get_language() or "en").split("-")[0]


def _voice() -> Voice:
    return VOICES.get(_language(), VOICES["en"])
