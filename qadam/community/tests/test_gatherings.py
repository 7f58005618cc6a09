"""Who is invited, what is next, checking in by the code, and the calendar."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from icalendar import Calendar

from qadam.community import operations, queries
from qadam.community.errors import (
    AlreadyCancelled,
    CodeNotTaken,
    FaultyGathering,
    NoBranch,
    TooManyTries,
    UnknownGathering,
    WrongCode,
)
from qadam.community.feeds import write_calendar
from qadam.community.models import Attendance, Gathering
from qadam.community.tests.factories import a_gathering, a_plan
from qadam.events.models import Event
from qadam.people import identity
from qadam.people.models import AuditEntry, Member
from tests.cast import NOW, a_company, a_member, a_user, days

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def a_branch() -> tuple[Member, Member, Member]:
    """Dina above Aigul, and an outsider."""
    a_company()
    dina = a_member(name="Dina Sadykova")
    aigul = a_member(name="Aigul", sponsor_id=dina.id, zone="Asia/Almaty")
    outsider = a_member(name="Outsider")
    dina.refresh_from_db()
    return dina, Member.objects.get(id=aigul.id), Member.objects.get(id=outsider.id)


def test_the_next_one_is_the_soonest_to_which_one_is_invited():
    dina, aigul, outsider = a_branch()
    a_gathering(starts_at=NOW + days(8))
    everybodys = a_gathering(starts_at=NOW + days(2))
    own = a_gathering(leader=dina, starts_at=NOW + days(1))

    def next_of(member, now=NOW):
        found = queries.next_gathering_of(member, now, "kk")
        return found.id if found else None

    assert (next_of(aigul), next_of(dina), next_of(outsider)) == (own.id, own.id, everybodys.id)
    # It goes on until its end; a cancelled one is never the next.
    assert next_of(aigul, NOW + days(1) + HOUR - timedelta(seconds=1)) == own.id
    assert next_of(aigul, NOW + days(1) + HOUR) == everybodys.id
    # A leader who has left invites nobody any more.
    Member.objects.filter(id=dina.id).update(left_at=NOW)
    assert next_of(aigul) == everybodys.id
    Member.objects.filter(id=dina.id).update(left_at=None)
    assert next_of(aigul) == own.id
    operations.cancel_gathering(gathering=own, actor=a_user(), now=NOW)
    assert next_of(aigul) == everybodys.id
    with pytest.raises(AlreadyCancelled):
        operations.cancel_gathering(gathering=own, actor=a_user(), now=NOW)
    # No title in Kazakh: the one that there is.
    assert queries.next_gathering_of(aigul, NOW, "kk").title == "Вопросы новичков"


def test_the_room_of_a_branch_is_nobody_elses():
    dina, aigul, outsider = a_branch()
    own = a_gathering(leader=dina)
    assert queries.view_of(aigul, own.id, NOW, "ru").url == "https://meet.example.com/secret-room"
    assert queries.view_of(aigul, own.id, NOW, "ru").code == ""
    assert queries.view_of(dina, own.id, NOW, "ru").code == own.code
    assert not queries.upcoming_of(outsider, NOW, "ru")
    assert not queries.fed_to(outsider, NOW)
    with pytest.raises(UnknownGathering):
        queries.view_of(outsider, own.id, NOW, "ru")
    with pytest.raises(UnknownGathering):
        operations.check_in(member=outsider, gathering_id=own.id, code=own.code, now=NOW + days(1))
    with pytest.raises(UnknownGathering):
        queries.get_own(aigul, own.id)
    with pytest.raises(NoBranch):
        a_gathering(leader=aigul)
    with pytest.raises(FaultyGathering) as refusal:
        a_gathering(url="ftp://x")
    assert refusal.value.faults == {"url": "link"}


def test_a_code_counts_once_in_its_time():
    _dina, aigul, _outsider = a_branch()
    row = a_gathering()

    def check_in(code, at):
        operations.check_in(member=aigul, gathering_id=row.id, code=code, now=at)

    begin = NOW + days(1)
    for early_or_late in (begin - HOUR, begin + 4 * HOUR):
        with pytest.raises(CodeNotTaken):
            check_in(row.code, early_or_late)
    with pytest.raises(WrongCode):
        check_in("WRONG", begin)
    check_in(f" {row.code.lower()} ", begin)
    check_in(row.code, begin + 4 * HOUR)
    (fact,) = Event.objects.filter(type="live.attended")
    assert (fact.member_id, fact.occurred_at, fact.props) == (aigul.id, begin, {"event": f"gathering-{row.id}"})
    assert queries.attended_names(row.id) == ("Aigul",)


def test_guessing_a_code_ends_and_the_wrong_ones_are_remembered():
    _dina, aigul, _outsider = a_branch()
    row = a_gathering()
    begin = NOW + days(1)
    for _number in range(10):
        with pytest.raises(WrongCode):
            operations.check_in(member=aigul, gathering_id=row.id, code="0", now=begin)
    with pytest.raises(TooManyTries):
        operations.check_in(member=aigul, gathering_id=row.id, code=row.code, now=begin)
    assert not Event.objects.filter(type="live.attended").exists()
    assert Attendance.objects.get().tries == 10


def test_a_calendar_follows_changes_and_hides_the_room():
    dina, aigul, _outsider = a_branch()
    row = a_gathering(
        leader=dina, title={"kk": "Жаңадан келгендердің сұрақтары мен тәлімгерлердің жауаптары, бірінші апта"}
    )
    moved = a_plan(title={"kk": row.title_kk}, starts_at=NOW + days(2))
    operations.change_gathering(gathering=row, plan=moved, actor=a_user(), now=NOW + HOUR)
    row.refresh_from_db()
    operations.change_gathering(gathering=row, plan=moved, actor=a_user(), now=NOW + 2 * HOUR)
    operations.cancel_gathering(gathering=row, actor=a_user(), now=NOW + 3 * HOUR)
    file = write_calendar(
        queries.fed_to(aigul, NOW),
        zone=aigul.zone_in(a_company()),
        language="kk",
        base_url="https://qadam.kz/",
        name="Dala Wellness",
    )
    calendar = Calendar.from_ical(file)
    (event,) = calendar.events
    assert (event["uid"], event["sequence"], event["status"]) == (f"{row.uid}@qadam", 2, "CANCELLED")
    assert (event.start.isoformat(), event.end.isoformat()) == (
        "2026-03-04T11:00:00+05:00",
        "2026-03-04T12:00:00+05:00",
    )
    assert event["url"] == f"https://qadam.kz/gatherings/{row.id}/"
    assert str(event["summary"]) == row.title_kk
    assert [zone["tzid"] for zone in calendar.walk("VTIMEZONE")] == ["Asia/Almaty"]
    assert b"secret-room" not in file
    assert max(len(line) for line in file.split(b"\r\n")) <= 75
    assert AuditEntry.objects.filter(action="gathering.changed").count() == 1


def test_a_feed_opens_with_its_newest_token_only():
    _dina, aigul, _outsider = a_branch()
    first = operations.give_feed(member=aigul, now=NOW)
    assert operations.give_feed(member=aigul, now=NOW) == first
    second = operations.give_feed(member=aigul, is_anew=True, now=NOW)
    assert (queries.member_of_feed(first), queries.member_of_feed(second)) == (None, aigul)
    assert queries.member_of_feed("") is None
    Member.objects.filter(id=aigul.id).update(left_at=NOW)
    assert queries.member_of_feed(second) is None


def test_an_erased_leader_leaves_gatherings_without_a_name():
    dina, aigul, _outsider = a_branch()
    row = a_gathering(leader=dina, place="Dina's kitchen", title={"kk": "Динамен шай", "ru": "Чай у Дины"})
    operations.cancel_gathering(gathering=row, actor=a_user(), now=NOW)
    operations.give_feed(member=dina, now=NOW)
    identity.erase_member(member=dina, actor=None, now=NOW)
    kept = Gathering.objects.get(id=row.id)
    assert {getattr(kept, name) for name in Gathering.personal_fields} == {""}
    aigul = Member.objects.get(id=aigul.id)
    assert queries.view_of(aigul, row.id, NOW, "en").title == "Online call"
    assert queries.upcoming_of(aigul, NOW, "en")[0].title == "Online call"
    assert b"SUMMARY:Online call" in write_calendar(
        [kept], zone=ZoneInfo("UTC"), language="en", base_url="https://q.kz"
    )
    told = AuditEntry.objects.filter(target=f"gathering:{row.id}").values_list("detail", flat=True)
    assert list(told) == [{"gathering": "call", "starts_at": row.starts_at.isoformat()}] * 2
