"""Scenario 5: what fails for one fails for that one alone, and what fails for everybody is nobody's trouble."""

import pytest

from qadam.events.models import Event
from qadam.journeys import engine, operations
from qadam.journeys.models import Trouble
from qadam.journeys.tests.stage import DAY, GLAD, LATE, SEND, assert_sound, of, publish, reasons, run_once
from qadam.messaging.channels.protocol import Fate, Outcome
from qadam.messaging.models import Outbox
from tests.cast import NOW, a_member, an_event, days

pytestmark = [pytest.mark.two_databases, pytest.mark.usefixtures("played")]


def test_5_one_refused_letter_of_many_fails_alone(scripted):
    scripted(*[Outcome(Fate.SENT)] * 3, Outcome(Fate.PERMANENT, "smtp_554"))
    publish({**SEND, "on": {"failed": "late"}}, GLAD, LATE)
    members = [a_member() for _ in range(50)]
    run_once(NOW)
    assert sorted(reasons().values()) == ["glad"] * 49 + ["late"]
    assert Outbox.objects.filter(status="sent", attempts=1).count() == 49
    failed = Outbox.objects.get(status="failed")
    assert (failed.attempts, failed.reason) == (1, "smtp_554")
    assert failed.member_id in {member.id for member in members}


def test_5_one_step_that_fails_is_set_aside_and_the_others_go_on(monkeypatch):
    publish(DAY, {"id": "tag", "set": {"score": "calm", "by": 1}}, GLAD)
    members = [a_member() for _ in range(60)]
    run_once(NOW)
    poisoned = members[17]
    real = engine.run

    def fail_for_one(standings, moves):
        if any(standing.member_id == poisoned.id for standing in standings):
            raise ValueError("poison")
        real(standings, moves)

    with monkeypatch.context() as poison:
        poison.setattr(engine, "run", fail_for_one)
        run_once(NOW + days(1))
    assert list(reasons().values()).count("glad") == 59
    assert of(poisoned).phase == "stuck"
    assert Event.objects.filter(type="score.changed").count() == 59
    assert_sound(NOW + days(1))
    trouble = Trouble.objects.get(closed_at__isnull=True)
    assert (trouble.member_id, trouble.step, trouble.error) == (poisoned.id, "day", "ValueError: poison")
    run_once(NOW + days(2))
    assert Trouble.objects.count() == 1  # no attempts without end
    operations.retry_trouble(trouble_id=trouble.id, actor=None, now=NOW + days(2))
    run_once(NOW + days(2))
    assert of(poisoned).exit_reason == "glad"
    assert Trouble.objects.get().closed_at == NOW + days(2)


def test_5_events_that_fail_for_one_member_are_passed_over_for_that_one_alone(monkeypatch):
    publish(GLAD, entry={"event": "order.paid"})
    members = [a_member() for _ in range(40)]
    for member in members:
        an_event("order.paid", member, order=str(member.id))
    real = engine.run

    def fail_for_one(standings, moves):
        if any(standing.member_id == members[3].id for standing in standings):
            raise ValueError("poison")
        real(standings, moves)

    monkeypatch.setattr(engine, "run", fail_for_one)
    run_once(NOW)
    assert reasons() == {member.id: "glad" for member in members if member != members[3]}
    trouble = Trouble.objects.get()
    assert (trouble.member_id, trouble.enrollment_id) == (members[3].id, None)
    assert Event.objects.get(id=trouble.seq).type == "member.registered"


def test_5_a_fault_of_everybody_is_nobody_s_trouble(monkeypatch):
    publish(DAY, GLAD)
    for _ in range(40):
        a_member()
    run_once(NOW)

    def fail(*args):
        raise ValueError("ours")

    with monkeypatch.context() as broken:
        broken.setattr(engine, "run", fail)
        with pytest.raises(ValueError, match="ours"):
            run_once(NOW + days(1))
    assert not Trouble.objects.exists()
    run_once(NOW + days(1))
    assert set(reasons().values()) == {"glad"}
