"""The names of stages and cases in the visitor's language, for pages that list people."""

from dataclasses import dataclass

from qadam.cases.models import CaseVersion
from qadam.journeys import graphs
from qadam.lib.text import words_of
from qadam.maps.models import Stage
from qadam.people.models import Member
from qadam.tasks import plans
from qadam.tasks.models import Task


@dataclass(frozen=True, slots=True)
class StageName:
    """A stage of a published map. `key` is the membership's: map and stage."""

    key: str
    number: int
    name: str


def stage_names(language: str) -> dict[str, StageName]:
    """Return {membership key: stage} of every map that is valid now, in the order of the path."""
    rows = (
        Stage.objects.filter(version__published_at__isnull=False, version__valid_to__isnull=True)
        .order_by("version__map__slug", "position")
        .values_list("version__map__slug", "key", "position", "name")
    )
    names = {}
    for slug, key, position, name in rows:
        full_key = f"{slug}/{key}"
        names[full_key] = StageName(full_key, position, words_of(name).in_language(language))
    return names


def case_names(language: str) -> dict[str, str]:
    """Return {case key: name in its newest published version}."""
    rows = CaseVersion.objects.published().order_by("number").values_list("case__key", "name")
    return {key: words_of(name).in_language(language) for key, name in rows}


def journey_names(language: str) -> dict[str, str]:
    """Return {slug: name} of the journeys that run, those of cases among them."""
    return {journey.slug: words_of(graph.name).in_language(language) for journey, graph in graphs.current_graphs()}


def task_names(member: Member, language: str) -> dict[str, str]:
    """Return {task key: title} of the plans that a member was given."""
    versions = set(Task.objects.filter(member=member).values_list("plan_version_id", flat=True))
    return {
        task.key: task.title.in_language(language)
        for version in plans.read_versions(versions).values()
        for task in version.plan.tasks
    }
