"""Progress: level and the way to the next one, rhythm, badges, and the reason of every point."""

from dataclasses import dataclass
from datetime import datetime

from django.contrib import messages
from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from qadam.cabinet.door import MemberRequest, member_page
from qadam.cabinet.rhythm import StreakLine, streak_line
from qadam.lib import clock
from qadam.lib.errors import DomainError
from qadam.people.models import Member
from qadam.recognition import badge_queries, calling, operations, queries
from qadam.recognition.shapes import BadgeView, LedgerLine, LevelView, Standing
from qadam.tasks.plans import titles_in

LINES_SHOWN = 5
LINES_MOST = 200
PEOPLE_MOST = 300
NEAR = 4
"""So many badges ahead are shown at once, the nearest first."""


@dataclass(frozen=True, slots=True)
class Rhythm:
    """A streak with what keeps it safe. `best` and `freezes` are shown where they are more than nothing."""

    name: str
    line: StreakLine
    best: str
    freezes: int
    is_paused: bool


@dataclass(frozen=True, slots=True)
class ProgressPage:
    """The overview. `following` is the next level, None at the top; `steps` are the thresholds of the scale above 0.

    `near_badges` are the open ones that are nearest, `other_badges` the rest.
    """

    now: datetime
    standing: Standing
    following: LevelView | None
    missing: int
    steps: tuple[int, ...]
    rhythms: tuple[Rhythm, ...]
    own_badges: tuple[BadgeView, ...]
    near_badges: tuple[BadgeView, ...]
    other_badges: tuple[BadgeView, ...]
    lines: tuple[LedgerLine, ...]
    has_more_lines: bool


@dataclass(frozen=True, slots=True)
class PointsPage:
    """The ledger, newest first."""

    now: datetime
    standing: Standing
    lines: tuple[LedgerLine, ...]


@dataclass(frozen=True, slots=True)
class Nominable:
    """A badge that colleagues give each other."""

    key: str
    name: str
    how: str


@dataclass(frozen=True, slots=True)
class Colleague:
    id: int
    name: str


@dataclass(frozen=True, slots=True)
class NominatePage:
    """The form. After a refusal `badge`, `nominee` and `words` hold what was typed and `error` says why."""

    badges: tuple[Nominable, ...]
    people: tuple[Colleague, ...]
    badge: str
    nominee: str
    words: str
    error: str


@require_safe
@member_page
def show_progress(request: MemberRequest) -> HttpResponse:
    now, language, member = clock.utc_now(), get_language() or "en", request.member
    standing = queries.standing_of(member, now, language)
    titles = titles_in(language)
    lines = queries.ledger_of(member, language, LINES_SHOWN + 1, titles)
    badges = badge_queries.badges_of(member, now, language, titles)
    ahead = tuple(sorted(badges.open, key=_distance))
    following = next((each for each in standing.levels if each.starts_at > standing.life), None)
    page = ProgressPage(
        now=now,
        standing=standing,
        following=following,
        missing=following.starts_at - standing.life if following else 0,
        steps=tuple(each.starts_at for each in standing.levels if each.starts_at > 0),
        rhythms=_rhythms(standing),
        own_badges=badges.own,
        near_badges=ahead[:NEAR],
        other_badges=ahead[NEAR:],
        lines=lines[:LINES_SHOWN],
        has_more_lines=len(lines) > LINES_SHOWN,
    )
    return render(request, "cabinet/progress.html", {"page": page})


def _distance(badge: BadgeView) -> float:
    """Return how far a badge still is, 0 to 1; what can't be measured or is given by others comes last."""
    return 1 - badge.have / badge.need if badge.need else 2


def _rhythms(standing: Standing) -> tuple[Rhythm, ...]:
    rhythms = []
    for streak in standing.streaks:
        line = streak_line(streak)
        if line is not None:
            best = str(streak.best) if streak.best > streak.length else ""
            rhythms.append(Rhythm(streak.name, line, best, streak.freezes, streak.is_paused))
    return tuple(rhythms)


@require_safe
@member_page
def show_points(request: MemberRequest) -> HttpResponse:
    now, language = clock.utc_now(), get_language() or "en"
    page = PointsPage(
        now,
        queries.standing_of(request.member, now, language),
        queries.ledger_of(request.member, language, LINES_MOST, titles_in(language)),
    )
    return render(request, "cabinet/points.html", {"page": page})


@require_http_methods(["GET", "HEAD", "POST"])
@member_page
def nominate(request: MemberRequest) -> HttpResponse:
    """Name somebody for a badge that peers give; the nominee's leader decides."""
    people = _people_around(request.member)
    badge, nominee = request.POST.get("badge", ""), request.POST.get("nominee", "")
    words, error = request.POST.get("words", "").strip(), ""
    if request.method == "POST":
        chosen = next((each for each in people if str(each.id) == nominee), None)
        error = "" if chosen else _("Choose somebody from the list.")
        if chosen and not (error := _nominate(request, badge, chosen, words)):
            messages.success(request, _("Thank you. The leader of %(name)s decides.") % {"name": chosen.name})
            return redirect("cabinet:progress")
    badges = tuple(Nominable(*each) for each in queries.nominable(get_language() or "en"))
    page = NominatePage(badges, people, badge, nominee, words, error)
    return render(request, "cabinet/nominate.html", {"page": page}, status=422 if error else 200)


def _nominate(request: MemberRequest, badge: str, chosen: Colleague, words: str) -> str:
    """Hand the nomination in; return why it was refused, or "" where it was taken."""
    try:
        operations.nominate_badge(
            badge=badge,
            nominee=Member.objects.get(id=chosen.id),
            nominated_by=request.member,
            words=words,
            now=clock.utc_now(),
        )
    except DomainError as refusal:
        return str(refusal)
    return ""


def _people_around(member: Member) -> tuple[Colleague, ...]:
    """Return whom a member knows: who helps them, whom they help, and who is helped by the same person.

    The last are called as on boards, and whoever stays off the boards isn't offered.
    """
    helper = member.mentor_id or member.sponsor_id
    team = Q(mentor_id=helper) | Q(mentor__isnull=True, sponsor_id=helper) if helper else Q(pk__in=())
    near = Q(id__in=[member.mentor_id, member.sponsor_id]) | Q(sponsor_id=member.id) | Q(mentor_id=member.id)
    here = Member.objects.filter(left_at__isnull=True, registered_at__isnull=False).exclude(id=member.id)
    here = here.exclude(name="").order_by("name")
    names = dict(here.filter(near).values_list("id", "name")[:PEOPLE_MOST])
    mates = here.filter(team).exclude(visibility__on_boards=False).values_list("id", flat=True)[:PEOPLE_MOST]
    names = calling.names_of(list(mates)) | names
    found = sorted(names.items(), key=lambda each: (each[1].casefold(), each[0]))
    return tuple(Colleague(number, name) for number, name in found[:PEOPLE_MOST])
