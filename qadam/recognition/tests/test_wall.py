"""The wall: made of facts, of those only who agreed; thanks once; what a mentor hasn't congratulated on yet."""

import pytest

from qadam.events.consumers import read_events
from qadam.events.models import Event
from qadam.people import consumer
from qadam.people.identity import erase_member, merge_members
from qadam.people.models import Member
from qadam.recognition import together, wall
from qadam.recognition.errors import NicknameTaken, OwnAchievement, UnknownAchievement
from qadam.recognition.models import Achievement, Score, ScoreCount, Thanks
from qadam.recognition.tests.social import a_board, a_team, post
from qadam.recognition.visibility import set_visibility, visibility_of
from qadam.recognition.wall_queries import feed_for, newest_recognition_of, wall_of
from tests.cast import NOW, a_company, a_member, an_event, days

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def company(db):
    return a_company()


def hear(now=NOW):
    together.handle(read_events("id > %s", [0]), now)


def agree(member, now=NOW, **changes):
    wanted = {"nickname": "", "on_boards": True, "on_wall": True, **changes}
    set_visibility(member=member, now=now, **wanted)


def posts(member, now=NOW, **options):
    return wall_of(member, now=now, language="en", **options).posts


def test_only_what_was_achieved_since_the_consent_is_on_the_wall_and_nothing_after_its_end():
    leader, one, other, _third = a_team(3)
    outsider = a_member()
    an_event("goal.reached", one, goal="first", plan="start")
    hear()
    assert not posts(other), "nobody was asked yet"
    agree(one, NOW + days(1))
    assert not posts(other), "what was before stays off the wall"
    later = NOW + days(2)
    an_event("level.reached", one, later, level="learner", number=1)
    hear(later)
    for viewer in (one, other, leader):
        assert [(each.name, each.words, each.is_me) for each in posts(viewer)] == [
            ("Person0", "Level “learner”", viewer is one)
        ]
    assert not posts(outsider)
    agree(one, later, on_wall=False)
    assert not posts(other)
    agree(one, later + days(1))
    assert not posts(other), "agreeing again doesn't bring back what was taken down"


def test_the_same_facts_again_add_nothing_and_a_revoked_badge_goes():
    _leader, one, other = a_team(2)
    agree(one)
    an_event("badge.awarded", one, badge="first-customer", tier="one")
    an_event("badge.awarded", one, badge="day-30", tier="one")
    an_event("challenge.won", one, challenge="seven-days")
    hear()
    hear()
    assert [each.kind for each in posts(other)] == ["challenge", "badge"]
    an_event("badge.revoked", one, NOW + days(1), badge="first-customer", tier="one")
    hear(NOW + days(1))
    assert [each.kind for each in posts(other)] == ["challenge"]
    an_event("badge.restored", one, NOW + days(2), badge="first-customer", tier="one")
    hear(NOW + days(2))
    assert [each.kind for each in posts(other)] == ["challenge", "badge"]


def test_thanks_are_said_once_and_taken_back():
    leader, one, other = a_team(2)
    agree(one)
    an_event("goal.reached", one, goal="first", plan="start")
    hear()
    (shown,) = posts(other)
    for _again in range(2):
        wall.thank(giver=other, post=shown.id, now=NOW)
    (shown,) = posts(other)
    assert (shown.thanks, shown.is_thanked, shown.can_thank) == (1, True, True)
    own = newest_recognition_of(one, now=NOW, language="en")
    assert own is not None
    assert (own.thanked_by, own.can_thank) == (("Person1",), False)
    wall.take_back_thanks(giver=other, post=shown.id, now=NOW)
    assert posts(leader)[0].thanks == 0
    wall.thank(giver=other, post=shown.id, now=NOW + days(1))
    assert Event.objects.filter(type="thanks.given").count() == 1, "to say it, take it back and say it isn't a game"
    with pytest.raises(OwnAchievement):
        wall.thank(giver=one, post=shown.id, now=NOW)
    with pytest.raises(UnknownAchievement):
        wall.thank(giver=a_member(), post=shown.id, now=NOW)
    agree(one, on_wall=False)
    with pytest.raises(UnknownAchievement):
        wall.thank(giver=other, post=shown.id, now=NOW)


def test_a_mentor_sees_whom_they_have_not_congratulated_yet():
    leader, one, other = a_team(2)
    for each in (one, other):
        an_event("goal.reached", each, goal="first", plan="start")
    hear()
    feed = feed_for(leader, now=NOW, language="en")
    assert {each.name for each in feed.waiting} == {"Person0", "Person1"}
    assert not feed.done
    wall.thank(giver=leader, post=feed.waiting[0].id, now=NOW)
    feed = feed_for(leader, now=NOW, language="en")
    assert (len(feed.waiting), len(feed.done)) == (1, 1)
    assert not feed_for(one, now=NOW, language="en").waiting
    assert not feed_for(leader, now=NOW + days(31), language="en").waiting


def test_days_of_the_path_are_marked_once_for_who_is_still_active():
    _leader, one, other = a_team(2)
    at = NOW + days(30)
    an_event("cabinet.opened", one, NOW + days(20))
    consumer.handle(read_events("id > %s", [0]), at)
    assert wall.mark_days(now=NOW + days(29)) == 0
    assert wall.mark_days(now=at) == 1
    assert wall.mark_days(now=at + days(1)) == 0
    assert list(Achievement.objects.values_list("member", "key")) == [(one.id, "30")]
    assert newest_recognition_of(one, now=at, language="ru") is not None
    assert newest_recognition_of(other, now=at, language="ru") is None


def test_pages_of_the_wall_follow_each_other():
    _leader, one, _other = a_team(2)
    agree(one)
    for number in range(3):
        an_event("level.reached", one, level=f"l{number}", number=number)
    hear()
    first = wall_of(one, now=NOW, language="en", limit=2)
    rest = wall_of(one, now=NOW, language="en", limit=2, before=first.more)
    assert [each.words for each in first.posts + rest.posts] == ["Level “l2”", "Level “l1”", "Level “l0”"]
    assert rest.more is None


def test_a_nickname_belongs_to_one_person():
    one, other = a_member(), a_member()
    agree(one, nickname="  Жұлдыз  ")
    assert visibility_of(one).nickname == "Жұлдыз"
    agree(one, nickname="Жұлдыз")
    with pytest.raises(NicknameTaken):
        agree(other, nickname="Жұлдыз")


def test_who_is_erased_is_gone_from_wall_and_boards():
    a_board()
    leader, *team = a_team(6)
    for each in team:
        agree(each)
        post(each, 10)
    an_event("goal.reached", team[0], goal="first", plan="start")
    hear()
    wall.thank(giver=leader, post=posts(team[1])[0].id, now=NOW)
    erase_member(member=team[0], actor=None, now=NOW)
    hear()
    assert not Achievement.objects.exists()
    assert not Thanks.objects.exists()
    assert not posts(team[1])
    assert list(ScoreCount.objects.values_list("points", "people")) == [(10, 5)]


def test_two_records_that_become_one_are_counted_once():
    a_board()
    _leader, *team = a_team(6)
    for each in team:
        post(each, 10)
    merge_members(kept=team[0], other=Member.objects.get(id=team[1].id), actor=None, now=NOW)
    hear()
    assert Score.objects.filter(is_shown=True, points__gt=0).count() == sum(
        ScoreCount.objects.filter(points__gt=0).values_list("people", flat=True)
    )
