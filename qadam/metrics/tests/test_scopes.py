"""The numbers of a segment, a team and a cohort; the rehearsal for the publish gate."""

from datetime import timedelta

import pytest

from qadam.metrics import jobs, operations, queries, scopes
from qadam.metrics.bindings import NewBinding
from qadam.metrics.errors import UnknownBinding, UnknownBreakdown
from qadam.metrics.models import MetricBinding
from qadam.metrics.queries import Run, Scope
from qadam.people import operations as people
from qadam.segments.definitions import Segmentation
from tests.cast import NOW, a_company, a_member, an_event

MAP = ("map", "start")


@pytest.fixture
def team(db):
    """A root with two branches: three buyers, of whom two are active, and one recruiter, who is."""
    a_company()
    scopes._kept.clear()
    old = NOW - timedelta(days=100)
    root = a_member(now=old)
    leader, other = a_member(now=old, sponsor_id=root.id), a_member(now=old, sponsor_id=root.id)
    own = [a_member(now=old, sponsor_id=leader.id) for _ in range(3)]
    far = a_member(now=old + timedelta(days=31), sponsor_id=other.id)
    for member in (*own[:2], far):
        for days in (3, 2):
            an_event("lesson.completed", member, NOW - timedelta(days=days), lesson="a", now=NOW)
    stays = [people.Stay(m.id, "segment", "role/buyer", NOW) for m in own]
    stays.append(people.Stay(far.id, "segment", "role/recruiter", NOW))
    people.enter_memberships(stays, now=NOW)
    words = {"kk": "k", "ru": "r"}
    segments = [{"key": key, "name": {**words, "en": key.title()}} for key in ("buyer", "recruiter", "other")]
    Segmentation.objects.create(key="role", number=1, document={"segments": segments}, published_at=NOW)
    operations.set_bindings(*MAP, [NewBinding("M4", target=0.5)], now=NOW)
    jobs.compute(NOW)
    return leader


def shown(scope):
    chip = queries.chips([MAP], "en", NOW, scope=scope)[MAP][0]
    return chip.numerator, chip.denominator


def test_chips_of_a_part_count_only_its_people(team):
    assert shown(None) == (3, 7)
    assert shown(Scope()) == (3, 7)
    assert shown(Scope(segment="role/buyer")) == (2, 3)
    assert shown(Scope(team=team.id)) == (2, 3)
    assert shown(Scope(segment="role/recruiter", team=team.id)) == (0, 0)
    assert shown(Scope(cohort="2025-12")) == (1, 1)
    assert shown(Scope(cohort="soon")) == (0, 0)
    assert shown(Scope(team=0)) == (0, 0)


def test_a_part_is_computed_once_until_the_stored_value_moves(team, monkeypatch):
    scope = Scope(team=team.id)
    assert shown(scope) == (2, 3)
    with monkeypatch.context() as patch:
        patch.setattr("qadam.metrics.store.open_log", None)
        assert shown(scope) == (2, 3)
    an_event("lesson.completed", team, NOW - timedelta(days=2), lesson="a", now=NOW)
    jobs.compute(NOW + timedelta(minutes=1), only_touched=False)
    assert shown(scope) == (2, 3)


def test_people_behind_a_part(team):
    (binding,) = MetricBinding.objects.active()
    assert len(queries.people_behind(binding.id, "denominator", scope=Scope(segment="role/buyer"))) == 3


def test_breakdown_by_segment_team_and_cohort(team):
    (binding,) = MetricBinding.objects.active()
    rows = queries.breakdown(binding.id, "segment", "en", NOW, segmentation="role")
    assert [(r.key, r.name, r.numerator, r.n) for r in rows] == [
        ("role/buyer", "Buyer", 2, 3), ("role/recruiter", "Recruiter", 1, 1), ("role/other", "Other", 0, 0),
    ]  # fmt: skip
    assert (rows[0].text.number, rows[2].text.number, rows[2].low) == ("2 of 3", "—", None)
    assert 0 < rows[0].low < 2 / 3 < rows[0].high < 1
    (by_leader, small) = queries.breakdown(binding.id, "team", "en", NOW)
    assert (by_leader.member_id, by_leader.numerator, by_leader.denominator) == (team.id, 2, 3)
    assert small.denominator == 1
    cohorts = queries.breakdown(binding.id, "cohort", "en", NOW)
    assert [row.key for row in cohorts][-1] == "2026-01-30"
    with pytest.raises(UnknownBreakdown):
        queries.breakdown(binding.id, "colour", "en", NOW)
    with pytest.raises(UnknownBinding):
        queries.breakdown(0, "team", "en", NOW)


def test_a_rehearsal_notes_what_ran_and_what_failed(team, monkeypatch):
    wanted = [
        (("stage", "new/s1"), NewBinding("M1", params={"stages_after": ["new/s2"], "horizon_days": 7})),
        (("stage", "new/s1"), NewBinding("M5")),
        (("map", "new"), NewBinding("M77")),
        (("map", "new"), NewBinding("M5", params={"months": 4})),
        (MAP, NewBinding("M4", target=0.9)),
        (("map", "new"), NewBinding("M4")),
    ]

    def fail(db):
        raise RuntimeError("no registrations")

    with monkeypatch.context() as patch:
        patch.setattr("qadam.metrics.primitives.registrations", fail)
        operations.rehearse_bindings(wanted[:4], now=NOW)
    runs = queries.last_runs(wanted)
    assert runs[0] == Run(NOW, "")
    assert (runs[1].ran_at, runs[1].error) == (NOW, "no registrations")
    assert "M77" in runs[2].error
    assert "months" in runs[3].error
    assert runs[4:] == [Run(NOW, ""), Run(None, "")]
    operations.rehearse_bindings(wanted[:2], now=NOW + timedelta(hours=1))
    assert queries.last_runs(wanted)[1] == Run(NOW + timedelta(hours=1), "")
