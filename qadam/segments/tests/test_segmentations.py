"""Segmentations: everybody in exactly one segment, at every moment, and faults by their place."""

from datetime import timedelta

import pytest

from qadam.lib.documents import FaultyDocument
from qadam.people.models import AuditEntry, Membership
from qadam.segments import jobs, operations
from qadam.segments.definitions import names_of_segments
from qadam.segments.documents import parse_segmentation
from qadam.segments.publishing import publish_segmentation
from tests.cast import NOW, a_company, a_member, a_prospect, an_event

DAY = timedelta(days=1)


def say(text):
    return {"kk": text, "ru": text, "en": text}


def roles(**changes):
    return {
        "segmentation": "role",
        "name": say("Role"),
        "segments": [
            {"key": "prospect", "name": say("Prospects"), "when": {"is": {"registered": False}}},
            {"key": "recruiter", "name": say("Recruiters"), "when": {"did": "invitation.sent", "within": "P30D"}},
            {"key": "buyer", "name": say("Buyers"), "when": {"did": "order.paid"}},
            {"key": "passive", "name": say("Passive")},
        ],
        **changes,
    }


def standing(member):
    rows = Membership.objects.filter(member=member, kind="segment", left_at__isnull=True)
    return sorted(rows.values_list("key", flat=True))


@pytest.mark.django_db
def test_everybody_is_in_the_first_that_fits_and_moves_with_time():
    a_company()
    somebody, inviter, buyer, idle = a_prospect(), a_member(), a_member(), a_member()
    an_event("order.paid", inviter, NOW, order="o1")
    an_event("invitation.sent", inviter, NOW)
    an_event("order.paid", buyer, NOW, order="o2")
    publish_segmentation(roles(), actor=None, now=NOW)
    found = [standing(each) for each in (somebody, inviter, buyer, idle)]
    assert found == [["role/prospect"], ["role/recruiter"], ["role/buyer"], ["role/passive"]]
    jobs.run_watches(NOW + 31 * DAY)
    assert standing(inviter) == ["role/buyer"]
    assert AuditEntry.objects.filter(action="segmentation.published").count() == 1


@pytest.mark.django_db
def test_a_segment_that_is_dropped_lets_everybody_go_to_the_next():
    a_company()
    buyer = a_member()
    an_event("order.paid", buyer, NOW, order="o1")
    publish_segmentation(roles(), actor=None, now=NOW)
    fewer = [each for each in roles()["segments"] if each["key"] != "buyer"]
    publish_segmentation(roles(segments=fewer), actor=None, now=NOW + DAY)
    assert standing(buyer) == ["role/passive"]
    assert list(names_of_segments("role")) == ["prospect", "recruiter", "passive"]
    again = publish_segmentation(roles(segments=fewer), actor=None, now=NOW + 2 * DAY)
    assert again.number == 2
    operations.evaluate_everybody([("segment", "role/passive")], now=NOW + 2 * DAY)
    assert standing(buyer) == ["role/passive"]


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"segments": roles()["segments"][:1]}, "segments"),
        ({"segments": [*roles()["segments"][:3], {**roles()["segments"][2], "key": "other"}]}, "segments[3].when"),
        ({"segments": [{"key": "a", "name": say("A")}, {"key": "b", "name": say("B")}]}, "segments[0].when"),
        ({"segments": [roles()["segments"][0], {"key": "prospect", "name": say("P")}]}, "segments[1].key"),
        ({"segmentation": "Not a slug"}, "segmentation"),
        ({"segments": [{"key": "a", "name": say("A"), "when": {"did": "x"}}, roles()["segments"][3]]},
         "segments[0].when.did"),
    ],
)  # fmt: skip
def test_faults_name_their_place(change, place):
    with pytest.raises(FaultyDocument) as refused:
        parse_segmentation(roles(**change))
    assert place in [fault.place for fault in refused.value.faults]
