"""Segments as documents: read with every fault named, published as versions, in force at once."""

from datetime import timedelta

import pytest

from qadam.lib.documents import FaultyDocument
from qadam.people.models import AuditEntry, Membership
from qadam.segments.definitions import Definition, current_definitions
from qadam.segments.documents import parse_segment
from qadam.segments.models import Rule
from qadam.segments.publishing import publish_segment
from tests.cast import NOW, a_company, a_member, a_user, an_event

LATER = NOW + timedelta(hours=1)


def a_document(**changes):
    return {
        "segment": "buyers",
        "name": {"kk": "Сатып алғандар", "ru": "Покупатели", "en": "Buyers"},
        "when": {"did": "order.paid"},
        **changes,
    }


def places_of(document):
    with pytest.raises(FaultyDocument) as caught:
        parse_segment(document)
    return {fault.place: fault.message for fault in caught.value.faults}


def test_a_segment_is_read():
    parsed = parse_segment(a_document())
    assert (parsed.key, parsed.name.en) == ("buyers", "Buyers")


@pytest.mark.parametrize(
    ("changes", "place", "message"),
    [
        ({"segment": "journey:start"}, "segment", "journeys make"),
        ({"segment": "a" * 65}, "segment", "at most 64"),
        ({"segment": "VIP"}, "segment", "small Latin letters"),
        ({"name": {"kk": "а", "ru": "б"}}, "name.en", "missing"),
        ({"when": None}, "when", "a condition is needed"),
        ({"when": {"did": "order.payed"}}, "when.did", "order.payed"),
        ({"when": {"all": [{"did": "order.paid"}, {"is": {"kind": "client"}}]}}, "when.all[1].is.kind", "customer"),
        ({"when": {"did": "order.paid", "since": "entry"}}, "when", "nothing was entered"),
        ({"mode": "live"}, "mode", "allowed: segment, name, when"),
    ],
)
def test_faults_name_the_place_and_what_is_allowed(changes, place, message):
    assert message in places_of(a_document(**changes))[place]


def members_in(key: str) -> set[int]:
    return set(Membership.objects.filter(kind="segment", key=key, left_at=None).values_list("member_id", flat=True))


@pytest.mark.django_db
def test_publishing_lets_members_in_and_a_new_version_lets_them_out():
    a_company()
    buyer, other = a_member(), a_member()
    an_event("order.paid", buyer, order="K-1")
    actor = a_user(roles=("owner",))
    first = publish_segment(a_document(), actor=actor, now=NOW)
    assert members_in("buyers") == {buyer.id}
    assert (first.number, first.published_by, first.document) == (1, actor, a_document())
    second = publish_segment(a_document(when={"did_not": "order.paid"}), actor=None, now=LATER)
    assert members_in("buyers") == {other.id}
    assert current_definitions() == {"buyers": second}
    assert AuditEntry.objects.filter(action="segment.published", target="segment:buyers").count() == 2


@pytest.mark.django_db
def test_the_same_content_again_changes_nothing():
    a_company()
    first = publish_segment(a_document(), actor=None, now=NOW)
    assert publish_segment(dict(reversed(a_document().items())), actor=None, now=LATER) == first
    assert (Definition.objects.count(), AuditEntry.objects.count()) == (1, 1)


@pytest.mark.django_db
def test_a_new_name_asks_nobody_again(django_assert_max_num_queries):
    a_company()
    publish_segment(a_document(), actor=None, now=NOW)
    with django_assert_max_num_queries(8):
        publish_segment(a_document(name={"kk": "А", "ru": "Б", "en": "C"}), actor=None, now=LATER)
    assert Rule.objects.get(kind="segment").condition == {"did": "order.paid"}
