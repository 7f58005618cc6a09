"""A journey as the office sees it: the document to show or edit, its faults, and what its things are called."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from qadam.journeys.document_steps import parse_step
from qadam.journeys.documents import parse_journey
from qadam.journeys.errors import UnknownJourney
from qadam.journeys.models import Journey
from qadam.journeys.outline import Outline, kind_of, outline_of, steps_of
from qadam.journeys.phrases import Names, Phrase, tell_step
from qadam.journeys.steps import GIVEN_BY, Send, Step
from qadam.lib.documents import Fault, FaultyDocument, open_document
from qadam.lib.errors import DomainError, Kind
from qadam.lib.text import words_of
from qadam.messaging.models import Template
from qadam.messaging.queries import newest_templates
from qadam.office import names
from qadam.office.door import SEES_JOURNEYS
from qadam.people.access import roles_of
from qadam.people.models import RoleName, User
from qadam.segments.models import Rule
from qadam.surveys.queries import survey_names
from qadam.tasks.models import PlanVersion
from qadam.tasks.plans import read_versions

EDITS = (RoleName.OWNER, RoleName.RETENTION)
SEES = SEES_JOURNEYS
IN_STEP = re.compile(r"steps\[(\d+)\]\.?(.*)|steps\.([^.\[]+)\.?(.*)")
PATH = re.compile(r"([^.\[\]]+)|\[(\d+)\]")
ASKED = {
    **dict.fromkeys(("event", "did", "did_not", "last", "first"), gettext_lazy("choose an event")),
    **dict.fromkeys(("goto", "else", "next", "on_timeout"), gettext_lazy("choose a step")),
    "template": gettext_lazy("choose a template"),
    "plan": gettext_lazy("choose an action plan"),
    "survey": gettext_lazy("choose a survey"),
    "journey": gettext_lazy("choose a journey"),
    "property": gettext_lazy("choose a property"),
}
KIND_NAMES = {
    "send": gettext_lazy("Send"),
    "wait": gettext_lazy("Wait"),
    "branch": gettext_lazy("Branch"),
    "split": gettext_lazy("Split by chance"),
    "set": gettext_lazy("Note something"),
    "enroll": gettext_lazy("Another journey"),
    "goto": gettext_lazy("Jump"),
    "exit": gettext_lazy("Leave"),
}
ICONS = {
    "send": "send",
    "wait": "hourglass",
    "branch": "split",
    "split": "dices",
    "set": "tag",
    "enroll": "route",
    "goto": "corner-down-right",
    "exit": "flag",
}


class EditedAsCase(DomainError):
    kind = Kind.REFUSED
    message = gettext_lazy("This journey is the measure of a case. Change it in the document of the map.")


@dataclass(frozen=True, slots=True)
class Choices:
    """What a step can name: {slug: name}, by what it names. `channels` says what each template is for."""

    templates: Mapping[str, str]
    channels: Mapping[str, str]
    plans: Mapping[str, str]
    journeys: Mapping[str, str]
    surveys: Mapping[str, str]

    def sent_by(self, channel: str) -> Mapping[str, str]:
        """Return what a step of this channel can name."""
        return {"plan": self.plans, "survey": self.surveys}.get(channel, self.templates)

    def as_names(self) -> Names:
        return Names(self.templates, self.plans, self.journeys, surveys=self.surveys)


@dataclass(frozen=True)
class Draft:
    """A document with its faults. `is_draft`: it is not what is published."""

    journey: Journey
    document: Mapping[str, Any]
    choices: Choices
    language: str
    is_draft: bool

    @property
    def revision(self) -> int:
        return self.journey.draft_revision

    @cached_property
    def outline(self) -> Outline:
        return outline_of(self.document)

    @cached_property
    def steps(self) -> Mapping[str, Mapping[str, Any]]:
        return {str(step["id"]): step for step in steps_of(self.document)}

    @cached_property
    def order(self) -> Mapping[str, int]:
        """Return {step: its number}, counted down the tree as it is read."""
        walked = [step for chain in (self.outline.main, *self.outline.lost) for step in chain.steps()]
        return {step: number for number, step in enumerate(walked, 1)}

    @cached_property
    def parsed(self) -> Mapping[str, Step]:
        """The steps that can be read; one by one, so that a faulty step spoils no other."""
        ids = list(self.steps)
        return {
            step_id: parsed
            for place, (step_id, step) in enumerate(self.steps.items())
            if (parsed := parse_alone(step, ids, place))
        }

    @cached_property
    def names(self) -> Names:
        bare = self.choices.as_names()
        labels = {step_id: self._label(step_id, bare) for step_id in self.steps}
        return replace(bare, steps=labels)

    def own_name(self, step_id: str) -> str:
        """Return the name that somebody gave to a step; "" where nobody did."""
        given = self.steps[step_id].get("name")
        return words_of(given).in_language(self.language) if isinstance(given, Mapping) else ""

    def _label(self, step_id: str, bare: Names) -> str:
        parsed = self.parsed.get(step_id)
        return self.own_name(step_id) or (tell_step(parsed, bare).title if parsed else self._kind(step_id))

    def _kind(self, step_id: str) -> str:
        return str(KIND_NAMES.get(kind_of(self.steps[step_id]), _("A step")))

    def phrase(self, step_id: str) -> Phrase:
        """Return a step as a sentence; what can't be read yet only by its kind."""
        if step_id not in self.parsed:
            return Phrase(_("%(kind)s: not complete yet") % {"kind": self._kind(step_id)})
        return tell_step(self.parsed[step_id], self.names)

    @cached_property
    def faults(self) -> Sequence[Fault]:
        return find_faults(self.document, self.choices)

    def faults_of(self, step_id: str) -> list[Fault]:
        """Return a step's own faults; their places begin inside the step, such as `wait.for`."""
        ids = list(self.steps)
        places = [(fault, step_place(fault.place, ids)) for fault in self.faults]
        return [Fault(place[1], fault.message) for fault, place in places if place and place[0] == step_id]

    @cached_property
    def own_faults(self) -> list[Fault]:
        """Faults of the journey itself, not of a step."""
        ids = list(self.steps)
        return [fault for fault in self.faults if step_place(fault.place, ids) is None]

    @property
    def name(self) -> str:
        given = self.document.get("name")
        words = words_of(given).in_language(self.language) if isinstance(given, Mapping) else ""
        return words or self.journey.slug


def parse_alone(step: Mapping[str, Any], ids: list[str], place: int) -> Step | None:
    node = open_document(step)
    try:
        parsed = parse_step(node, ids, place)
    except (TypeError, ValueError, KeyError, AttributeError):
        return None
    return None if node.faults else parsed


def find_faults(document: Mapping[str, Any], choices: Choices) -> Sequence[Fault]:
    """Return every fault of a document: what publishing would refuse."""
    try:
        graph = parse_journey(document)
    except FaultyDocument as error:
        return [Fault(fault.place, _ask_for(document, fault)) for fault in error.faults]
    except (TypeError, ValueError, AttributeError, KeyError) as error:
        return [Fault("", str(error))]
    sends = [(step.id, step.act) for step in graph.steps.values() if isinstance(step.act, Send)]
    return [
        Fault(
            f"steps.{step_id}.send.{GIVEN_BY.get(act.channel, 'template')}",
            _("“%(name)s” doesn't exist") % {"name": act.what},
        )
        for step_id, act in sends
        if act.what not in choices.sent_by(act.channel)
    ]


def _ask_for(document: Mapping[str, Any], fault: Fault) -> str:
    """Return the fault's message; where nothing is filled in yet, ask for it instead of complaining."""
    value: Any = document
    for key, place in PATH.findall(fault.place):
        try:
            value = value[int(place)] if place else value[key]
        except (KeyError, IndexError, TypeError):
            return fault.message
    last = PATH.findall(fault.place)[-1:] or [("", "")]
    return str(ASKED.get(last[0][0], gettext_lazy("fill this in"))) if value == "" else fault.message


def step_place(place: str, ids: Sequence[str]) -> tuple[str, str] | None:
    """Return (step, the place inside it) of a fault's place; None where it is about the journey itself."""
    match = IN_STEP.match(place)
    if match is None:
        return None
    if match[1] is not None:
        number = int(match[1])
        return (ids[number], match[2]) if number < len(ids) else None
    return (match[3], match[4]) if match[3] in ids else None


def read_journey(slug: str) -> Journey:
    """Return a journey's row with its current version.

    Raises:
        UnknownJourney: there is none.
    """
    journey = Journey.objects.select_related("current").filter(slug=slug).first()
    if journey is None:
        raise UnknownJourney(journey=slug)
    return journey


def open_draft(slug: str, language: str) -> Draft:
    """Return what the editor shows: the draft, or else what is published.

    Raises:
        UnknownJourney, EditedAsCase.
    """
    if is_case(slug):
        raise EditedAsCase
    journey = read_journey(slug)
    return _draft(journey, journey.draft, language) if journey.draft is not None else open_published(journey, language)


def open_published(journey: Journey, language: str) -> Draft:
    """Return the published document; the draft where nothing is published yet."""
    if journey.current is None:
        return _draft(journey, journey.draft or {}, language)
    document = journey.current.document
    return Draft(journey, document, read_choices(language), language, is_draft=False)


def _draft(journey: Journey, document: Mapping[str, Any], language: str) -> Draft:
    return Draft(journey, document, read_choices(language), language, is_draft=True)


def is_case(slug: str) -> bool:
    return slug.startswith("case:")


def read_choices(language: str) -> Choices:
    slugs = set(Template.objects.values_list("slug", flat=True).distinct())
    templates = dict(sorted(newest_templates(slugs).items()))
    newest = dict(PlanVersion.objects.order_by("number").values_list("plan_id", "id"))
    plans = [version.plan for version in read_versions(list(newest.values())).values()] if newest else []
    return Choices(
        templates={slug: each.subject.in_language(language) or slug for slug, each in templates.items()},
        channels={slug: each.channel for slug, each in templates.items()},
        plans={plan.slug: plan.name.in_language(language) for plan in plans},
        journeys=names.journey_names(language),
        surveys=survey_names(language),
    )


def read_places(language: str) -> Mapping[str, Sequence[tuple[str, str]]]:
    """Return the stages, cases and segments that a condition can name."""
    stages = [(each.key, f"{each.number}. {each.name}") for each in names.stage_names(language).values()]
    segments = Rule.objects.filter(kind="segment", is_active=True).exclude(key__startswith="journey:")
    keys = [(key, key) for key in segments.order_by("key").values_list("key", flat=True)]
    return {"stage": stages, "case": list(names.case_names(language).items()), "segment": keys}


def may_edit(user: User) -> bool:
    return not roles_of(user).isdisjoint(EDITS)
