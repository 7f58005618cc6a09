"""Two records become one, a person is erased: nothing is counted twice, nothing personal stays."""

from datetime import timedelta

import pytest

from qadam.events.models import Event
from qadam.people import identity
from qadam.people.errors import AlreadyErased, MergeInOneLine, SamePerson
from qadam.people.models import Activity, AuditEntry, Consent, ConsentKind, Member, Membership, User
from qadam.people.operations import give_consent
from qadam.people.queries import ids_by_external_id
from qadam.segments.publishing import publish_segment
from qadam.site.engine import run_once
from tests.cast import NOW, a_company, a_member, a_prospect, an_event

pytestmark = [pytest.mark.django_db, pytest.mark.two_databases]
DAY = timedelta(days=1)


def buyers():
    name = {"kk": "a", "ru": "a", "en": "a"}
    return {"segment": "twice", "name": name, "when": {"did": "order.paid", "count": {"at_least": 2}}}


def test_two_records_become_one():
    a_company()
    kept, other = a_member(external_id="K-1"), a_prospect(external_id="P-1", phone="+7 700 000 00 01")
    partner = a_member(sponsor_id=other.id)
    publish_segment(buyers(), actor=None, now=NOW)
    an_event("order.paid", kept, NOW, order="o1")
    an_event("order.paid", other, NOW + DAY, order="o2")
    run_once(NOW + DAY)
    assert not Membership.objects.filter(key="twice").exists()
    identity.merge_members(kept=kept, other=other, actor=None, now=NOW + 2 * DAY)
    run_once(NOW + 2 * DAY)
    assert list(Membership.objects.filter(key="twice").values_list("member_id", flat=True)) == [kept.id]
    assert Activity.objects.get(member=kept, event_type="order.paid").count == 2
    assert ids_by_external_id(["K-1", "P-1"]) == {"K-1": kept.id, "P-1": kept.id}
    kept.refresh_from_db()
    partner.refresh_from_db()
    assert (kept.phone, kept.external_id, partner.sponsor_id) == ("+7 700 000 00 01", "K-1", kept.id)
    assert kept.downline_has(partner)
    assert not Event.objects.filter(member_id=other.id).exists()
    assert Event.objects.get(type="member.registered", member_id=partner.id).props["sponsor"] == kept.id
    assert AuditEntry.objects.filter(action="member.merged").count() == 1


def test_what_cannot_be_one_person_is_refused_and_nothing_changes():
    a_company()
    sponsor = a_member()
    partner = a_member(sponsor_id=sponsor.id)
    with pytest.raises(SamePerson):
        identity.merge_members(kept=sponsor, other=sponsor, actor=None, now=NOW)
    with pytest.raises(MergeInOneLine):
        identity.merge_members(kept=sponsor, other=partner, actor=None, now=NOW)
    assert Member.objects.count() == 2


def test_an_erased_person_leaves_facts_without_a_name():
    a_company()
    member = a_member(external_id="K-9", name="Aigul", email="aigul@demo.qadam.example")
    User.objects.create(email="aigul@demo.qadam.example", member=member)
    give_consent(member=member, kind=ConsentKind.DATA, text_version="1", channel="web", now=NOW)
    an_event("order.paid", member, NOW, order="o1")
    run_once(NOW)
    nameless = identity.erase_member(member=member, actor=None, now=NOW + DAY)
    run_once(NOW + DAY)
    assert not Member.objects.filter(id=member.id).exists()
    assert (nameless.name, nameless.email, nameless.external_id) == ("", "", None)
    assert nameless.registered_at == member.registered_at
    assert not User.objects.filter(email="aigul@demo.qadam.example").exists()
    assert not Consent.objects.exists()
    types = set(Event.objects.filter(member_id=nameless.id).values_list("type", flat=True))
    assert {"order.paid", "member.registered", "member.left", "member.erased"} <= types
    assert not Event.objects.filter(member_id=member.id).exists()
    assert ids_by_external_id(["K-9"]) == {}
    with pytest.raises(AlreadyErased):
        identity.erase_member(member=nameless, actor=None, now=NOW + DAY)
