"""What pages and the map ask about cases."""

from collections.abc import Collection

from django.db.models import Count

from qadam.cases.errors import UnknownCase
from qadam.cases.models import CaseVersion, CaseVersionQuerySet
from qadam.people.models import Membership, MembershipKind


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
    """Return {case key: how many members are in it now}, without staff and test accounts; absent means none."""
    rows = (
        Membership.objects.filter(kind=MembershipKind.CASE, left_at__isnull=True, member__is_test=False)
        .values("key")
        .annotate(count=Count("id"))
    )
    return {row["key"]: row["count"] for row in rows}
