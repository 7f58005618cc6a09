"""An action plan as the office sees it: its draft or what is published, its faults, and how it is saved."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _

from qadam import conditions
from qadam.lib import clock
from qadam.lib.documents import Fault, FaultyDocument
from qadam.lib.text import words_of
from qadam.office.plan_document import find, goals_of, place_of, tasks_of
from qadam.office.recognition_pages import go_to
from qadam.people.models import User
from qadam.tasks import drafts
from qadam.tasks.documents import parse_plan
from qadam.tasks.errors import DraftMoved
from qadam.tasks.models import ActionPlan, PlanVersion
from qadam.tasks.reading_goals import counts_recruiting


@dataclass(frozen=True)
class PlanDraft:
    """The document that is edited: the draft, else the newest version. `number` 0: never published."""

    slug: str
    document: Mapping[str, Any]
    revision: int
    number: int
    is_draft: bool
    published: Mapping[str, Any] | None

    @cached_property
    def faults(self) -> tuple[Fault, ...]:
        """Every fault, as the document in the order of its days has it."""
        try:
            parse_plan(self.in_order)
        except FaultyDocument as error:
            return error.faults
        return ()

    @cached_property
    def in_order(self) -> dict[str, Any]:
        return {**self.document, "tasks": tasks_of(self.document)}

    def name(self, language: str) -> str:
        return words_of(self.document.get("name") or {}).in_language(language) or self.slug

    def faults_of(self, list_name: str, key: str) -> tuple[Fault, ...]:
        """Return the faults of a task or goal, their places within it."""
        place = place_of(tasks_of(self.document) if list_name == "tasks" else goals_of(self.document), key)
        start = f"{list_name}[{place}]"
        return tuple(
            Fault(fault.place[len(start) :].lstrip("."), fault.message)
            for fault in self.faults
            if fault.place == start or fault.place.startswith(f"{start}.")
        )

    def own_faults(self) -> tuple[Fault, ...]:
        """Return the faults of the plan itself: its name, its weeks, what it lacks."""
        return tuple(fault for fault in self.faults if not fault.place.startswith(("tasks[", "goals[")))

    def find_task(self, key: str) -> dict[str, Any]:
        return _found(find(tasks_of(self.document), key))

    def find_goal(self, key: str) -> dict[str, Any]:
        return _found(find(goals_of(self.document), key))

    def is_published(self, list_name: str, key: str) -> bool:
        """Tell whether a task or goal stands in the published version: its key is fixed then."""
        published = self.published or {}
        return find(tasks_of(published) if list_name == "tasks" else goals_of(published), key) is not None


def _found(item: dict[str, Any] | None) -> dict[str, Any]:
    if item is None:
        raise Http404
    return item


def open_plan(slug: str) -> PlanDraft:
    plan = ActionPlan.objects.filter(slug=slug).first()
    if plan is None:
        raise Http404
    newest = PlanVersion.objects.filter(plan=plan).order_by("-number").first()
    published = newest.document if newest else None
    if plan.draft is None and published is None:
        raise Http404
    return PlanDraft(
        slug=slug,
        document=plan.draft or published or {},
        revision=plan.draft_revision,
        number=newest.number if newest else 0,
        is_draft=plan.draft is not None,
        published=published,
    )


def is_recruiting(goal: Mapping[str, Any]) -> bool:
    """Tell whether a first goal counts people brought in; one that can't be read yet doesn't."""
    try:
        return counts_recruiting(conditions.parse(goal.get("done_when")))
    except (FaultyDocument, TypeError):
        return False


def save(draft: PlanDraft, document: Mapping[str, Any], revision: str, actor: User) -> None:
    """Keep a changed document as the draft, faults and all.

    Raises:
        DraftMoved: somebody else has saved since the page was made.
    """
    asked = int(revision) if revision.isdecimal() and len(revision) < 10 else -1
    if asked != draft.revision:
        raise DraftMoved
    if document != draft.document:
        drafts.save_draft(
            slug=draft.slug, document=dict(document), revision=draft.revision, actor=actor, now=clock.utc_now()
        )


def refuse_moved(request: HttpRequest, slug: str) -> HttpResponse:
    messages.warning(request, _("Somebody else has changed this draft meanwhile. This is how it is now; try again."))
    return go_to(request, "office:plan", slug)
