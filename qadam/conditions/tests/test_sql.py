"""What a person would check by hand: windows, days in the member's zone, anchors, counts, teams, long lists."""

from datetime import UTC, datetime, timedelta

import pytest

from qadam import conditions
from qadam.events.models import Event
from qadam.people.models import Member, Membership
from tests.cast import NOW, a_company, a_member, a_prospect, an_event, days

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def company(db):
    return a_company(zone="Asia/Almaty")


def holds(document: object, member: Member, now: datetime = NOW) -> bool:
    condition = conditions.parse(document, where="test")
    return conditions.matching_members(condition, now=now, among=[member.id]).exists()


def flip_of(document: object, member: Member, now: datetime = NOW) -> datetime | None:
    return conditions.next_flips(conditions.parse(document, where="test"), now=now, among=[member.id]).get(member.id)


def test_window_ends_exactly_after_its_length():
    member = a_member(now=NOW - days(40))
    an_event("cabinet.opened", member, NOW - days(30))
    document = {"did": "cabinet.opened", "within": "P30D"}
    assert not holds(document, member)
    assert holds(document, member, NOW - timedelta(microseconds=1))
    assert flip_of(document, member, NOW - timedelta(microseconds=1)) == NOW


def test_events_after_now_do_not_exist():
    member = a_member()
    an_event("cabinet.opened", member, NOW)
    assert holds({"did": "cabinet.opened"}, member)
    assert holds({"did_not": "cabinet.opened"}, member, NOW - timedelta(seconds=1))
    assert flip_of({"did": "cabinet.opened"}, member, NOW - timedelta(seconds=1)) == NOW


def test_flip_is_that_of_the_occurrence_that_decides():
    member = a_member(now=NOW - days(40))
    for ago in (1, 5, 9):
        an_event("cabinet.opened", member, NOW - days(ago))
    two = {"did": "cabinet.opened", "within": "P10D", "count": {"at_least": 2}}
    none = {"did_not": "cabinet.opened", "within": "P10D"}
    at_most_two = {"did": "cabinet.opened", "within": "P10D", "count": {"at_most": 2}}
    assert flip_of(two, member) == NOW + days(5)
    assert flip_of(none, member) == NOW + days(9)
    assert flip_of(at_most_two, member) == NOW + days(1)
    assert flip_of({"did": "cabinet.opened"}, member) is None


def test_distinct_days_are_local_days():
    almaty, york = a_member(zone=""), a_member(zone="America/New_York")
    for member in (almaty, york):
        an_event("content.opened", member, datetime(2026, 2, 10, 3, 0, tzinfo=UTC), content="a")
        an_event("content.opened", member, datetime(2026, 2, 10, 7, 0, tzinfo=UTC), content="a")
    document = {"did": "content.opened", "distinct": "day", "count": {"at_least": 2}}
    assert not holds(document, almaty)
    assert holds(document, york)
    assert holds({"did": "content.opened", "distinct": "day", "count": {"at_least": 1, "at_most": 1}}, almaty)


def test_unknown_zone_is_the_company_s():
    member = a_member(zone="GMT+3", now=datetime(2026, 3, 1, 18, 59, tzinfo=UTC))
    assert holds({"day": {"at_least": 1, "at_most": 1}}, member, datetime(2026, 3, 1, 19, 0, tzinfo=UTC))


@pytest.mark.parametrize(
    ("zone", "registered", "first_midnight"),
    [
        ("Asia/Almaty", datetime(2026, 3, 1, 18, 59, tzinfo=UTC), datetime(2026, 3, 1, 19, 0, tzinfo=UTC)),
        ("Asia/Almaty", datetime(2024, 2, 29, 12, 0, tzinfo=UTC), datetime(2024, 2, 29, 19, 0, tzinfo=UTC)),
        ("Europe/Berlin", datetime(2026, 3, 29, 10, 0, tzinfo=UTC), datetime(2026, 3, 29, 22, 0, tzinfo=UTC)),
        ("Europe/Berlin", datetime(2026, 3, 28, 10, 0, tzinfo=UTC), datetime(2026, 3, 28, 23, 0, tzinfo=UTC)),
        ("Europe/Berlin", datetime(2026, 10, 25, 10, 0, tzinfo=UTC), datetime(2026, 10, 25, 23, 0, tzinfo=UTC)),
        ("America/Santiago", datetime(2025, 9, 6, 12, 0, tzinfo=UTC), datetime(2025, 9, 7, 4, 0, tzinfo=UTC)),
    ],
)
def test_days_begin_at_local_midnight_also_when_clocks_change(zone, registered, first_midnight):
    """Santiago's clocks skip from 00:00 to 01:00 on 7 September 2025: that day begins at 01:00."""
    member = a_member(zone=zone, now=registered)
    document = {"day": {"at_least": 1}}
    assert not holds(document, member, first_midnight - timedelta(seconds=1))
    assert holds(document, member, first_midnight)
    assert flip_of(document, member, registered) == first_midnight


def test_days_of_the_path_hold_23_or_25_hours():
    member = a_member(zone="Europe/Berlin", now=datetime(2026, 3, 28, 20, 0, tzinfo=UTC))
    ends = datetime(2026, 3, 29, 22, 0, tzinfo=UTC)
    an_event("content.opened", member, ends - timedelta(seconds=1), content="a")
    an_event("cabinet.opened", member, ends)
    later = ends + days(9)
    assert holds({"did": "content.opened", "days": [1, 1]}, member, later)
    assert not holds({"did": "cabinet.opened", "days": [1, 1]}, member, later)
    assert holds({"did": "cabinet.opened", "days": [2, 2]}, member, later)


def test_day_zero_is_the_whole_local_day():
    member = a_member(now=datetime(2026, 3, 1, 12, 0, tzinfo=UTC))
    an_event("contact.recorded", member, datetime(2026, 2, 28, 19, 0, tzinfo=UTC))
    an_event("content.opened", member, datetime(2026, 2, 28, 18, 59, tzinfo=UTC), content="a")
    assert holds({"did": "contact.recorded", "days": [0, 0]}, member)
    assert not holds({"did": "content.opened", "days": [0, 90]}, member)


def test_before_day_zero_there_is_no_day():
    prospect = a_prospect()
    an_event("content.opened", prospect, NOW, content="a")
    assert not holds({"day": {"at_most": 90}}, prospect)
    assert not holds({"did": "content.opened", "days": [0, 90]}, prospect)
    assert holds({"did_not": "content.opened", "days": [0, 90]}, prospect)
    assert holds({"did_not": "content.opened", "since": "day_zero"}, prospect)
    assert not holds({"elapsed": "P0D", "since": "day_zero"}, prospect)


def test_refunded_order_does_not_count():
    member = a_member()
    an_event("order.paid", member, NOW - days(3), order="a")
    an_event("order.paid", member, NOW - days(2), order="b")
    an_event("order.refunded", member, NOW - days(1), order="a")
    document = {"did": "order.paid", "unless": {"did": "order.refunded", "same": "order"}}
    assert holds({**document, "count": {"at_least": 1, "at_most": 1}}, member)
    assert holds({**document, "count": {"at_least": 2}}, member, NOW - days(1.5))


def test_missed_presentation_is_seen_half_an_hour_after_its_end():
    member = a_prospect()
    ends = NOW + timedelta(hours=2)
    for booking in ("kept", "missed"):
        an_event(
            "presentation.booked", member, NOW,
            presentation="p", booking=booking, ends_at=ends.astimezone().isoformat(),
        )  # fmt: skip
    an_event("presentation.attended", member, ends, presentation="p", booking="kept")
    document = {
        "did": "presentation.booked",
        "past": {"of": "ends_at", "by": "PT30M"},
        "unless": {"did": "presentation.attended", "same": "booking"},
    }
    half_past = ends + timedelta(minutes=30)
    assert not holds(document, member, half_past - timedelta(seconds=1))
    assert holds(document, member, half_past)
    assert flip_of(document, member, ends) == half_past


def test_sum_adds_only_what_counts():
    member = a_member()
    for number, amount in enumerate((300, 200, 100)):
        an_event("order.paid", member, NOW - days(number), order=str(number), amount=amount)
    assert holds({"did": "order.paid", "sum": {"of": "amount", "at_least": 600}}, member)
    assert not holds({"did": "order.paid", "within": "P2D", "sum": {"of": "amount", "at_least": 501}}, member)


def test_newest_value():
    member = a_member()
    an_event("order.paid", member, NOW - days(3), order="a", amount=900)
    an_event("order.paid", member, NOW - days(2), order="b", amount=100)
    an_event("order.paid", member, NOW - days(1), order="c")
    assert holds({"last": "order.paid", "property": "amount", "below": 200}, member)
    assert holds({"last": "order.paid", "property": "order", "equals": ["c", "d"]}, member)
    assert not holds({"last": "lesson.completed", "property": "lesson", "equals": "a"}, member)


def test_anchors():
    member = a_member()
    an_event("order.delivered", member, NOW - days(20), order="a")
    an_event("cabinet.opened", member, NOW - days(15))
    an_event("order.delivered", member, NOW - days(10), order="b")
    since_last = {"did_not": "cabinet.opened", "since": {"last": "order.delivered"}}
    since_first = {"did_not": "cabinet.opened", "since": {"first": "order.delivered"}}
    since_a = {"did_not": "cabinet.opened", "since": {"last": "order.delivered", "where": {"order": "a"}}}
    assert [holds(each, member) for each in (since_last, since_first, since_a)] == [True, False, False]
    elapsed = {"elapsed": "P10D", "since": {"last": "order.delivered"}}
    assert holds(elapsed, member)
    assert flip_of(elapsed, member, NOW - days(1)) == NOW
    assert flip_of(elapsed, member) is None


def test_entry_is_a_column_of_what_asks():
    member = a_member(now=NOW - days(9))
    an_event("lesson.completed", member, NOW - days(2), lesson="a")
    for key, ago in (("before", 3), ("after", 1)):
        Membership.objects.create(member=member, kind="case", key=key, entered_at=NOW - days(ago))
    won = conditions.parse({"did": "lesson.completed", "since": "entry"}, where="success")
    found = Membership.objects.filter(conditions.matching(won, now=NOW, member="member_id", entry="entered_at"))
    assert [stay.key for stay in found] == ["before"]
    lost = conditions.parse({"elapsed": "P5D", "since": "entry"}, where="failure")
    flips = conditions.next_flips_of(Membership.objects.all(), lost, now=NOW, member="member_id", entry="entered_at")
    assert sorted(flips.values()) == [NOW + days(2), NOW + days(4)]


def test_team_counts_the_frontline_or_everybody_below():
    leader = a_member(now=NOW - days(50))
    first = a_member(sponsor_id=leader.id, now=NOW - days(40))
    second = a_member(sponsor_id=first.id, now=NOW - days(30))
    for member in (first, second):
        an_event("order.paid", member, NOW - days(6), order="a")
    where = {"did": "order.paid", "within": "P7D"}
    assert holds({"team": {"of": "downline", "where": where, "count": {"at_least": 2}}}, leader)
    assert not holds({"team": {"of": "frontline", "where": where, "count": {"at_least": 2}}}, leader)
    assert holds({"team": {"of": "frontline", "where": where}}, first)
    assert not holds({"team": {"of": "downline", "where": where}}, second)
    assert flip_of({"team": {"of": "downline", "where": where}}, leader) == NOW + days(1)


def test_an_event_reaches_the_people_above():
    leader = a_member(now=NOW - days(50))
    first = a_member(sponsor_id=leader.id)
    second = a_member(sponsor_id=first.id)
    touched = {"order.paid": {second.id: NOW}, "lesson.completed": {leader.id: NOW - days(1)}}
    where = {"did": "order.paid"}

    def affected(document: object) -> dict[int, datetime]:
        return conditions.find_affected(conditions.parse(document, where="x"), touched)

    assert affected({"did": "lesson.completed"}) == {leader.id: NOW - days(1)}
    assert affected({"team": {"of": "frontline", "where": where}}) == {first.id: NOW}
    assert affected({"team": {"of": "downline", "where": where}}) == {first.id: NOW, leader.id: NOW}


def test_member_s_fields():
    leader = a_member()
    member = a_prospect(sponsor_id=leader.id, language="ru")
    assert holds({"is": {"kind": "prospect", "language": ["ru", "en"], "sponsor": "present"}}, member)
    assert holds({"is": {"mentor": "absent", "left": False, "registered": False}}, member)
    assert not holds({"is": {"registered": False}}, leader)


def test_keys_of_open_tickets():
    member, other = a_member(), a_member()
    for ticket, ago in (("a", 3), ("b", 2), ("c", 0.5)):
        an_event("question.opened", member, NOW - days(ago), ticket=ticket)
    an_event("question.opened", other, NOW - days(1), ticket="a")
    an_event("question.answered", member, NOW - days(1), ticket="a")
    document = {
        "did": "question.opened",
        "per": "ticket",
        "past": {"by": "PT19H12M"},
        "unless": {"did": "question.answered", "same": "ticket"},
    }
    condition = conditions.parse(document)
    everybody = [member.id, other.id]
    assert conditions.keys_of(condition, now=NOW, among=everybody) == {member.id: ["b"], other.id: ["a"]}
    later = conditions.keys_of(condition, now=NOW + days(1), among=everybody)
    assert later == {member.id: ["b", "c"], other.id: ["a"]}
    assert flip_of(document, member) == NOW - days(0.5) + timedelta(hours=19, minutes=12)
    twice = document | {"count": {"at_least": 2}}
    assert not holds(twice, member)
    an_event("question.opened", member, NOW - days(1), ticket="b")
    assert holds(twice, member)


def test_ticket_of_the_entry_is_answered_and_stays_so():
    member = a_member()
    for ticket in ("kept", "again"):
        Membership.objects.create(member=member, kind="case", key=ticket, entered_at=NOW - days(9))
        an_event("question.answered", member, NOW - days(3), ticket=ticket)
    an_event("question.opened", member, NOW - days(2), ticket="again")
    won = {
        "did": "question.answered",
        "same": {"property": "ticket", "as": "entry"},
        "not_followed_by": {"did": "question.opened", "same": "ticket", "within": "PT72H"},
    }
    columns = {"member": "member_id", "entry_key": "key"}
    condition = conditions.parse(won)
    stays = Membership.objects.all()

    def winners(now: datetime) -> list[str]:
        return [stay.key for stay in stays.filter(conditions.matching(condition, now=now, **columns))]

    assert winners(NOW - timedelta(microseconds=1)) == []
    assert winners(NOW) == ["kept"]
    flips = conditions.next_flips_of(stays, condition, now=NOW - days(1), **columns)
    assert set(flips.values()) == {NOW}


def test_less_than_half_of_the_goal_at_three_quarters_of_its_period():
    leader = a_member(now=NOW - days(50))
    ends = NOW + days(10)
    an_event("goal.set", leader, NOW - days(30), partners=4, ends_at=ends.isoformat())
    partner = a_member(sponsor_id=leader.id, now=NOW - days(5))
    a_member(sponsor_id=leader.id, now=NOW - days(31))
    a_member(sponsor_id=partner.id, now=NOW - days(4))
    document = {
        "ratio": {
            "of": {"did": "member.registered", "by": "frontline"},
            "to": {"last": "goal.set", "property": "partners", "until": "ends_at"},
            "at": "75%",
            "below": "50%",
        }
    }
    assert not holds(document, leader, NOW - timedelta(seconds=1))
    assert flip_of(document, leader, NOW - timedelta(seconds=1)) == NOW
    assert holds(document, leader)
    assert flip_of(document, leader) is None
    assert not holds(document, partner)
    second = a_member(sponsor_id=leader.id, now=NOW - days(1))
    assert not holds(document, leader)
    touched = {"member.registered": {second.id: NOW}}
    assert conditions.find_affected(conditions.parse(document), touched) == {leader.id: NOW}


def test_rate_against_one_s_own_earlier_rate():
    member = a_member(now=NOW - days(50))
    for ago in (20, 25, 30, 40):
        an_event("cabinet.opened", member, NOW - days(ago))
    rate = {
        "did": "cabinet.opened",
        "distinct": "day",
        "within": "P14D",
        "against": {"within": "P28D"},
        "at_most": "50%",
    }
    assert holds({"rate": rate}, member)
    an_event("cabinet.opened", member, NOW - days(1))
    assert holds({"rate": rate}, member)
    an_event("cabinet.opened", member, NOW - days(2))
    assert not holds({"rate": rate}, member)
    assert flip_of({"rate": rate}, member) == NOW + days(2)
    assert not holds({"rate": rate}, a_member(now=NOW - days(50)))


def test_three_periods_running():
    member = a_member(now=NOW - days(100))
    document = {"running": {"times": 3, "each": "P30D", "where": {"did": "order.paid", "count": {"at_least": 1}}}}
    for ago in (1, 45):
        an_event("order.paid", member, NOW - days(ago), order=str(ago))
    assert not holds(document, member)
    an_event("order.paid", member, NOW - days(89), order="89")
    assert holds(document, member)
    assert flip_of(document, member) == NOW + days(1)
    assert not holds(document, member, NOW + days(1))


def test_mentees():
    mentor = a_member()
    none = {"not": {"team": {"of": "mentees", "where": {"is": {"left": False}}}}}
    assert holds(none, mentor)
    mentee = a_member()
    Member.objects.filter(id=mentee.id).update(mentor=mentor)
    assert not holds(none, mentor)
    condition = conditions.parse({"team": {"of": "mentees", "where": {"did": "order.paid"}}})
    assert conditions.find_affected(condition, {"order.paid": {mentee.id: NOW}}) == {mentor.id: NOW}


def test_newest_value_of_some_events_only():
    member = a_member()
    an_event("order.paid", member, NOW - days(3), order="a", amount=900, buyer="own")
    an_event("order.paid", member, NOW - days(2), order="b", amount=100, buyer="retail")
    document = {"last": "order.paid", "property": "amount", "where": {"buyer": "own"}}
    assert holds(document | {"above": 500}, member)


def test_kept_statements_stay_exact_to_the_instant():
    """What is compiled once is asked at other moments, whole seconds too: SQLite compares texts."""
    member = a_prospect()
    ends = NOW + timedelta(hours=2)
    an_event("presentation.booked", member, NOW, presentation="p", booking="b", ends_at=ends.isoformat())
    condition = conditions.parse({"did": "presentation.booked", "past": {"of": "ends_at", "by": "PT30M"}})
    half_past = ends + timedelta(minutes=30)
    for now, expected in (
        (half_past - timedelta(microseconds=1), set()),
        (half_past, {member.id}),
        (half_past + timedelta(microseconds=1), {member.id}),
    ):
        assert conditions.ask(condition, now=now, among=[member.id]).true_for == expected
    assert conditions.ask(condition, now=NOW, among=[member.id]).flips == {member.id: half_past}


def test_list_of_any_length():
    member = a_member()
    an_event("cabinet.opened", member, NOW)
    ids = [member.id, *range(10**6, 10**6 + 300_000)]
    condition = conditions.parse({"did": "cabinet.opened", "within": "P1D"}, where="x")
    assert list(conditions.matching_members(condition, now=NOW, among=ids)) == [member]
    assert conditions.next_flips(condition, now=NOW, among=ids) == {member.id: NOW + days(1)}
    assert not conditions.matching_members(condition, now=NOW, among=[])


def test_one_statement_whatever_the_number_of_members(django_assert_num_queries):
    members = [a_member() for _number in range(5)]
    condition = conditions.parse(
        {"all": [{"did": "cabinet.opened"}, {"not": {"did": "order.paid", "within": "P9D"}}]}, where="x"
    )
    with django_assert_num_queries(1):
        list(conditions.matching_members(condition, now=NOW, among=[member.id for member in members]))
    assert not Event.objects.filter(type="cabinet.opened").exists()
