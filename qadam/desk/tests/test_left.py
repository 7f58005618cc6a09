"""Whoever has left the company sees nobody's record any more, and decides nothing."""

import pytest
from django.test import Client

from qadam.people import access, leaving
from qadam.people.models import Member
from qadam.recognition import queries as recognition
from qadam.recognition import wall_queries
from qadam.tasks.talks import talks_theirs
from tests.cast import NOW, a_company, a_member, a_user

pytestmark = pytest.mark.django_db


def test_a_mentor_who_has_left_sees_only_self() -> None:
    a_company(language="en")
    marat = a_member(name="Marat")
    a_member(name="Aigul", sponsor_id=marat.id, mentor_id=marat.id, phone="+77011112233")
    user = a_user(member=marat)
    browser = Client(headers={"accept-language": "en"})
    browser.force_login(user)
    assert access.visible_members(user).count() == 2
    assert "Aigul" in browser.get("/team/").content.decode()
    leaving.leave(member=marat, reason=leaving.Reason.NO_TIME, now=NOW)
    user.refresh_from_db()
    marat = Member.objects.get(id=marat.id)
    user.member = marat
    assert list(access.visible_members(user)) == [marat]
    assert not talks_theirs(marat).exists()
    assert wall_queries.feed_for(marat, now=NOW, language="en").waiting == ()
    assert recognition.nominations_for(marat, "en") == []
    for path in ("/team/", "/desk/", "/desk/approvals/", "/team/feed/"):
        assert "+77011112233" not in browser.get(path).content.decode()
