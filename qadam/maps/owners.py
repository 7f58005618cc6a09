"""Who answers for a map, its stages and its metrics: people of the staff, found by their e-mail."""

from collections.abc import Iterable, Mapping

from qadam.lib.documents import Fault, FaultyDocument
from qadam.maps.documents import MapDocument
from qadam.people.models import Role, RoleName, User


def find_owners(parsed: MapDocument) -> dict[str, User]:
    """Return {e-mail in lower case: user} for every owner that the document names.

    Raises:
        FaultyDocument: there is no such active user; says where.
    """
    wanted = {email.lower(): place for place, email in _named(parsed) if email}
    found = {user.email.lower(): user for user in User.objects.filter(is_active=True, email__in=wanted)}
    unknown = [Fault(place, email) for email, place in wanted.items() if email not in found]
    if unknown:
        raise FaultyDocument(unknown)
    return found


def _named(parsed: MapDocument) -> Iterable[tuple[str, str]]:
    yield "owner", parsed.owner
    for place, stage in enumerate(parsed.stages):
        yield f"stages[{place}].owner", stage.owner


def owner_of_map(parsed: MapDocument, owners: Mapping[str, User], actor: User | None) -> User | None:
    """Return who answers for the map: whom it names, who publishes it, the first retention manager, the owner."""
    if parsed.owner:
        return owners[parsed.owner.lower()]
    return actor or _first_with(RoleName.RETENTION) or _first_with(RoleName.OWNER)


def _first_with(role: RoleName) -> User | None:
    row = Role.objects.filter(name=role, user__is_active=True).select_related("user").order_by("user_id").first()
    return row.user if row else None
