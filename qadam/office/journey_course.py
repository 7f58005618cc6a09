"""A way through a journey in words, for a real member as for a simulated one: what happened, and why."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from qadam import conditions
from qadam.conditions import Condition
from qadam.journeys import phrases
from qadam.journeys.paths import Move
from qadam.journeys.phrases import Names
from qadam.journeys.steps import Branch, Exit, Goto, Graph, Send, Split, Step, Wait
from qadam.ui.formats import current_zone, moment_words

WHY: Mapping[str, str | Promise] = {
    "consent": gettext_lazy("no consent to advertising"),
    "address": gettext_lazy("there is no address"),
    "stopped": gettext_lazy("it is no longer needed"),
    "left": gettext_lazy("the member has left"),
    "moved": gettext_lazy("the member was moved on"),
    "cap": gettext_lazy("enough messages for now"),
    "deadline": gettext_lazy("its deadline had passed"),
    "bounced": gettext_lazy("this address took nothing before"),
    "quiet": gettext_lazy("quiet hours would have lasted past its deadline"),
    "complaint": gettext_lazy("the member complained about a message"),
    "staff": gettext_lazy("staff have stopped messages to this address"),
    "template": gettext_lazy("the template can't be rendered"),
    "unwanted": gettext_lazy("the member asked for fewer letters"),
    "paused": gettext_lazy("the member's pause would have lasted past its deadline"),
}
"""Codes of the dispatcher. An unknown one is shown as it is."""

ENDS: Mapping[str, str | Promise] = {
    "finished": gettext_lazy("Came to the end"),
    "goal": gettext_lazy("Reached the goal"),
    "exit": gettext_lazy("No longer fits, so the journey ended"),
    "excluded": gettext_lazy("Didn't concern them after all, so the journey ended"),
    "horizon": gettext_lazy("The journey's time was over"),
    "stopped": gettext_lazy("Was taken out"),
    "migrated": gettext_lazy("Left at the change to a new version"),
    "dropped": gettext_lazy("Dropped out: overdue after a pause"),
    "left": gettext_lazy("Has left the company"),
}
ICONS = {"goal": "flag", "stopped": "circle-stop", "moved": "shuffle", "migrated": "git-branch"}


@dataclass(frozen=True, slots=True)
class Sentence:
    """`text` says what happened; `note` what the reader may want to know beside it. `is_quiet`: nothing was sent."""

    icon: str
    text: str
    note: str = ""
    is_quiet: bool = False


def tell_end(reason: str) -> str:
    """Return why somebody left, as a sentence without a full stop."""
    known = ENDS.get(reason)
    return str(known) if known else _("Left: %(reason)s") % {"reason": reason}


def tell_reason(code: str) -> str:
    if code.startswith("smtp_"):
        return _("the mail server refused it (%(code)s)") % {"code": code.removeprefix("smtp_")}
    return str(WHY.get(code, code))


def is_shown(move: Move, graph: Graph) -> bool:
    """A jump says nothing: what follows it does."""
    step = graph.steps.get(move.step)
    return not (step is not None and isinstance(step.act, Goto) and move.edge == "next")


def tell_move(move: Move, graph: Graph, names: Names) -> Sentence:
    """Put one transition into words."""
    edge, to_step = move.edge, move.to_step
    if edge == "moved" or (edge == "migrated" and to_step):
        words = _("Was moved to “%(step)s”") if edge == "moved" else _("Came into a new version, to “%(step)s”")
        return Sentence(ICONS[edge], words % {"step": names.steps.get(to_step, to_step)})
    if edge in ENDS and not to_step and edge != "finished":
        return Sentence(ICONS.get(edge, "log-out"), tell_end(edge))
    known = graph.steps.get(move.step)
    if known is None:
        return Sentence("circle-dot", names.steps.get(move.step, move.step))
    return _tell_step(known, move, names)


def _tell_step(step: Step, move: Move, names: Names) -> Sentence:
    towards, edge = names.steps.get(move.to_step, move.to_step), move.edge
    match step.act:
        case Send() as send:
            return _tell_send(send, edge, move.message.reason if move.message else "", names)
        case Wait() as wait:
            return _tell_wait(wait, edge, move.at)
        case Branch() as branch:
            return Sentence("split", _tell_branch(branch, edge), f"→ {towards}" if towards else "")
        case Split():
            share = phrases.tell_way(edge, step)
            return Sentence("dices", _("By chance: %(share)s") % {"share": share}, f"→ {towards}" if towards else "")
        case Exit(reason):
            return Sentence("flag", tell_end(reason))
    return Sentence("check", phrases.tell_step(step, names).title)


def _tell_send(send: Send, edge: str, why: str, names: Names) -> Sentence:
    if send.channel == "plan":
        name = names.plans.get(send.what, send.what)
        if edge == "withheld":
            return Sentence(
                "list-checks", _("Action plan “%(name)s” withheld: control group") % {"name": name}, "", True
            )
        return Sentence("list-checks", _("Got the action plan “%(name)s”") % {"name": name})
    if send.is_survey and edge == "suppressed" and not why:
        text = _("“%(name)s” was not asked: it was asked lately, or doesn't concern this member")
        return Sentence(
            "message-circle-question-mark", text % {"name": names.surveys.get(send.what, send.what)}, "", True
        )
    called = names.surveys if send.is_survey else names.templates
    words = {"name": called.get(send.what, send.what), "why": tell_reason(why)}
    match edge:
        case "sent" | "next":
            return Sentence("mail", _("“%(name)s” was sent") % words)
        case "withheld":
            return Sentence("mail", _("“%(name)s” was withheld: control group") % words, "", True)
        case "unknown":
            return Sentence("mail", _("“%(name)s” was sent; nobody knows whether it arrived") % words, "", True)
        case "expired":
            return Sentence("mail", _("“%(name)s” was not sent: its deadline had passed") % words, "", True)
        case "failed":
            text = _("“%(name)s” could not be sent: %(why)s") if why else _("“%(name)s” could not be sent")
            return Sentence("mail", text % words, "", True)
    text = _("“%(name)s” was not sent: %(why)s") if why else _("“%(name)s” was not sent")
    return Sentence("mail", text % words, "", True)


def _tell_wait(wait: Wait, edge: str, at: datetime) -> Sentence:
    zone, title = current_zone(), phrases.tell_act(wait, Names()).title
    moment = moment_words(at, _language(), zone, today=at.astimezone(zone).date())
    awaited = phrases.tell_events(wait.event_types, wait.where) if wait.event_types else ""
    if edge == "event":
        return Sentence("zap", _("Happened: %(event)s") % {"event": awaited})
    if edge == "true" and wait.when is not None:
        return Sentence("zap", _("Came true: %(condition)s") % {"condition": _condition(wait.when)})
    if edge == "timeout" and wait.timeout is not None:
        words = {"length": phrases.tell_days(wait.timeout), "event": awaited}
        if awaited:
            return Sentence("hourglass", _("Did not happen within %(length)s: %(event)s") % words)
        return Sentence("hourglass", _("Nothing of it within %(length)s") % words)
    return Sentence("hourglass", _("Waited until %(moment)s") % {"moment": moment}, f"· {title}")


def _tell_branch(branch: Branch, edge: str) -> str:
    place = edge.partition(":")[2]
    if place.isdecimal() and int(place) <= len(branch.ways):
        return _("Holds: %(condition)s") % {"condition": _condition(branch.ways[int(place) - 1][0])}
    if len(branch.ways) == 1:
        return _("Does not hold: %(condition)s") % {"condition": _condition(branch.ways[0][0])}
    return _("None of %(number)s conditions held") % {"number": len(branch.ways)}


def _condition(condition: Condition) -> str:
    text = conditions.explain(condition, _language()).removesuffix(".")
    return text[:1].lower() + text[1:]


def _language() -> str:
    return (get_language() or "en").split("-")[0]
