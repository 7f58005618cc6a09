"""Control groups and splits: ghosts that walk the same path, arms that never change."""

import pytest

from qadam.experiments.models import Assignment
from qadam.journeys.models import Enrollment
from qadam.journeys.tests.stage import (
    DAY,
    GLAD,
    HOUR,
    LATE,
    SEND,
    edges,
    of,
    publish,
    run_once,
)
from qadam.messaging.models import LocalMail, Outbox
from qadam.messaging.operations import set_policy
from tests.cast import NOW, a_member, an_event, days

pytestmark = [pytest.mark.two_databases, pytest.mark.usefixtures("played")]

PAID = {"event": "order.paid"}


def hold_out_company_wide(per_cent):
    set_policy(document={"holdout": per_cent}, actor=None, now=NOW)


def statuses_of(member):
    return list(Outbox.objects.filter(member=member).order_by("id").values_list("status", flat=True))


@pytest.mark.parametrize("layer", ["global", "journey", "step"])
def test_a_control_member_walks_the_same_path_and_gets_nothing(layer, settings):
    settings.MESSAGING_CHANNEL = "mailbox"
    hold_out_company_wide(100 if layer == "global" else 0)
    send = {**SEND, **({"holdout": 100} if layer == "step" else {})}
    publish(send, DAY, {**SEND, "id": "second"}, GLAD, **({"holdout": 100} if layer == "journey" else {}))
    member = a_member()
    run_once(NOW)
    assert of(member).exposed_at == of(member).sent_at == NOW
    run_once(NOW + days(1))
    second = "sent" if layer == "step" else "withheld"
    assert edges(member) == ["withheld", "due", second, "glad"]
    assert statuses_of(member) == ["withheld", second]
    assert LocalMail.objects.count() == (layer == "step")
    assert of(member).arm == ("" if layer == "step" else "control")


def test_a_journey_that_is_never_withheld():
    hold_out_company_wide(100)
    publish({**SEND, "holdout": 100}, GLAD, holdout=100, never_withheld=True)
    member = a_member()
    run_once(NOW)
    assert statuses_of(member) == ["sent"]
    assert of(member).arm == ""


def test_a_split_with_a_control_arm_withholds_from_there_on():
    split = {"id": "parts", "split": [{"share": 0, "goto": "late"}, {"share": 100, "goto": "send", "control": True}]}
    publish({**SEND, "id": "first"}, split, SEND, GLAD, LATE)
    member = a_member()
    run_once(NOW)
    assert edges(member) == ["sent", "arm:2", "withheld", "glad"]
    assert of(member).arm == "control"


def test_a_control_member_starts_and_stops_no_other_journeys():
    publish({**DAY, "wait": {"for": "P9D"}}, GLAD, journey="second", entry=PAID, holdout=0)
    steps = [{"id": "start", "enroll": {"journey": "second"}}, DAY]
    publish(*steps, {"id": "stop", "enroll": {"journey": "second", "stop": True}}, GLAD, holdout=100)
    member = a_member()
    run_once(NOW)
    assert not Enrollment.objects.filter(journey__slug="second").exists()
    an_event("order.paid", member, NOW + HOUR, order="1")
    run_once(NOW + HOUR)
    run_once(NOW + days(1))
    assert Enrollment.objects.get(journey__slug="second").left_at is None
    assert list(Enrollment.objects.filter(journey__slug="test").values_list("exit_reason", flat=True)) == ["glad"]


def test_shares_are_about_right_and_layers_are_independent():
    split = {"id": "parts", "split": [{"share": 30, "goto": "glad"}, {"share": 70, "goto": "late"}]}
    publish(split, GLAD, LATE, holdout=50)
    for _ in range(400):
        a_member()
    run_once(NOW)
    control = Enrollment.objects.filter(arm="control")
    assert 160 < control.count() < 240
    for part in (control, Enrollment.objects.filter(arm="treated")):
        share = part.filter(exit_reason="glad").count() / part.count()
        assert 0.2 < share < 0.4


def test_arms_are_stable_when_members_come_again():
    split = {"id": "parts", "split": [{"share": 50, "goto": "glad"}, {"share": 50, "goto": "late"}]}
    publish(split, GLAD, LATE, entry=PAID, reentry={"per_key": "order"}, holdout=50)
    members = [a_member() for _ in range(40)]
    for number in range(3):
        for member in members:
            an_event("order.paid", member, NOW + number * HOUR, order=str(number))
        run_once(NOW + number * HOUR)
    for member in members:
        rows = Enrollment.objects.filter(member=member)
        assert rows.count() == 3
        assert len(set(rows.values_list("arm", "exit_reason"))) == 1


def test_changed_shares_concern_new_members_only():
    def split(share):
        return {
            "id": "parts",
            "split": [{"share": share, "goto": "glad"}, {"share": 100 - share, "goto": "late"}],
        }

    rest = {"entry": PAID, "reentry": {"per_key": "order"}}
    publish(split(100), GLAD, LATE, **rest, holdout=100)
    old = [a_member() for _ in range(10)]
    for member in old:
        an_event("order.paid", member, order="1")
    run_once(NOW)
    publish(split(0), GLAD, LATE, **rest, holdout=0, now=NOW + HOUR)
    new = [a_member() for _ in range(10)]
    for member in [*old, *new]:
        an_event("order.paid", member, NOW + HOUR, order="2")
    run_once(NOW + HOUR)
    newest = Enrollment.objects.filter(entry_key="2")
    assert set(newest.filter(member__in=old).values_list("arm", "exit_reason")) == {("control", "glad")}
    assert set(newest.filter(member__in=new).values_list("arm", "exit_reason")) == {("", "late")}


def test_an_arm_is_given_once_per_layer():
    publish({**SEND, "holdout": 50}, GLAD, entry=PAID, reentry={"per_key": "order"}, holdout=50)
    hold_out_company_wide(50)
    member = a_member()
    for number in range(3):
        an_event("order.paid", member, NOW + number * HOUR, order=str(number))
        run_once(NOW + number * HOUR)
    layers = set(Assignment.objects.values_list("layer__key", flat=True))
    assert layers == {"global", "journey:test", "journey:test:send"}
    assert Assignment.objects.count() == 3


def test_who_is_in_the_company_s_control_group_is_so_in_every_journey():
    hold_out_company_wide(50)
    publish(DAY, GLAD, journey="one")
    publish(DAY, GLAD, journey="two")
    for _ in range(40):
        a_member()
    run_once(NOW)
    one = dict(Enrollment.objects.filter(journey__slug="one").values_list("member_id", "arm"))
    two = dict(Enrollment.objects.filter(journey__slug="two").values_list("member_id", "arm"))
    assert one == two
    assert set(one.values()) == {"control", "treated"}
