"""What pages, the map and the publish gate ask about cases."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from qadam.cases import documents, examples, rules
from qadam.cases.documents import CaseDocument
from qadam.cases.errors import UnknownCase
from qadam.cases.models import CaseVersion, CaseVersionQuerySet
from qadam.cases.reading_files import late_files
from qadam.journeys.documents import parse_journey
from qadam.journeys.models import Enrollment
from qadam.journeys.publishing import refuse_missing_content
from qadam.lib.documents import FaultyDocument
from qadam.lib.text import Words


def newest_versions(keys: Collection[str]) -> dict[str, CaseVersion]:
    """Return {key: the newest version, draft or published} for those of `keys` that exist."""
    return _newest_of(CaseVersion.objects.filter(case__key__in=keys))


def published_versions(keys: Collection[str]) -> dict[str, CaseVersion]:
    """Return {key: the newest published version}."""
    return _newest_of(CaseVersion.objects.published().filter(case__key__in=keys))


def _newest_of(versions: CaseVersionQuerySet) -> dict[str, CaseVersion]:
    return {version.case.key: version for version in versions.select_related("case").order_by("number")}


def get_published(key: str) -> CaseVersion:
    """Return the newest published version of a case.

    Raises:
        UnknownCase: there is none.
    """
    version = CaseVersion.objects.published().filter(case__key=key).select_related("case").newest_first().first()
    if version is None:
        raise UnknownCase(case=key)
    return version


def open_counts() -> dict[str, int]:
    """Return {case key: how many files are open now}, without staff and test accounts; absent means none."""
    live = Enrollment.objects.filter(left_at__isnull=True, member__is_test=False, journey__slug__startswith="case:")
    rows = live.order_by().values("journey__slug").annotate(count=Count("id"))
    return {rules.case_of(row["journey__slug"]): row["count"] for row in rows}


def late_counts(now: datetime) -> dict[str, int]:
    """Return {case key: how many open files are past the promise to answer}, without staff and test accounts."""
    rows = late_files(now).filter(enrollment__member__is_test=False).order_by().values("case__key")
    return {row["case__key"]: row["count"] for row in rows.annotate(count=Count("id"))}


# The publish gate


@dataclass(frozen=True, slots=True)
class CaseProblem:
    """What keeps a case from being published. `fault`: no_detection, no_success, no_failure, no_measure,
    unknown_content, example_missing, example_fails, rules_overlap; `detail` says where.
    """

    fault: str
    detail: str


FAULTS_BY_PLACE = {
    "detect": "no_detection",
    "success": "no_success",
    "failure": "rules_overlap",
    "horizon": "no_failure",
    "measures": "no_measure",
}


def problems_of(version: CaseVersion, *, now: datetime) -> list[CaseProblem]:
    """Return what keeps a version from running: its rules, its measures with what they name, its examples.

    The examples are run, in a transaction that is undone. Without a failure rule the horizon counts as the end.
    """
    try:
        parsed = documents.parse(version.document)
    except FaultyDocument as error:
        places = [(fault.place.split(".")[0].split("[")[0], str(fault)) for fault in error.faults]
        return [CaseProblem(FAULTS_BY_PLACE.get(place, "no_measure"), detail) for place, detail in places]
    return [*_missing_content(parsed), *_example_problems(parsed, now)]


def _missing_content(parsed: CaseDocument) -> Iterator[CaseProblem]:
    graph = parse_journey(rules.compile_journey(parsed.source))
    try:
        refuse_missing_content(graph)
    except FaultyDocument as error:
        for fault in error.faults:
            yield CaseProblem("unknown_content", str(fault))


def _example_problems(parsed: CaseDocument, now: datetime) -> Iterator[CaseProblem]:
    for matches, what in ((True, _("one that matches")), (False, _("one that doesn't match"))):
        if not any(each.matches is matches for each in parsed.examples):
            yield CaseProblem("example_missing", str(what))
    for checked in examples.check(parsed.source, now):
        if not checked.is_right:
            yield CaseProblem("example_fails", _tell(checked))


def _tell(checked: examples.Checked) -> str:
    name = _name_of(checked.place, checked.name)
    if checked.error:
        return f"{name}: {checked.error}"
    if checked.matches:
        return _("%(example)s: should be noticed, and isn't") % {"example": name}
    return _("%(example)s: shouldn't be noticed, and is") % {"example": name}


def _name_of(place: int, name: Words) -> str:
    return f"examples[{place}] {name.in_language(get_language() or 'en')}".strip()
