from collections.abc import Callable

import pytest
from django.test import Client

from qadam.community.models import Gathering
from qadam.community.tests.factories import a_gathering
from qadam.lib import clock
from qadam.people.models import AuditEntry, User
from tests.cast import a_company, a_user, days

pytestmark = pytest.mark.django_db
Enter = Callable[[User], Client]


def filled(**changes: str) -> dict[str, str]:
    on = (clock.utc_now() + days(2)).date().isoformat()
    return {"title_kk": "Апталық эфир", "kind": "live", "on": on, "at": "20:00", "minutes": "60", **changes}


def test_the_office_plans_changes_and_cancels_for_everybody(enter: Enter) -> None:
    a_company()
    client = enter(a_user(roles=("editor",)))
    assert "Nothing planned yet" in client.get("/office/gatherings/").content.decode()
    response = client.post("/office/gatherings/add/", filled())
    row = Gathering.objects.get()
    assert response.headers["Location"] == f"/office/gatherings/{row.id}/"
    assert (row.leader_id, row.kind, f"{row.starts_at:%H:%M}") == (None, "live", "15:00")
    page = client.get("/office/gatherings/").content.decode()
    assert "Апталық эфир" in page
    assert row.code in page
    assert client.post(f"/office/gatherings/{row.id}/", filled(minutes="0")).status_code == 422
    client.post(f"/office/gatherings/{row.id}/", filled(minutes="90"))
    client.post(f"/office/gatherings/{row.id}/cancel/")
    row.refresh_from_db()
    assert (row.minutes, row.sequence, row.cancelled_at is None) == (90, 2, False)
    assert client.post(f"/office/gatherings/{row.id}/cancel/").status_code == 409
    actions = set(AuditEntry.objects.filter(target=f"gathering:{row.id}").values_list("action", flat=True))
    assert actions == {"gathering.added", "gathering.changed", "gathering.cancelled"}


@pytest.mark.parametrize(("role", "status"), [("owner", 200), ("editor", 200), ("analyst", 403), ("integrator", 403)])
def test_who_may(enter: Enter, role: str, status: int) -> None:
    a_company()
    row = a_gathering(now=clock.utc_now())
    client = enter(a_user(roles=(role,)))
    paths = ("", "add/", f"{row.id}/", "?show=past")
    assert [client.get(f"/office/gatherings/{path}").status_code for path in paths] == [status] * 4
    assert client.get("/office/gatherings/999/").status_code == (404 if status == 200 else 403)
