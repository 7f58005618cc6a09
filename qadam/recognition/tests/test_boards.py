"""Boards on a database: places as in plain Python, nobody seen who doesn't want to be, a close that stays."""

from collections import Counter
from datetime import timedelta
from random import Random

import pytest

from qadam.experiments.operations import assign_arms
from qadam.experiments.rules import CONTROL, Arm
from qadam.lib.documents import FaultyDocument
from qadam.people.leaving import Reason, come_back, leave
from qadam.people.models import AuditEntry, Member
from qadam.people.operations import leave_company
from qadam.recognition import board_closing, board_ledger, board_queries, boards, social_publishing, standings
from qadam.recognition import board_rules as rules
from qadam.recognition.board_rules import Standing
from qadam.recognition.models import ClosedPlace, Closing, Correction, League, Score, ScoreCount, TeamScore
from qadam.recognition.standings import ClosedRows, GroupRows
from qadam.recognition.tests.social import MONDAY, a_board, a_team, post, random_rows
from qadam.recognition.tests.world import HOUR, an_order_rule, hear
from qadam.recognition.visibility import set_visibility
from tests.cast import NOW, a_company, a_member, an_event, days

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


@pytest.fixture(autouse=True)
def company(db):
    return a_company()


def many_members(number):
    return Member.objects.bulk_create(
        [Member(name=f"Name{each}", kind="distributor", created_at=NOW, registered_at=NOW) for each in range(number)]
    )


def oracle(rows, group):
    """Rank a group in plain Python: only those who are shown."""
    shown = [
        Standing(member, row.points, row.reached_at)
        for member, row in rows.items()
        if row.seat.group_key == group and row.seat.is_shown
    ]
    return rules.rank(shown)


def test_random_rows_have_the_places_of_plain_python():
    board = a_board()
    random = Random(7)
    rows = random_rows(board, many_members(400), random)
    groups = {row.seat.group_key for row in rows.values()}
    placed = {group: oracle(rows, group) for group in groups}
    for member in random.sample(sorted(rows), 30):
        row = rows[member]
        if not row.seat.is_shown:
            continue
        ranked = placed[row.seat.group_key]
        own = Standing(member, row.points, row.reached_at)
        group = GroupRows(board.id, MONDAY, row.seat.group_key)
        position = next(each.position for each in ranked if each.standing == own)
        assert (group.count(), group.position_of(own)) == (len(ranked), position)
        wanted = [each for each in ranked if each.position in rules.shown_positions(len(ranked), position)]
        bottom = ranked[-rules.size_of_bottom(len(ranked))].standing.points
        shown = rules.without_bottom(wanted, len(ranked), bottom, member)
        assert standings.read_board(group, own) == (shown if len(ranked) >= 5 else None)
    shown = Counter(row.points for row in rows.values() if row.seat.is_shown)
    assert standings.read_histogram(board.id, MONDAY) == shown
    assert standings.count_above(board.id, MONDAY, 10) == sum(n for points, n in shown.items() if points > 10)

    assert board_closing.close_period(board=board, starts_on=MONDAY, now=NOW + days(10))
    kept = {row.member_id: (row.place, row.position) for row in ClosedPlace.objects.all()}
    assert kept == {
        each.standing.member_id: (each.place, each.position)
        for ranked in placed.values()
        if len(ranked) >= 5
        for each in ranked
    }
    assert min(Counter(ClosedPlace.objects.values_list("group_key", flat=True)).values()) >= 5


def test_a_board_of_a_team_with_names_gaps_and_benchmarks():
    board = a_board()
    _leader, *team = a_team(12)
    for number, each in enumerate(team):
        post(each, 10 * (12 - number), at=NOW + timedelta(minutes=number))
    view = board_queries.boards_of(team[1], now=NOW, language="en")[0]
    assert (view.state, view.own_place, view.own_score) == ("shown", 2, 110)
    assert [row.name for row in view.rows[:2]] == ["Person0", "Person1"]
    assert [row.place for row in view.rows] == list(range(1, 10)), "the last three are shown to nobody"
    assert [(each.top, each.score, each.to_go) for each in view.benchmarks] == [(50, 70, 0)]
    last = board_queries.boards_of(team[11], now=NOW, language="en")[0]
    assert [row.place for row in last.rows] == [*range(1, 10), 12]
    assert last.rows[-1].is_me
    assert last.rows[-1].after_gap
    assert last.benchmarks[0].to_go == 60
    assert board.document.group == "team"


def test_who_opts_out_is_in_no_page_count_export_or_difference():
    a_board()
    _leader, *team = a_team(6)
    for number, each in enumerate(team):
        post(each, 10 + number)
    hidden = team[3]
    before = dict(ScoreCount.objects.values_list("points", "people"))
    set_visibility(member=hidden, nickname="", on_boards=False, on_wall=False, now=NOW)
    after = dict(ScoreCount.objects.filter(people__gt=0).values_list("points", "people"))
    assert before.keys() - after.keys() == {13}
    for viewer in team:
        view = board_queries.boards_of(viewer, now=NOW, language="en")[0]
        assert "Person3" not in [row.name for row in view.rows]
        assert [row.place for row in view.rows] == list(range(1, len(view.rows) + 1)), "no gap betrays anybody"
    assert board_queries.boards_of(hidden, now=NOW, language="en")[0].state == "opted_out"
    assert board_queries.boards_of(hidden, now=NOW, language="en")[0].rows == ()
    post(hidden, 500)
    assert not ScoreCount.objects.filter(points__gt=500, people__gt=0).exists()
    set_visibility(member=team[0], nickname="", on_boards=False, on_wall=False, now=NOW)
    assert board_queries.boards_of(team[5], now=NOW, language="en")[0].state == "small"
    set_visibility(member=hidden, nickname="Жұлдыз", on_boards=True, on_wall=False, now=NOW)
    rows = board_queries.boards_of(team[5], now=NOW, language="en")[0].rows
    assert (rows[0].name, rows[0].score) == ("Жұлдыз", 513)


def test_who_leaves_is_gone_from_the_board():
    a_board()
    _leader, *team = a_team(6)
    for each in team:
        post(each, 10)
    leave(member=team[0], reason=Reason.LIFE, now=NOW)
    hear()
    assert list(ScoreCount.objects.values_list("points", "people")) == [(10, 5)]
    come_back(member=team[0], now=NOW + HOUR)
    hear(NOW + HOUR)
    assert list(ScoreCount.objects.values_list("points", "people")) == [(10, 6)]


def test_a_period_lasts_until_three_in_the_morning():
    """Until then members see the week to which their points still belong, and facts count for it."""
    a_board()
    a_board(board="facts", score={"measure": {"did": "lesson.completed"}})
    _leader, *team = a_team(5)
    for number, each in enumerate(team):
        post(each, 10 + number)
    three = NOW + days(7) - 8 * HOUR  # NOW is 11:00 on a Monday
    an_event("lesson.completed", team[0], three - MINUTE, now=three, lesson="a")
    hear(three)
    for at, score, fact, monday in ((three - MINUTE, 10, 1, MONDAY), (three, 0, 0, MONDAY + days(7))):
        views = {view.key: view for view in board_queries.boards_of(team[0], now=at, language="en")}
        assert [views[key].own_score for key in ("team-week", "facts")] == [score, fact]
        assert {view.starts_on for view in views.values()} == {monday}
    assert board_closing.close_due(now=three + 2 * days(1) - MINUTE) == 0
    assert board_closing.close_due(now=three + 2 * days(1)) == 2


def test_the_last_period_of_a_retired_board_is_closed_and_cleared_away():
    a_board()
    for number, each in enumerate(a_team(5)[1:]):
        post(each, 10 + number)
    social_publishing.retire_board(key="team-week", reason="-", actor=None, now=NOW + days(1))
    later = NOW + days(30)
    assert [board_closing.close_due(now=later) for _ in range(2)] == [1, 0]
    assert list(Closing.objects.values_list("starts_on", "people")) == [(MONDAY, 5)]
    assert board_closing.clear_old(now=later + board_closing.KEPT + HOUR) == 5


def test_a_closed_period_never_changes_and_prizes_read_only_it():
    board = a_board()
    _leader, *team = a_team(6)
    for number, each in enumerate(team):
        post(each, 10 + number)
    assert board_closing.close_due(now=NOW + days(7)) == 0, "late facts still have their grace"
    later = NOW + days(10)
    assert board_closing.close_due(now=later) == 1
    assert board_closing.close_due(now=later) == 0
    snapshot = list(ClosedPlace.objects.order_by("position").values_list())
    closing = Closing.objects.get()
    assert (closing.people, [each.member_id for each in board_closing.winners_of(closing)]) == (
        6,
        [team[5].id, team[4].id, team[3].id],
    )
    post(team[5], -15, at=later)
    post(team[0], 100, at=later)
    set_visibility(member=team[4], nickname="", on_boards=False, on_wall=False, now=later)
    assert list(ClosedPlace.objects.order_by("position").values_list()) == snapshot
    assert set(Correction.objects.values_list("member_id", "points")) == {(team[5].id, -15), (team[0].id, 100)}
    exported = list(board_closing.export_rows(closing))
    assert [row[1:] for row in exported][:2] == [(1, "Person5", 15, -15), (2, "Person3", 13, 0)]
    assert "Person4" not in [row[2] for row in exported]
    view = board_queries.closed_boards_of(team[5], now=later, language="en")[0]
    assert [row.place for row in view.rows] == [1, 2, 3, 4], "on the page nobody sees a gap"
    assert (view.own_place, view.correction, view.is_closed) == (1, -15, True)
    assert board.id == closing.board_id


def test_leagues_fill_one_by_one_from_the_first_act():
    board = a_board(board="league-week", group="league", league_size=5)
    members = a_team(12)[1:]
    for number, each in enumerate(members):
        post(each, 10, at=NOW + timedelta(minutes=number))
    sizes = League.objects.order_by("id").values_list("people", flat=True)
    assert list(sizes) == [5, 5, 2]
    groups = [Score.objects.get(member=each).group_key for each in members]
    assert groups == sorted(groups)
    post(members[0], 5)
    assert list(sizes.all()) == [5, 5, 2]
    assert board_queries.boards_of(members[11], now=NOW, language="en")[0].state == "small"
    assert len(board_queries.boards_of(members[0], now=NOW, language="en")[0].rows) >= 4
    assert board.document.league_size == 5


def test_the_next_week_begins_with_new_leagues_by_pace():
    a_board(board="league-week", group="league", league_size=5)
    members = a_team(24)[1:]
    for number, each in enumerate(members):
        post(each, 10 * (number + 1))
    for each in members[:8] + members[16:]:
        post(each, 5, at=NOW + days(7), day=MONDAY + days(7))
    leagues = Score.objects.filter(starts_on=MONDAY + days(7))
    slow = set(leagues.filter(member__in=members[:8]).values_list("group_key", flat=True))
    quick = set(leagues.filter(member__in=members[18:]).values_list("group_key", flat=True))
    assert slow
    assert quick
    assert not slow & quick


def test_the_control_group_neither_sees_the_board_nor_stands_on_it():
    a_board(holdout=50)
    _leader, *team = a_team(20)
    for each in team:
        post(each, 10)
    arms = assign_arms(
        layer="board:team-week", arms=(Arm(CONTROL, 10_000),), member_ids=[each.id for each in team], now=NOW
    )
    control = [each for each in team if arms[each.id] == CONTROL]
    assert 0 < len(control) < 20
    assert board_queries.boards_of(control[0], now=NOW, language="en") == ()
    assert sum(ScoreCount.objects.values_list("people", flat=True)) == 20 - len(control)


def test_teams_are_compared_by_the_average_of_their_active():
    a_board(board="teams", normalised=True)
    teams = [a_team(size) for size in (5, 6, 5, 5, 5, 4)]
    for number, (_leader, *team) in enumerate(teams):
        for each in team:
            post(each, 10 * (number + 1))
    assert sorted(TeamScore.objects.values_list("people", "average"), key=str) == [
        (4, None), (5, 1000), (5, 3000), (5, 4000), (5, 5000), (6, 2000),
    ]  # fmt: skip
    view = board_queries.boards_of(teams[1][1], now=NOW, language="en")[0]
    assert [(row.place, row.name, row.score) for row in view.rows] == [
        (1, "Another team", 50), (2, "Another team", 40), (3, "Another team", 30), (4, "Your team", 20),
    ]  # fmt: skip


def test_a_board_that_is_published_late_counts_the_week_from_its_beginning_and_only_its_rules():
    member = a_member()
    post(member, 10)
    assert not Score.objects.exists()
    a_board(board="sales", score={"rules": ["retail-order"]})
    post(member, 10, rule="lesson")
    post(member, 50, rule="retail-order")
    assert list(Score.objects.values_list("points", flat=True)) == [50]


def test_recruiting_alone_needs_a_reason_and_is_audited():
    measure = {"measure": {"did": "member.registered"}}
    with pytest.raises(FaultyDocument) as caught:
        a_board(score=measure)
    assert [fault.place for fault in caught.value.faults] == ["reason"]
    a_board(score=measure, reason="The owner wants to see it in March.")
    detail = AuditEntry.objects.get(action="board.published").detail
    assert (detail["warnings"], detail["reason"]) == (["recruiting"], "The owner wants to see it in March.")


def test_staff_are_on_no_board():
    a_board()
    _leader, *team = a_team(6, is_test=True)
    for each in team:
        post(each, 10)
    assert not ScoreCount.objects.exists()


def test_reading_a_closed_group_counts_only_who_is_shown():
    board = a_board()
    _leader, *team = a_team(6)
    for each in team:
        post(each, 10)
    board_closing.close_period(board=board, starts_on=MONDAY, now=NOW + days(10))
    rows = ClosedRows(Closing.objects.get().id, team[0].sponsor_id)
    leave_company(member=team[0], reason="", at=NOW, now=NOW)
    assert rows.count() == 5


def test_the_same_batch_may_hold_one_member_many_times():
    a_board()
    _leader, *team = a_team(1)
    posted = [boards.Posted(team[0].id, "lesson", points, NOW, MONDAY, points) for points in (10, 5, -10)]
    boards.note_points(posted, now=NOW)
    assert list(Score.objects.values_list("points", flat=True)) == [5]


def test_scores_are_those_of_the_ledger_whatever_comes_in_whichever_order():
    an_order_rule(caps={"week": 2})
    a_board(score={"rules": ["order"]})
    random = Random(11)
    members = a_team(6)[1:]
    for number in range(40):
        order = f"o{random.randrange(25)}"
        name = random.choice(("order.paid", "order.paid", "order.refunded"))
        props = {"order": order} | ({"buyer": "retail"} if name == "order.paid" else {})
        an_event(name, random.choice(members), NOW + timedelta(minutes=number), now=NOW + days(1), **props)
    hear(NOW + days(1), limit=7)
    assert Score.objects.filter(points__gt=0).exists()
    counts = sorted(ScoreCount.objects.filter(people__gt=0).values_list("points", "people"))
    assert board_ledger.check_all(now=NOW + days(1)) == 0
    assert sorted(ScoreCount.objects.filter(people__gt=0).values_list("points", "people")) == counts
    Score.objects.filter(member=members[0]).update(points=777)
    assert board_ledger.check_all(now=NOW + days(1)) == 1


def test_a_board_of_facts_counts_without_points():
    a_board(score={"measure": {"did": "lesson.completed", "distinct": "lesson"}})
    _leader, *team = a_team(5)
    for number, each in enumerate(team):
        for lesson in range(number + 1):
            an_event("lesson.completed", each, lesson=f"l{lesson}")
        an_event("lesson.completed", each, NOW - days(7), lesson="before")
    hear(NOW)
    hear(NOW)
    view = board_queries.boards_of(team[4], now=NOW, language="en")[0]
    assert [(row.place, row.score) for row in view.rows] == [(1, 5), (2, 4), (3, 3), (4, 2)]
