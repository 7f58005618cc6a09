"""A small demo company through the real operations and engine, and the move of what was built."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db.models import Q

from qadam.cases.models import CaseFile
from qadam.journeys.models import Enrollment, Phase
from qadam.messaging.models import LocalMail, Outbox
from qadam.metrics.models import MetricValue
from qadam.people import access
from qadam.people.models import Consent, Member, Membership, User
from qadam.people.queries import get_company
from qadam.recognition.badge_queries import badges_of
from qadam.recognition.ledger import PointEntry
from qadam.recognition.queries import standing_of
from qadam.recognition.social import Achievement, Closing
from qadam.site.demo import aside, cast, play
from qadam.site.demo.build import Order, build_demo
from qadam.site.demo.lives import span_until
from qadam.surveys.models import Request
from qadam.tasks.models import Task
from qadam.tasks.proofs import waiting_for
from qadam.tasks.queries import today_of

ANCHOR = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


def one_of_the_cast(role: str) -> Member:
    return Member.objects.get(email=f"{role}@{cast.DOMAIN}")


@pytest.mark.django_db
def test_a_small_company_is_built_and_everybody_stands_where_they_should(monkeypatch):
    monkeypatch.setattr(play, "LOOKS", (play.Looks(timedelta(), 3, (21,), play.MAX_ROUNDS),))
    monkeypatch.setattr(play, "OFTEN", timedelta(hours=24))
    built = build_demo(Order(ANCHOR, members=34, seed=7, days=38))
    assert 34 <= built.registered < 42
    assert built.days == 38
    assert built.events > 1_000
    newcomer_stands_on_day_four()
    recognition_is_alive()
    mentor_has_practical_tasks_to_read()
    branches_hang_together()
    stays_are_consistent()
    enrollments_wait_for_something()
    cases_have_files_that_ended_and_files_that_are_open()
    letters_land_in_the_mailbox_only_at_the_end()
    everybody_of_the_cast_can_sign_in()
    assert MetricValue.objects.filter(denominator__gt=0).exists()


def newcomer_stands_on_day_four():
    aigul = one_of_the_cast(cast.NEWCOMER)
    today = today_of(aigul, get_company(), ANCHOR, "kk")
    assert aigul.day_of_path(get_company(), ANCHOR) == 4
    assert today.first_goal is not None
    assert today.first_goal.state == "open"
    assert today.next_act is not None
    done = Task.objects.filter(member=aigul, done_at__isnull=False)
    # Whether she answers the letter's question depends on the seed.
    assert set(done.values_list("key", flat=True)) - {"expectation"} == {
        *("registered", "profile", "reason", "rights", "sponsor-call", "lesson-start", "lesson-product"),
    }
    assert list(aigul.memberships.filter(kind="stage", left_at=None).values_list("key", flat=True)) == ["start/s3"]
    assert set(Consent.objects.filter(member=aigul).values_list("kind", flat=True)) == {"data", "advertising"}
    assert LocalMail.objects.filter(member=aigul, outbox__template="welcome").exists()


def recognition_is_alive():
    aigul = one_of_the_cast(cast.NEWCOMER)
    standing = standing_of(aigul, ANCHOR, "kk")
    assert standing.life == 20
    assert [(each.key, each.length) for each in standing.streaks if each.period == "day"] == [("learning", 3)]
    own = badges_of(aigul, ANCHOR, "kk").own
    assert {each.key for each in own} == {"profile-ready", "first-lesson"}
    assert PointEntry.objects.filter(reverses__isnull=False).count() < PointEntry.objects.count() / 10
    assert Achievement.objects.filter(kind="goal").exists()
    assert Closing.objects.exists()


def mentor_has_practical_tasks_to_read():
    marat = User.objects.get(email=one_of_the_cast(cast.MENTOR).email)
    waiting = {proof.member.name: proof for proof in waiting_for(marat)}
    assert waiting["Айгүл Серікова"].photo is not None


def branches_hang_together():
    aigul, marat, dina, outsider = map(one_of_the_cast, (cast.NEWCOMER, cast.MENTOR, cast.LEADER, cast.OUTSIDER))
    assert aigul.sponsor == aigul.mentor == marat
    below = set(Member.objects.downline_of(dina).values_list("id", flat=True))
    assert {aigul.id, marat.id} <= below
    assert outsider.id not in below
    assert len(below) > 5
    visible = access.visible_members(User.objects.get(email=marat.email))
    assert aigul in visible
    assert outsider not in visible


def stays_are_consistent():
    stages = Membership.objects.filter(kind="stage")
    registered = Member.objects.filter(registered_at__isnull=False).count()
    assert stages.filter(key="start/s3").count() == registered
    assert not stages.filter(left_at__lt=stages.first().entered_at).exists()
    for member in Member.objects.all():
        assert stages.filter(member=member, left_at__isnull=True).count() <= 1
    assert not stages.filter(key="start/s4", member__registered_at__isnull=True).exists()


def enrollments_wait_for_something():
    live = Enrollment.objects.filter(left_at__isnull=True)
    assert live.exists()
    stuck = live.filter(phase__in=[Phase.READY, Phase.STUCK]) | live.filter(phase=Phase.WAITING, due_at__isnull=True)
    assert not stuck.exists()
    assert not live.filter(Q(due_at__lte=ANCHOR) | Q(horizon_at__lte=ANCHOR)).exists()
    sending = live.filter(phase=Phase.SENDING).values_list("id", flat=True)
    assert set(sending) <= set(Outbox.objects.filter(status="pending").values_list("enrollment_id", flat=True))
    assert Enrollment.objects.filter(journey__slug="case:first-goal-missed").exists()


def cases_have_files_that_ended_and_files_that_are_open():
    files = CaseFile.objects.all()
    assert len(set(files.values_list("case__key", flat=True))) >= 6
    assert files.filter(enrollment__left_at__isnull=True).exists()
    assert files.filter(enrollment__exit_reason="goal").exists()
    assert files.filter(first_response_at__isnull=False).exists()
    assert Request.objects.filter(answered_at__isnull=False).exists()


def letters_land_in_the_mailbox_only_at_the_end():
    assert LocalMail.objects.exists()
    assert not LocalMail.objects.filter(at__lt=ANCHOR - play.FRESH).exists()
    assert Outbox.objects.filter(status="sent", sent_at__lt=ANCHOR - play.FRESH).exists()


def everybody_of_the_cast_can_sign_in():
    emails = {f"{role}@{cast.DOMAIN}" for role in (cast.NEWCOMER, cast.MENTOR, cast.LEADER, cast.OUTSIDER)}
    emails |= {each.email for each in cast.STAFF}
    users = {user.email: user for user in User.objects.all()}
    assert emails <= set(users)
    # Whoever else signs something, as mentors do, has no sign-in that works.
    assert not any(user.has_usable_password() for user in users.values())
    assert "retention" in access.roles_of(users[f"oleg@{cast.DOMAIN}"])


def test_the_engine_looks_in_the_order_of_time_and_last_at_the_anchor():
    moments = [moment.now for moment in play.moments_of(span_until(ANCHOR, 400))]
    assert moments == sorted(set(moments))
    assert moments[-1] == ANCHOR
    # Every fifth evening at the most, and two days more where two ways of looking meet.
    assert all(later - earlier <= timedelta(days=7) for earlier, later in pairwise(moments))


def put(folder: Path, **files: str) -> Path:
    (folder / "segments").mkdir(parents=True)
    for name, text in files.items():
        (folder / name.replace("__", "/").replace("_dot_", ".").replace("_dash_", "-")).write_text(text)
    return folder


def test_what_was_built_replaces_the_old_company_and_leaves_the_secret(tmp_path):
    data = put(tmp_path / "data", secret="keep", qadam_dot_sqlite3="old", segments__old="old")
    (data / "qadam.sqlite3-wal").write_text("of the old one")
    built = put(tmp_path / "data" / "demo-1", secret="new", qadam_dot_sqlite3="new", segments__fresh="new")
    aside.move_into_place(built, data)
    assert (data / "qadam.sqlite3").read_text() == "new"
    assert (data / "secret").read_text() == "keep"
    assert [file.name for file in (data / "segments").iterdir()] == ["fresh"]
    assert not (data / "qadam.sqlite3-wal").exists()


@pytest.mark.django_db
def test_a_company_that_is_there_stays(monkeypatch):
    monkeypatch.setattr(aside, "build_aside", lambda arguments: pytest.fail("nothing is to be built"))
    from tests.cast import a_company

    a_company()
    call_command("demo", "--if-empty")
    with pytest.raises(CommandError, match="already"):
        call_command("demo", "--here")


@pytest.mark.parametrize("anchor", ["2999-01-01", "yesterday"])
@pytest.mark.django_db
def test_a_history_can_not_end_at_no_time_or_in_the_future(anchor):
    with pytest.raises(CommandError, match=r"ISO date|in the future"):
        call_command("demo", "--reset", "--anchor", anchor)
