"""What pages and rules ask about people."""

from collections.abc import Collection, Iterable

from qadam.jobs.sql import chunks
from qadam.people.errors import NotSetUp
from qadam.people.models import Company, Consent, ConsentKind, FormerId, Member


def get_company() -> Company:
    """Return the one company of this installation.

    Raises:
        NotSetUp: no pack was applied yet.
    """
    company = Company.objects.first()
    if company is None:
        raise NotSetUp
    return company


def members_with_consent(kind: ConsentKind, among: Collection[int]) -> set[int]:
    """Return those of `among` whose consent of this kind is given and not withdrawn."""
    given = Consent.objects.filter(kind=kind, member_id__in=among, withdrawn_at__isnull=True)
    return set(given.values_list("member_id", flat=True))


def ids_by_external_id(external_ids: Iterable[str]) -> dict[str, int]:
    """Return {company's own id: member id} for those that exist, also by the ids of records that were merged."""
    found: dict[str, int] = {}
    for chunk in chunks(sorted(set(external_ids))):
        former = FormerId.objects.filter(external_id__in=chunk).values_list("external_id", "member_id")
        present = Member.objects.filter(external_id__in=chunk).values_list("external_id", "id")
        found |= {str(external_id): member_id for external_id, member_id in [*former, *present]}
    return found
