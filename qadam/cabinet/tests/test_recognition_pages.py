from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from qadam.cabinet.boards import ladder_of
from qadam.events.models import Event
from qadam.people.models import Member, User
from qadam.recognition import publishing, social_publishing, visibility
from qadam.recognition.models import Nomination, Thanks
from qadam.recognition.social_shapes import Benchmark
from qadam.recognition.tests.social import a_board, a_team, post, words
from qadam.recognition.tests.world import START, a_badge, a_rule, a_streak, an_order_rule, hear
from tests.cast import NOW, a_company, a_member, a_user, an_event, days

pytestmark = pytest.mark.django_db
Enter = Callable[[User], Client]
SetClock = Callable[[datetime], None]
PATHS = ("", "points/", "nominate/", "challenges/", "boards/", "wall/")
PAGES = [*(f"/progress/{path}" for path in PATHS), "/numbers/", "/team/feed/"]


@pytest.fixture(autouse=True)
def company(db: object) -> None:
    a_company()


def read(client: Client, path: str) -> str:
    response = client.get(path)
    assert response.status_code == 200
    return response.content.decode()


def a_challenge(**changes: Any) -> None:
    document = {
        "challenge": "learn",
        "name": words("Learn twice"),
        "why": words("It helps"),
        "how": words("Two lessons"),
        "next": words("Open a lesson"),
        "measure": {"did": "lesson.completed"},
        "for": "person",
        "goal": 2,
        "when": {"path": [0, 6]},
        "join": "opt_in",
        **changes,
    }
    social_publishing.publish_challenge(document=document, actor=None, now=START)


@pytest.mark.parametrize("path", PAGES)
def test_each_page_is_the_members_own_and_says_what_will_come(enter: Enter, path: str) -> None:
    assert Client().get(path).headers["Location"].startswith("/sign-in/")
    assert enter(a_user(roles=("owner",))).get(path).status_code == 403
    html = read(enter(a_user(member=a_member())), path)
    assert "<h1>" in html
    assert html.count('aria-current="page"') >= 1


def test_every_point_has_its_reason_and_its_state(enter: Enter, set_clock: SetClock) -> None:
    a_rule(name=words("Lesson passed"))
    an_order_rule(name=words("Customer order"), hold_days=14)
    scale = [{"key": "start", "name": words("Start"), "from": 0}, {"key": "doer", "name": words("Doer"), "from": 60}]
    publishing.publish_levels(
        document={"levels": "effort", "name": words("Effort"), "steps": scale}, actor=None, now=START
    )
    a_badge({"did": "lesson.completed", "count": {"at_least": 5}}, name=words("Five lessons"))
    a_streak()
    member = a_member()
    an_event("lesson.completed", member, NOW, lesson="claims")
    an_event("order.paid", member, NOW, order="a", buyer="retail")
    hear()
    client = enter(a_user(member=member))
    html = read(client, "/progress/")
    for expected in ("Lesson passed", "+10", "Customer order", "Waiting until 16\xa0March", "waiting: 50"):
        assert expected in html
    assert "50 more to “Doer”" in html
    assert "1 of 5" in html
    assert "1 day in a row" in html
    an_event("order.refunded", member, NOW, order="a")
    hear()
    html = read(client, "/progress/points/")
    assert "Taken back" in html
    assert "Waiting until" not in html


def test_the_overview_takes_few_queries_however_long_the_ledger(
    enter: Enter, django_assert_max_num_queries: Callable[[int], object]
) -> None:
    a_rule(name=words("Lesson passed"))
    a_badge({"did": "lesson.completed", "count": {"at_least": 50}}, name=words("Fifty"))
    a_streak()
    member = a_member(now=NOW - days(30))
    for number in range(30):
        an_event("lesson.completed", member, NOW - timedelta(hours=number), lesson=f"l{number}")
    hear()
    client = enter(a_user(member=member))
    read(client, "/progress/")
    with django_assert_max_num_queries(40):  # type: ignore[attr-defined]
        html = read(client, "/progress/")
    assert html.count('class="ledger-points"') == 5
    assert read(client, "/progress/points/").count('class="ledger-points"') == 30


def test_naming_somebody_for_a_badge(enter: Enter) -> None:
    a_badge(badge="values", kind="nominated", name=words("Values"))
    _leader, one, other = a_team(2)
    stranger = a_member(name="Stranger")
    client = enter(a_user(member=one))
    html = read(client, "/progress/nominate/")
    assert "Person1" in html
    assert stranger.name not in html
    assert one.name not in html.split("<select")[1]
    typed = {"badge": "values", "nominee": str(stranger.id), "words": "Helped"}
    refused = client.post("/progress/nominate/", typed)
    assert refused.status_code == 422
    assert "Helped" in refused.content.decode()
    assert client.post("/progress/nominate/", {**typed, "nominee": str(other.id)}).status_code == 302
    assert client.post("/progress/nominate/", {**typed, "badge": "none", "nominee": str(other.id)}).status_code == 422
    assert [each.nominee_id for each in Nomination.objects.all()] == [other.id]


def test_colleagues_are_named_as_they_wish(enter: Enter) -> None:
    a_badge(badge="values", kind="nominated", name=words("Values"))
    leader, one, nicknamed, hidden, plain = a_team(4)
    Member.objects.filter(id=leader.id).update(registered_at=NOW)
    for member, nickname, on_boards in ((nicknamed, "Falcon", True), (hidden, "", False)):
        visibility.set_visibility(member=member, nickname=nickname, on_boards=on_boards, on_wall=False, now=NOW)
    offered = enter(a_user(member=one)).get("/progress/nominate/").context["page"].people
    expected = {leader.id: leader.name, nicknamed.id: "Falcon", plain.id: "Person3"}
    assert {each.id: each.name for each in offered} == expected


def test_a_challenge_is_joined_shows_what_is_left_and_can_be_left(enter: Enter, set_clock: SetClock) -> None:
    a_challenge()
    member = a_member()
    hear()
    client = enter(a_user(member=member))
    assert "You can join" in read(client, "/progress/challenges/")
    assert client.post("/progress/challenges/learn/join/").status_code == 302
    set_clock(NOW + days(1))
    an_event("lesson.completed", member, NOW + timedelta(hours=1), lesson="claims")
    hear(NOW + days(1))
    html = read(client, "/progress/challenges/")
    for expected in ("1 of 2", "Open a lesson", "8\xa0March"):
        assert expected in html
    client.post("/progress/challenges/learn/leave/")
    assert "You can join" in read(client, "/progress/challenges/")
    assert client.post("/progress/challenges/no-such/join/").status_code in (404, 422)


def test_a_board_shows_the_own_place_and_stands_aside_for_who_wants(enter: Enter) -> None:
    a_board()
    _leader, *team = a_team(6)
    for place, member in enumerate(team):
        post(member, 60 - place * 10)
    client = enter(a_user(member=team[3]))
    html = read(client, "/progress/boards/")
    assert html.count("(you)") == 1
    assert "Person0" in html
    chosen = {"nickname": "Steppe", "back": "boards"}
    assert client.post("/progress/visibility/", chosen).headers["Location"] == "/progress/boards/"
    assert visibility.visibility_of(team[3]).on_boards is False
    assert "You stand on no board" in read(client, "/progress/boards/")
    assert "Person3" not in read(enter(a_user(member=team[0])), "/progress/boards/")
    client.post("/progress/visibility/", {**chosen, "nickname": "x" * 41, "on_wall": "1"})
    assert visibility.visibility_of(team[3]).nickname == "Steppe"
    outside = client.post("/progress/visibility/", {**chosen, "back": "//evil.example"})
    assert outside.headers["Location"] == "/progress/boards/"


@pytest.mark.parametrize(
    ("benchmarks", "scores", "labels"),
    [
        ([], (), ()),
        ([(50, 10), (25, 20), (10, 30)], (10, 20, 30), ("50\N{NARROW NO-BREAK SPACE}%",)),
        ([(50, 10), (25, 10), (10, 10)], (10,), ("10\N{NARROW NO-BREAK SPACE}%",)),
        ([(50, 0), (25, 5), (10, 5)], (5,), ("10\N{NARROW NO-BREAK SPACE}%",)),
    ],
)
def test_equal_benchmarks_are_one_milestone(
    benchmarks: list[tuple[int, int]], scores: tuple[int, ...], labels: tuple[str, ...]
) -> None:
    ladder = ladder_of(tuple(Benchmark(top, score, 0) for top, score in benchmarks))
    assert ladder.scores == scores
    assert ladder.labels[:1] == labels


def test_thanks_are_given_once_taken_back_and_never_by_strangers(enter: Enter) -> None:
    leader, one, other = a_team(2)
    visibility.set_visibility(member=one, nickname="", on_boards=True, on_wall=True, now=NOW)
    an_event("goal.reached", one, NOW, goal="first", plan="start")
    hear()
    client = enter(a_user(member=other))
    html = read(client, "/progress/wall/")
    assert "Person0" in html
    number = html.split('id="post-')[1].split('"')[0]
    for _ in range(2):
        client.post(f"/progress/wall/{number}/thank/", {"thanks": "1"})
    assert Thanks.objects.count() == 1
    client.post(f"/progress/wall/{number}/thank/", {"thanks": "0"})
    assert not Thanks.objects.exists()
    stranger: Member = a_member()
    refused = enter(a_user(member=stranger)).post(f"/progress/wall/{number}/thank/", {"thanks": "1"})
    assert refused.status_code in (403, 404)
    assert "Worth a word from you" in read(enter(a_user(member=leader)), "/team/feed/")
    assert Event.objects.filter(type="goal.reached").count() == 1


def test_own_numbers_keep_own_use_apart_and_say_how_they_are_counted(enter: Enter) -> None:
    member = a_member()
    client = enter(a_user(member=member))
    assert "Nothing to count yet" in read(client, "/numbers/")
    an_event("order.paid", member, NOW, order="a", amount=900_000, currency="KZT", buyer="retail")
    an_event("order.paid", member, NOW, order="b", amount=500_000, currency="KZT", buyer="own")
    html = read(client, "/numbers/?period=month")
    for expected in ("9,000\xa0₸", "For yourself: 1 order, 5,000\xa0₸", "as of 2\xa0March", "February: 0"):
        assert expected in html
    assert html.count("How is this counted") == 4
    assert "rather than a guess" in html
    assert "90 days before" in read(client, "/numbers/?period=quarter")
    assert "February" in read(client, "/numbers/?period=nonsense")
