"""Which metrics hang where on a map, with whose aims and owners: what is published, and what the gate looks at."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from qadam.cases import documents as case_documents
from qadam.cases import operations as cases
from qadam.cases import queries as case_queries
from qadam.cases.documents import CaseDocument
from qadam.cases.models import CaseVersion
from qadam.maps.documents import MapDocument
from qadam.maps.owners import find_owners, owner_of_map
from qadam.maps.rules import full_key
from qadam.metrics.operations import NewBinding
from qadam.people.models import MembershipKind, User

STAGE, CASE, MAP = MembershipKind.STAGE.value, MembershipKind.CASE.value, "map"
Target = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Whole:
    """A map document with the newest versions of its cases and whoever answers for it."""

    parsed: MapDocument
    versions: Mapping[str, CaseVersion]
    cases: Mapping[str, CaseDocument]
    owners: Mapping[str, User]
    owner: User | None

    @property
    def owner_id(self) -> int | None:
        return self.owner.id if self.owner else None

    def stage_key(self, key: str) -> str:
        return full_key(self.parsed.slug, key)


def gather(parsed: MapDocument, *, actor: User | None) -> Whole:
    """Read what a map document names: its cases as they stand now, and its owners.

    Raises:
        FaultyDocument: an owner isn't an active user.
    """
    versions = case_queries.newest_versions(parsed.cases)
    known = {key: case_documents.parse(versions[key].document) for key in parsed.cases if key in versions}
    owners = find_owners(parsed)
    return Whole(parsed, versions, known, owners, owner_of_map(parsed, owners, actor))


def plan_bindings(whole: Whole) -> dict[Target, Sequence[NewBinding]]:
    """Return every metric of the map's stages, of its cases and of the map itself."""
    planned: dict[Target, Sequence[NewBinding]] = {}
    keys = [whole.stage_key(stage.key) for stage in whole.parsed.stages]
    for place, stage in enumerate(whole.parsed.stages):
        params = {"horizon_days": stage.horizon_days, "stages_after": keys[place + 1 :]}
        owner = whole.owners.get(stage.owner.lower(), whole.owner)
        planned[STAGE, keys[place]] = [
            cases.new_binding(plan, params, owner_id=owner.id if owner else None) for plan in stage.metrics
        ]
    for key, case in whole.cases.items():
        planned[CASE, key] = cases.plan_bindings(case, owner_id=whole.owner_id)
    planned[MAP, whole.parsed.slug] = [
        cases.new_binding(plan, {}, owner_id=whole.owner_id) for plan in whole.parsed.metrics
    ]
    return planned
