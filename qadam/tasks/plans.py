"""Published plans, read once per process: a version never changes."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from qadam.conditions import Condition
from qadam.tasks.documents import PlanDocument, PlannedTask, TaskKind, parse_plan
from qadam.tasks.models import PlanVersion

_parsed: dict[str, PlanDocument] = {}
"""By the hash of the content: ids come again in a database that was built anew."""


@dataclass(frozen=True, slots=True)
class Version:
    """A published plan. `by_key`: its tasks; `shown_keys`: those for which something is shown to the mentor;
    `closers`: (task, goal, condition) of what closes by an event.
    """

    id: int
    number: int
    plan: PlanDocument
    by_key: Mapping[str, PlannedTask] = field(init=False, compare=False, repr=False)
    shown_keys: frozenset[str] = field(init=False, compare=False, repr=False)
    closers: Sequence[tuple[PlannedTask, str, Condition]] = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "by_key", self.plan.by_key())
        shown = frozenset(task.key for task in self.plan.tasks if task.kind is TaskKind.PRACTICAL)
        object.__setattr__(self, "shown_keys", shown)
        object.__setattr__(self, "closers", tuple(self.plan.closers()))


def read_versions(ids: Collection[int] | None = None) -> Mapping[int, Version]:
    """Return {id: version} for these ids, or for all."""
    rows = PlanVersion.objects.all() if ids is None else PlanVersion.objects.filter(id__in=ids)
    found = list(rows.values_list("id", "number", "content_hash").order_by("id"))
    unread = [version_id for version_id, _number, content_hash in found if content_hash not in _parsed]
    for version_id, document in PlanVersion.objects.filter(id__in=unread).values_list("id", "document"):
        content_hash = next(each[2] for each in found if each[0] == version_id)
        _parsed[content_hash] = parse_plan(document)
    return {
        version_id: Version(version_id, number, _parsed[content_hash]) for version_id, number, content_hash in found
    }


def newest_version(slug: str) -> Version | None:
    """Return the newest version of a plan, or None where there is no such plan."""
    row_id = PlanVersion.objects.filter(plan__slug=slug).order_by("-number").values_list("id", flat=True).first()
    return None if row_id is None else read_versions([row_id])[row_id]


def titles_in(language: str) -> dict[str, str]:
    """Return {key of a task or of its lesson: title} over all plans; a newer version's words win."""
    versions = sorted(read_versions().values(), key=lambda version: version.id)
    tasks = [task for version in versions for task in version.plan.tasks]
    return {key: task.title.in_language(language) for task in tasks for key in (task.key, task.lesson) if key}
