"""What hung where in an earlier version of a map: read from the version's own documents."""

from collections.abc import Collection, Iterator, Mapping, Sequence

from django.db.models import Q

from qadam.cases import documents as case_documents
from qadam.cases.documents import CaseDocument
from qadam.cases.models import Case, CaseVersion
from qadam.lib.documents import FaultyDocument
from qadam.maps import documents
from qadam.maps.bindings import Whole, plan_bindings
from qadam.maps.models import MapVersion
from qadam.maps.rules import full_key
from qadam.metrics.bindings import NewBinding
from qadam.metrics.models import MetricBinding

Target = tuple[str, str]


def bindings_then(version: MapVersion, pinned: Sequence[CaseVersion]) -> Mapping[Target, Sequence[NewBinding]]:
    """Return {target: its metrics with their parameters and aims} as this version and its cases had them.

    A document of an older grammar that can't be read any more is replaced by the bindings that existed in its time.
    """
    own = {case.key: parsed for case, parsed in _readable(pinned)}
    try:
        parsed = documents.parse(version.document)
    except FaultyDocument:
        return _bound_then(version, _targets_of(version, [each.case.key for each in pinned]))
    versions = {each.case.key: each for each in pinned}
    planned = plan_bindings(Whole(parsed, versions, own, {}, None))
    unread = [("case", key) for key in versions if key not in own]
    return {**planned, **_bound_then(version, unread)}


def _readable(pinned: Sequence[CaseVersion]) -> Iterator[tuple[Case, CaseDocument]]:
    for each in pinned:
        try:
            yield each.case, case_documents.parse(each.document)
        except FaultyDocument:
            continue


def _targets_of(version: MapVersion, cases: Sequence[str]) -> list[Target]:
    slug = version.map.slug
    stages = [("stage", full_key(slug, key)) for key in version.stages.values_list("key", flat=True)]
    return [*stages, *(("case", key) for key in cases), ("map", slug)]


def _bound_then(version: MapVersion, targets: Collection[Target]) -> dict[Target, list[NewBinding]]:
    found: dict[Target, list[NewBinding]] = {target: [] for target in targets}
    places = Q(pk__in=[])
    for kind, key in targets:
        places |= Q(target_kind=kind, target_key=key)
    alive = Q(retired_at__isnull=True) | Q(retired_at__gt=version.valid_from)
    for row in MetricBinding.objects.filter(places, alive, created_at__lt=version.valid_to).order_by("position"):
        new = NewBinding(row.code, row.role, row.params, row.target, row.watch, row.critical, row.owner_id)
        found[row.target_kind, row.target_key].append(new)
    return found
