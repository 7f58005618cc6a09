"""Challenges: windows and shares as tables; who takes part, late facts and refunds, and a close that stays."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from qadam.events.consumers import read_events
from qadam.events.models import Event
from qadam.lib.documents import FaultyDocument
from qadam.people.models import AuditEntry, Member
from qadam.recognition import challenge_rules as rules
from qadam.recognition import challenges
from qadam.recognition.challenge_documents import Dates, PathDays, parse_challenge
from qadam.recognition.challenge_queries import challenges_of, numbers_of, preview_audience
from qadam.recognition.errors import ChallengeNotOpen
from qadam.recognition.models import Attempt, Contribution
from qadam.recognition.social_publishing import publish_challenge, stop_challenge
from qadam.recognition.tests.social import a_team, words
from tests.cast import NOW, a_company, a_member, an_event, days

RETAIL = {"did": "order.paid", "where": {"buyer": ["retail", "preferred"]}}
REFUND = {"did": "order.refunded", "same": "order"}


def a_document(**changes):
    return {
        "challenge": "seven-days",
        "name": words("Seven days"),
        "why": words("Because"),
        "how": words("Learn a lesson"),
        "measure": {"did": "lesson.completed", "distinct": "lesson"},
        "for": "person",
        "goal": 3,
        "when": {"path": [0, 6]},
        **changes,
    }


def faults_of(document):
    with pytest.raises(FaultyDocument) as caught:
        parse_challenge(document)
    return {fault.place for fault in caught.value.faults}


@pytest.mark.parametrize(
    ("changes", "places"),
    [
        ({"measure": {"did": "order.paid"}}, {"reason"}),
        ({"measure": {"did": "order.paid", "where": {"buyer": "own"}}}, {"reason"}),
        ({"measure": {"did": "order.paid", "sum": "amount"}}, {"reason"}),
        ({"measure": {"did": "member.registered"}}, {"reason"}),
        ({"measure": {"did": "lesson.completed", "by": "frontline"}}, {"measure.by"}),
        ({"measure": {"did": "nothing.known"}}, {"measure.did"}),
        ({"goal": 0, "for": "team", "share_most": 101}, {"goal", "share_most"}),
        ({"share_most": 30}, {"share_most"}),
        ({"when": {"path": [6, 0]}}, {"when.path"}),
        ({"when": {"path": [0, 6], "until": "2026-03-31"}}, {"when.path"}),
        ({"when": {"from": "2026-03-31", "until": "2026-03-01"}}, {"when.until"}),
        ({"when": {"from": "31.03.2026", "until": "2026-03-01"}}, {"when.from"}),
        ({"for": "company"}, {"when"}),
        ({"for": "team", "join": "opt_in"}, {"join"}),
        ({"grace": "P30D"}, {"grace"}),
        ({"audience": {"all": [{"is": {"kind": "customer"}}, {"is": {"kind": "distributor"}}]}}, {"audience"}),
        ({"name": {"kk": "a", "ru": "b"}, "oops": 1}, {"name.en", "oops"}),
    ],
)
def test_faults_name_their_places(changes, places):
    assert faults_of(a_document(**changes)) == places


def test_a_document_is_read():
    parsed = parse_challenge(
        a_document(**{"for": "team", "goal": 30, "when": {"from": "2026-03-01", "until": "2026-03-31"}})
    )
    assert parsed.when == Dates(date(2026, 3, 1), date(2026, 3, 31))
    assert (parsed.most_of_one, parsed.grace, parsed.is_opt_in) == (12, timedelta(hours=48), False)
    assert parse_challenge(a_document()).when == PathDays(0, 6)
    assert parse_challenge(a_document()).most_of_one == 3
    assert parse_challenge(a_document(measure={"did": "order.paid"}, reason="asked by the owner")).reason


@pytest.mark.parametrize(
    ("amounts", "most", "total"),
    [([], 4, 0), ([9, 1], 4, 5), ([4, 4, 4], 4, 12), ([-2, 3], 4, 3), ([0], 1, 0)],
)
def test_one_person_cannot_carry_a_team(amounts, most, total):
    assert rules.total_of(amounts, most) == total


@pytest.mark.parametrize(("done", "percent"), [(0, 0), (1, 33), (2, 66), (3, 100), (9, 100)])
def test_a_hundred_per_cent_only_when_it_is_met(done, percent):
    assert rules.percent_of(done, 3) == percent


def test_windows_are_days_of_the_zone():
    almaty = ZoneInfo("Asia/Almaty")
    start, end = rules.window_of_path(date(2026, 3, 2), 0, 6, almaty)
    assert (start, end) == (datetime(2026, 3, 1, 19, tzinfo=UTC), datetime(2026, 3, 8, 19, tzinfo=UTC))


# On a database


@pytest.fixture
def company(db):
    return a_company()


def publish(now=NOW, **changes):
    return publish_challenge(document=a_document(**changes), actor=None, now=now)


def hear(now=NOW):
    """Hand the log to the challenges, as the consumer does; again is harmless, so all of it each time."""
    challenges.note_facts(read_events("id > %s", [0]), now=now)


def learn(member, number=1, at=NOW, now=None):
    for each in range(number):
        an_event("lesson.completed", member, at, now=now, lesson=f"l-{member.id}-{at}-{each}")


def view(member, now=NOW, part="active"):
    return getattr(challenges_of(member, now=now, language="en"), part)


def won():
    return sorted(Event.objects.filter(type="challenge.won").values_list("member_id", flat=True))


@pytest.mark.django_db
class TestPerson:
    def test_it_begins_by_itself_and_is_won_at_once_when_nothing_can_be_taken_away(self, company):
        publish()
        member = a_member()
        (before,) = view(member)
        assert (before.goal, before.left, before.days_left, before.state, before.next_act) == (
            3, 3, 6, "open", "Learn a lesson",
        )  # fmt: skip
        learn(member, 2)
        hear()
        (half,) = view(member)
        assert (half.done, half.left, half.percent) == (2, 1, 66)
        learn(member, 1, NOW + days(1), now=NOW + days(1))
        hear(NOW + days(1))
        hear(NOW + days(1))
        assert won() == [member.id]
        (past,) = view(member, part="past")
        assert (past.state, past.next_act) == ("won", "")

    def test_facts_of_other_days_do_not_count_but_late_ones_of_its_days_do(self, company):
        publish()
        member = a_member()
        learn(member, 2)
        learn(member, 5, NOW + days(7), now=NOW + days(7))
        hear(NOW + days(7))
        assert [(each.done, each.state, each.next_act) for each in view(member, NOW + days(7))] == [(2, "late", "")]
        learn(member, 1, NOW + days(6), now=NOW + days(8))
        hear(NOW + days(8))
        assert won() == [member.id]

    def test_what_can_be_refunded_is_final_after_the_grace_and_then_for_good(self, company):
        publish(measure={**RETAIL, "unless": REFUND}, goal=2)
        keeps, loses = a_member(), a_member()
        for member in (keeps, loses):
            for order in ("a", "b"):
                an_event("order.paid", member, order=f"{order}{member.id}", buyer="retail")
        hear()
        assert [each.state for each in view(keeps)] == ["reached"]
        assert not won()
        an_event("order.refunded", loses, NOW + days(7.5), now=NOW + days(8), order=f"a{loses.id}")
        hear(NOW + days(8))
        assert challenges.close_due(now=NOW + days(8)) == 0
        assert challenges.close_due(now=NOW + days(9)) == 2
        an_event("order.refunded", keeps, NOW + days(9), order=f"a{keeps.id}")
        an_event("order.paid", loses, NOW + days(1), now=NOW + days(9), order="late", buyer="retail")
        hear(NOW + days(9))
        assert challenges.close_due(now=NOW + days(9)) == 0
        assert won() == [keeps.id]
        assert sorted(Attempt.objects.values_list("done", "is_won")) == [(1, False), (2, True)]

    def test_own_orders_and_registrations_bring_nothing(self, company):
        publish(measure=RETAIL, goal=1)
        member = a_member()
        an_event("order.paid", member, order="o", buyer="own")
        for each in range(3):
            a_member(sponsor_id=member.id, external_id=f"r{each}")
        hear()
        assert not Contribution.objects.exists()

    def test_who_is_outside_of_the_audience_neither_sees_nor_feeds_a_goal(self, company):
        publish(**{"for": "company", "goal": 4, "when": {"from": "2026-03-01", "until": "2026-03-31"}},
                audience={"is": {"kind": "distributor"}})  # fmt: skip
        member, customer = a_member(), a_member(kind="customer")
        for each in (member, customer):
            learn(each, 1)
        hear()
        assert [(each.done, each.people) for each in view(member)] == [(1, 1)]
        assert not view(customer)

    def test_joining_is_a_choice_and_counts_from_the_first_day(self, company):
        publish(join="opt_in", goal=5, audience={"is": {"kind": "distributor"}})
        member, customer = a_member(), a_member(kind="customer")
        learn(member, 2)
        hear()
        assert not Contribution.objects.exists()
        (offered,) = view(member, part="to_join")
        assert offered.can_join
        assert not view(customer, part="to_join")
        with pytest.raises(ChallengeNotOpen):
            challenges.join_challenge(member=customer, key="seven-days", now=NOW)
        with pytest.raises(ChallengeNotOpen):
            challenges.join_challenge(member=member, key="seven-days", now=NOW + days(7))
        challenges.join_challenge(member=member, key="seven-days", now=NOW)
        challenges.join_challenge(member=member, key="seven-days", now=NOW)
        assert [(each.done, each.is_joined, each.can_join) for each in view(member)] == [(2, True, False)]
        assert Event.objects.filter(type="challenge.joined").count() == 1
        challenges.leave_challenge(member=member, key="seven-days", now=NOW)
        assert not Attempt.objects.exists()

    def test_a_new_version_leaves_what_is_on_the_way_under_its_old_terms(self, company):
        publish()
        early = a_member()
        learn(early, 1)
        hear()
        publish(goal=9, measure={"did": "task.done"})
        learn(early, 2, NOW + days(1), now=NOW + days(1))
        hear(NOW + days(1))
        assert won() == [early.id]
        assert [each.goal for each in view(a_member())] == [9]
        stop_challenge(key="seven-days", reason="over", actor=None, now=NOW)
        assert not view(a_member())
        assert AuditEntry.objects.filter(action="challenge.stopped").exists()


@pytest.mark.django_db
class TestTogether:
    def test_a_team_shares_the_goal_and_nobody_carries_it_alone(self, company):
        publish(**{"for": "team", "goal": 10, "when": {"from": "2026-03-01", "until": "2026-03-31"}})
        _leader, *team = a_team(5)
        learn(team[0], 9)
        learn(team[1], 3)
        hear()
        (seen,) = view(team[0])
        assert (seen.done, seen.own, seen.own_most, seen.people, seen.group_name) == (7, 9, 4, 2, "Your team")
        assert seen.next_act == "You have done your whole share. Help somebody with theirs."
        learn(team[2], 3, NOW + days(1), now=NOW + days(1))
        hear(NOW + days(1))
        assert won() == sorted(each.id for each in team[:3])

    def test_day_28_changes_the_mechanic_for_the_whole_team(self, company):
        publish(**{"challenge": "together", "for": "team", "goal": 5, "when": {"path": [28, 48]}})
        _leader, *team = a_team(5)
        newcomer = team[0]
        Member.objects.filter(id__in=[each.id for each in team[1:]]).update(day_zero_at=NOW - days(200))
        assert challenges.open_teams(now=NOW + days(27)) == 0
        assert challenges.open_teams(now=NOW + days(28)) == 1
        assert challenges.open_teams(now=NOW + days(29)) == 0, "one at a time"
        (seen,) = view(newcomer, NOW + days(28))
        assert (seen.kind, seen.starts_on, seen.ends_on) == ("team", date(2026, 3, 30), date(2026, 4, 19))
        assert [each.key for each in view(team[3], NOW + days(28))] == ["together"]
        learn(team[3], 2, NOW + days(30), now=NOW + days(30))
        hear(NOW + days(30))
        assert view(newcomer, NOW + days(30))[0].done == 2

    def test_without_a_team_the_week_of_the_start_is_one(self, company):
        publish(**{"for": "team", "goal": 5, "when": {"path": [28, 48]}})
        for _each in range(5):
            a_member()
        assert challenges.open_teams(now=NOW + days(28)) == 1
        assert Attempt.objects.get().group_kind == "cohort"

    def test_the_whole_company(self, company):
        publish(**{"for": "company", "goal": 4, "when": {"from": "2026-03-01", "until": "2026-03-31"}})
        members = [a_member() for _each in range(4)]
        for each in members:
            learn(each, 2)
        hear()
        assert [(each.state, each.done) for each in view(members[0], part="past")] == [("won", 4)]
        numbers = numbers_of("seven-days", now=NOW)
        assert (numbers.attempts, numbers.people, numbers.won, numbers.running) == (1, 4, 1, 0)


@pytest.mark.django_db
def test_the_office_sees_for_how_many_it_would_be(company):
    for number in range(4):
        a_member(now=NOW - days(2 * number))
    assert preview_audience(a_document(), now=NOW) == 4
    assert preview_audience(a_document(when={"path": [0, 3]}), now=NOW) == 2


@pytest.mark.django_db
def test_a_large_batch_asks_no_more_than_a_small_one(company):
    publish()
    publish(**{"challenge": "team", "for": "team", "goal": 500, "when": {"from": "2026-03-01", "until": "2026-03-31"}})
    counts = []
    for number in (5, 40):
        _leader, *team = a_team(number)
        for each in team:
            learn(each, 2)
        with CaptureQueriesContext(connection) as asked:
            challenges.note_facts(read_events("member_id >= %s", [team[0].id]), now=NOW)
        counts.append(len(asked))
    assert Contribution.objects.count() == 90
    assert counts[1] <= counts[0] + 2
