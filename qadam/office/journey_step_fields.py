"""The form of one step, kind by kind, with every option of the document."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from qadam.journeys.document_steps import CHANNELS, OUTCOMES, WEEKDAYS
from qadam.journeys.outline import has_next, kind_of
from qadam.journeys.phrases import OUTCOMES as OUTCOME_WORDS
from qadam.journeys.phrases import WEEKDAYS as WEEKDAY_WORDS
from qadam.journeys.steps import SURVEY_TEMPLATE
from qadam.office.condition_form import Builder, Option, Places, Widget, build
from qadam.office.condition_rows import one_or_more
from qadam.office.journey_draft import Draft
from qadam.office.journey_fields import (
    CHANNEL_NAMES,
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


class StepForm:
    """Makes the parts of one step's form."""

    def __init__(self, draft: Draft, step_id: str, places: Places) -> None:
        self.draft, self.places = draft, places
        self.step_id, self.step = step_id, draft.steps[step_id]
        self.faults = draft.faults_of(step_id)

    def parts(self) -> list[Part]:
        kind = kind_of(self.step)
        parts = list(PARTS[kind](self)) if kind in PARTS else []
        if has_next(self.step):
            parts.append(self._next())
        parts.append(words_part("name", _("A name of its own"), self.step.get("name"), self.faults, is_more=True))
        told = {fault for part in parts for fault in (*part.faults, *(part.builder.faults if part.builder else ()))}
        left = tuple(fault for fault in self.faults if fault not in told)
        return [Part(faults=left), *parts] if left else parts

    def steps(self, blank: Words | None = None) -> dict[str, Words]:
        """Return what can be led to, in the order of the tree."""
        words: dict[str, Words] = {} if blank is None else {"": blank}
        labels = self.draft.names.steps
        numbered = {step: f"{n}. {_shorten(labels[step])}" for step, n in self.draft.order.items()}
        return words | {step: label for step, label in numbered.items() if step != self.step_id}

    def _next(self) -> Part:
        ids = list(self.draft.steps)
        place = ids.index(self.step_id)
        follows = ids[place + 1] if place + 1 < len(ids) else ""
        blank = _("Straight on: %(step)s") % {"step": _shorten(self.draft.names.steps[follows])} if follows else ""
        words = self.steps(blank or _("The journey ends here"))
        return Part(
            _("Next step"),
            (chosen("next", _("Next step"), words, self.step.get("next", "")),),
            faults=at(self.faults, "next"),
            is_wide=True,
        )

    def inner(self, key: str) -> Mapping[str, Any]:
        value = self.step.get(key)
        return value if isinstance(value, Mapping) else {}

    def builder(self, document: Any, path: str, place: str, **more: Any) -> Builder:
        return build(document, path, place, self.faults, places=self.places, **more)


def _shorten(text: str) -> str:
    return text if len(text) <= 70 else f"{text[:69].rstrip()}…"


def _send(form: StepForm) -> Sequence[Part]:
    send, faults = form.inner("send"), form.faults
    channel = str(send.get("channel", "email"))
    names = {each: CHANNEL_NAMES.get(each, each) for each in CHANNELS}
    how = chosen("channel", _("What to send"), names, channel, refreshes=True)
    first = [Part(_("What to send"), (how,), faults=at(faults, "send.channel")), _what(form, channel)]
    if channel == "plan":
        return first
    help = _("Counted from this step. What can't be sent by then isn't sent at all. Empty: no deadline.")
    return [
        *first,
        Part(
            _("Deadline"),
            length_widgets("deadline", _("Deadline"), send.get("deadline")),
            help,
            at(faults, "send.deadline"),
        ),
        *([] if channel == "survey" else [_holdout(form)]),
        *_outcomes(form),
    ]


def _holdout(form: StepForm) -> Part:
    label = _("Control group of this step")
    share = typed("holdout", label, form.step.get("holdout"), "number", after="%")
    why = _("This share goes the same way without getting it, so that you see what it brings.")
    return Part(label, (share,), why, at(form.faults, "holdout"), is_more=True)


def _what(form: StepForm, channel: str) -> Part:
    send, choices = form.inner("send"), form.draft.choices
    if channel == "plan":
        words: dict[str, Words] = {"": _("choose an action plan"), **choices.plans}
        widget = chosen("plan", _("Action plan"), words, send.get("plan", ""))
        return Part(_("Action plan"), (widget,), faults=at(form.faults, "send.plan"), is_wide=True)
    if channel == "survey":
        words = {"": _("choose a survey"), **choices.surveys}
        chosen_survey = str(send.get("survey", ""))
        widget = chosen("survey", _("Survey"), words, chosen_survey, refreshes=True)
        help = _("Both arms are asked: a survey measures. Who was asked it lately is passed over as “not sent”.")
        template = f"{SURVEY_TEMPLATE}{chosen_survey}" if chosen_survey in choices.surveys else ""
        faults = at(form.faults, "send.survey")
        return Part(_("Survey"), (widget,), help, faults, is_wide=True, template=template)
    fitting = {slug: name for slug, name in choices.templates.items() if choices.channels.get(slug) == channel}
    words = {"": _("choose a template"), **{slug: f"{name} ({slug})" for slug, name in fitting.items()}}
    chosen_now = str(send.get("template", ""))
    widget = chosen("template", _("Template"), words, chosen_now, refreshes=True)
    return Part(
        _("Template"),
        (widget,),
        faults=at(form.faults, "send.template"),
        is_wide=True,
        template=chosen_now if chosen_now in choices.templates else "",
    )


def _outcomes(form: StepForm) -> list[Part]:
    edges, words = form.inner("on"), form.steps(_("as the others: to the next step"))
    return [
        Part(
            OUTCOME_WORDS[name],
            (chosen(f"on.{name}", OUTCOME_WORDS[name], words, edges.get(name, "")),),
            faults=at(form.faults, f"on.{name}"),
            is_more=True,
            is_wide=True,
        )
        for name in OUTCOMES
    ]


def _wait(form: StepForm) -> Sequence[Part]:
    wait, faults = form.inner("wait"), form.faults
    has_timeout = wait.get("timeout") is not None or wait.get("event") or wait.get("when") is not None
    parts = [
        Part(
            _("A length of time"),
            length_widgets("for", _("A length of time"), wait.get("for")),
            _("Days keep the hour of the day; 24 hours are 24 hours."),
            at(faults, "wait.for"),
        ),
        Part(
            _("Until a moment"),
            _until_widgets(wait.get("until")),
            _("In the member's own time zone."),
            at(faults, "wait.until"),
        ),
        _event_part(form, wait),
        Part(builder=form.builder(wait.get("when"), "when", "wait.when", title=_("Until something is true"))),
    ]
    if has_timeout:
        limit = length_widgets("timeout", _("At most"), wait.get("timeout"))
        parts.append(
            Part(
                _("At most"), limit, _("After that the member goes the way for latecomers."), at(faults, "wait.timeout")
            )
        )
        words = form.steps(_("to the next step"))
        late = chosen("on_timeout", _("Who is too late goes on"), words, wait.get("on_timeout", ""))
        parts.append(Part(_("Who is too late goes on"), (late,), faults=at(faults, "wait.on_timeout"), is_wide=True))
    whole = tuple(fault for fault in faults if fault.place.rstrip(".") == "wait")
    help = _("Fill in one or several: whichever comes first ends the waiting.")
    return [Part(help=help, faults=whole), *parts]


def _until_widgets(until: Any) -> tuple[Widget, ...]:
    given = until if isinstance(until, Mapping) else {}
    kind = next((each for each in ("instant", "weekday", "day", "at") if each in given), "")
    kinds: dict[str, Words] = {
        "": _("no"),
        "at": _("the next time it is"),
        "weekday": _("a weekday"),
        "day": _("a day of the path"),
        "instant": _("a date"),
    }
    widgets = [chosen("until", _("Until a moment"), kinds, kind, refreshes=True)]
    if kind == "weekday":
        days = one_or_more(given["weekday"])
        options = tuple(Option(day, words, day in days) for day, words in zip(WEEKDAYS, WEEKDAY_WORDS, strict=True))
        widgets.append(Widget("checks", "until.weekday", _("Weekdays"), options=options))
    if kind == "day":
        widgets.append(typed("until.day", _("Day of the path"), given["day"], "number"))
    if kind == "instant":
        widgets.append(typed("until.instant", _("Date and time"), str(given["instant"])[:16], "datetime-local"))
    elif kind:
        widgets.append(typed("until.at", _("Time of day"), given.get("at", "09:00"), "time"))
    return tuple(widgets)


def _event_part(form: StepForm, wait: Mapping[str, Any]) -> Part:
    events = [str(each) for each in one_or_more(wait.get("event", ""))]
    named = [event for event in events if event]
    widgets = event_widgets("event", events) + where_widgets("wait", wait.get("where"), named)
    buttons: tuple[Button, ...] = ()
    if named:
        since = wait.get("since", "entry")
        kinds: dict[str, Words] = {
            "entry": _("counted since the entry"),
            "arm": _("counted from now on"),
            "length": _("counted from earlier:"),
        }
        kind = since if since in ("entry", "arm") else "length"
        widgets.append(chosen("since", _("Counted from"), kinds, kind, refreshes=True, breaks=True))
        if kind == "length":
            widgets += length_widgets("since", _("How long before"), since)
        buttons = (Button("also:event", _("Or another event")), Button("filter:wait", _("Only if a property fits")))
    faults = at(form.faults, "wait.event", "wait.where", "wait.since")
    return Part(
        _("Until an event"), tuple(widgets), "", faults, buttons=buttons, sizes=where_size("wait", wait.get("where"))
    )


def _branch(form: StepForm) -> Sequence[Part]:
    ways = [way if isinstance(way, Mapping) else {} for way in form.step.get("branch", [])]
    words, parts = form.steps(_("choose a step")), []
    for n, way in enumerate(ways):
        place = f"branch[{n}]"
        title = _("Way %(number)s: if") % {"number": n + 1}
        goto = chosen(f"way.{n}.goto", _("then go on at"), words, way.get("goto", ""), before=_("then go on at"))
        moves = [Button(f"upway:{n}", _("Ask this one earlier"), "arrow-up")] if n else []
        drop = [Button(f"unway:{n}", _("Take this way out"), "trash-2")] if len(ways) > 1 else []
        builder = form.builder(way.get("when"), f"way.{n}.when", f"{place}.when", title=title, needed=True)
        own = tuple(fault for fault in at(form.faults, place) if fault not in builder.faults)
        parts.append(Part(widgets=(goto,), faults=own, builder=builder, buttons=(*moves, *drop), is_wide=True))
    other = chosen("else", _("Everybody else goes on at"), words, form.step.get("else", ""))
    more = (Button("way", _("Another way")),)
    size = (("way.size", len(ways)),)
    return [
        Part(help=_("The first way whose condition holds is taken."), sizes=size),
        *parts,
        Part(buttons=more),
        Part(_("Everybody else goes on at"), (other,), faults=at(form.faults, "else"), is_wide=True),
    ]


def _split(form: StepForm) -> Sequence[Part]:
    parts = [part if isinstance(part, Mapping) else {} for part in form.step.get("split", [])]
    words, found = form.steps(_("choose a step")), []
    for n, part in enumerate(parts):
        label = _("Part %(number)s") % {"number": n + 1}
        widgets = (
            typed(f"part.{n}.share", _("Share of %(part)s") % {"part": label}, part.get("share"), "number", after="%"),
            chosen(f"part.{n}.goto", _("goes on at"), words, part.get("goto", ""), before=_("goes on at")),
            ticked(f"part.{n}.control", _("control group"), bool(part.get("control"))),
        )
        drop = (Button(f"unpart:{n}", _("Take this part out"), "trash-2"),) if len(parts) > 2 else ()
        found.append(Part(label, widgets, faults=at(form.faults, f"split[{n}]"), buttons=drop, is_wide=True))
    total = sum(part["share"] for part in parts if isinstance(part.get("share"), int | float))
    told = ngettext(
        "%(total)s %% in %(number)s part; 100 %% are needed.",
        "%(total)s %% in %(number)s parts; 100 %% are needed.",
        len(parts),
    ) % {"total": f"{total:g}", "number": len(parts)}
    whole = tuple(fault for fault in form.faults if fault.place == "split")
    return [
        Part(help=_("Each member falls into a part once and stays in it."), sizes=(("part.size", len(parts)),)),
        *found,
        Part(help=told, faults=whole, buttons=(Button("part", _("Another part")),)),
    ]


def _set(form: StepForm) -> Sequence[Part]:
    what = form.inner("set")
    kind = next((each for each in ("score", "attribute") if each in what), "tag")
    kinds: dict[str, Words] = {"tag": _("A tag"), "attribute": _("Something about the member"), "score": _("A score")}
    name = typed("set.name", _("Short name"), what.get(kind, ""))
    value: tuple[Widget, ...]
    if kind == "score":
        value = (typed("set.by", _("Change by"), what.get("by", ""), "number", before=_("change by")),)
    elif kind == "attribute":
        value = (typed("set.text", _("Value"), what.get("to", ""), before=_("is")),)
    else:
        words: dict[str, Words] = {"true": _("put on"), "false": _("take off")}
        value = (chosen("set.on", _("What to do"), words, str(what.get("to", True)).lower()),)
    return [
        Part(_("What to note"), (chosen("set", _("What to note"), kinds, kind, refreshes=True),)),
        Part(_("Short name"), (name, *value), _("Small Latin letters, digits, “-” and “_”."), at(form.faults, "set")),
    ]


def _enroll(form: StepForm) -> Sequence[Part]:
    enroll = form.inner("enroll")
    words: dict[str, Words] = {"": _("choose a journey"), **form.draft.choices.journeys}
    kinds: dict[str, Words] = {"false": _("Start"), "true": _("Stop")}
    how = chosen("stop", _("What to do"), kinds, str(bool(enroll.get("stop"))).lower())
    which = chosen("journey", _("Journey"), words, enroll.get("journey", ""))
    return [Part(_("Journey"), (how, which), faults=at(form.faults, "enroll"), is_wide=True)]


def _goto(form: StepForm) -> Sequence[Part]:
    widget = chosen("goto", _("Go on at"), form.steps(_("choose a step")), form.step.get("goto", ""))
    return [Part(_("Go on at"), (widget,), faults=at(form.faults, "goto"), is_wide=True)]


def _exit(form: StepForm) -> Sequence[Part]:
    help = _("A short code for the numbers, such as finished or no-registration.")
    return [Part(_("Reason"), (typed("exit", _("Reason"), form.step.get("exit", "")),), help, at(form.faults, "exit"))]


PARTS: Mapping[str, Callable[[StepForm], Sequence[Part]]] = {
    "send": _send,
    "wait": _wait,
    "branch": _branch,
    "split": _split,
    "set": _set,
    "enroll": _enroll,
    "goto": _goto,
    "exit": _exit,
}
