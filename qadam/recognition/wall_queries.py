"""The wall of a team, a member's own newest recognition, and the feed of a mentor."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from django.db.models import Count, F, Q, QuerySet
from django.utils import translation
from django.utils.translation import gettext as _

from qadam import conditions
from qadam.people.models import Member
from qadam.recognition import calling
from qadam.recognition.definitions import Definition, Kind
from qadam.recognition.seats import leader_of
from qadam.recognition.social import Achievement, AchievementKind, Thanks
from qadam.recognition.social_shapes import Feed, Wall, WallPost
from qadam.recognition.visibility import visibility_of

FEED_DAYS = timedelta(days=30)
FEED_MOST = 50
THANKED_BY_MOST = 5
ICONS: Mapping[str, str] = {
    AchievementKind.GOAL: "flag",
    AchievementKind.BADGE: "award",
    AchievementKind.LEVEL: "trending-up",
    AchievementKind.CHALLENGE: "target",
    AchievementKind.DAY: "calendar-check",
}


def wall_of(member: Member, *, now: datetime, language: str, before: int | None = None, limit: int = 30) -> Wall:
    """Return what the member's circle achieved, newest first: of those only who agreed, and since they did."""
    rows = _on_wall(_circle(member)).order_by("-id")
    if before is not None:
        rows = rows.filter(id__lt=before)
    found = list(rows[: limit + 1])
    shown = found[:limit]
    posts = _posts(shown, member, language)
    return Wall(posts, visibility_of(member).on_wall, shown[-1].id if len(found) > limit else None)


def _circle(member: Member) -> Q:
    """Return whose wall this is: the member's direct team with its leader, and the member's own people."""
    circle = Q(id=member.id) | _team_of(member.id)
    leader = leader_of(member)
    return circle | Q(id=leader) | _team_of(leader) if leader is not None else circle


def _team_of(leader: int) -> Q:
    return Q(mentor_id=leader) | Q(mentor_id__isnull=True, sponsor_id=leader)


def _people_of(mentor: Member) -> Q:
    """Say whose helper somebody is; nobody's, once they have left."""
    if mentor.left_at is not None:
        return Q(pk__in=())
    return Q(mentor_id=mentor.id) | Q(sponsor_id=mentor.id)


def _on_wall(circle: Q) -> QuerySet[Achievement]:
    people = Member.objects.filter(circle, left_at__isnull=True, erased_at__isnull=True, is_test=False)
    agreed = people.filter(visibility__on_wall_since__isnull=False)
    rows = Achievement.objects.filter(member_id__in=agreed.values("id"), revoked_at__isnull=True)
    return rows.filter(at__gte=F("member__visibility__on_wall_since"))


def may_see(viewer: Member, achievement: Achievement) -> bool:
    """Tell whether an achievement is on this member's wall, or of their own people."""
    if Member.objects.filter(_people_of(viewer), id=achievement.member_id, erased_at__isnull=True).exists():
        return True
    return _on_wall(_circle(viewer)).filter(id=achievement.id).exists()


def newest_recognition_of(member: Member, *, now: datetime, language: str) -> WallPost | None:
    """Return the member's own newest achievement, with who said thanks for it."""
    rows = Achievement.objects.filter(member=member, revoked_at__isnull=True, at__lte=now).order_by("-at", "-id")
    found = list(rows[:1])
    posts = _posts(found, member, language)
    return posts[0] if posts else None


def feed_for(mentor: Member, *, now: datetime, language: str) -> Feed:
    """Return what a mentor's people achieved in 30 days: waiting for a congratulation first, then congratulated.

    A mentor sees the records of their people, so this doesn't ask for the wall's consent; nobody else sees it.
    """
    people = Member.objects.filter(_people_of(mentor), left_at__isnull=True, erased_at__isnull=True)
    rows = Achievement.objects.filter(member_id__in=people.values("id"), revoked_at__isnull=True)
    rows = rows.filter(at__gt=now - FEED_DAYS, at__lte=now).order_by("-at", "-id")
    mine = Thanks.objects.filter(giver=mentor).values("achievement_id")
    waiting = _posts(list(rows.exclude(id__in=mine)[:FEED_MOST]), mentor, language)
    done = _posts(list(rows.filter(id__in=mine)[:FEED_MOST]), mentor, language)
    return Feed(waiting, done)


def _posts(rows: Sequence[Achievement], viewer: Member, language: str) -> tuple[WallPost, ...]:
    ids = [row.id for row in rows]
    names = calling.names_of({row.member_id for row in rows})
    given = Thanks.objects.filter(achievement_id__in=ids)
    counts = dict(given.values_list("achievement_id").annotate(n=Count("id")))
    mine = set(given.filter(giver=viewer).values_list("achievement_id", flat=True))
    thankers = _thankers([row.id for row in rows if row.member_id == viewer.id])
    with translation.override(language):
        told = _tell(rows, language)
    return tuple(
        WallPost(
            id=row.id,
            member_id=row.member_id,
            name=names.get(row.member_id, ""),
            is_me=row.member_id == viewer.id,
            kind=row.kind,
            icon=told[row.id][1],
            words=told[row.id][0],
            at=row.at,
            thanks=counts.get(row.id, 0),
            is_thanked=row.id in mine,
            can_thank=row.member_id != viewer.id,
            thanked_by=thankers.get(row.id, ()),
        )
        for row in rows
    )


def _thankers(ids: Sequence[int]) -> dict[int, tuple[str, ...]]:
    """Return {own achievement: the first who said thanks, by name}."""
    found: dict[int, list[int]] = {}
    for achievement_id, giver in (
        Thanks.objects.filter(achievement_id__in=ids).order_by("id").values_list("achievement_id", "giver_id")
    ):
        found.setdefault(achievement_id, []).append(giver)
    first = {key: givers[:THANKED_BY_MOST] for key, givers in found.items()}
    names = calling.names_of({giver for givers in first.values() for giver in givers})
    return {key: tuple(names[giver] for giver in givers if names.get(giver)) for key, givers in first.items()}


def _tell(rows: Iterable[Achievement], language: str) -> dict[int, tuple[str, str]]:
    """Return {achievement: (words, icon)}; names come from the newest documents."""
    listed = list(rows)
    documents = _documents({row.key for row in listed})
    return {row.id: _tell_one(row, documents, language) for row in listed}


def _documents(keys: set[str]) -> dict[tuple[str, str], dict[str, object]]:
    named = Definition.objects.filter(kind__in=(Kind.BADGE, Kind.CHALLENGE), key__in=keys).order_by("number")
    found = {(row.kind, row.key): row.document for row in named}
    for row in Definition.objects.filter(kind=Kind.LEVELS).order_by("id"):
        found |= {("level", step["key"]): step for step in row.document["steps"]}
    return found


def _tell_one(
    row: Achievement, documents: Mapping[tuple[str, str], Mapping[str, object]], language: str
) -> tuple[str, str]:
    document = documents.get((row.kind, row.key), {})
    words = document.get("name")
    name = str(words[language]) if isinstance(words, dict) else row.key
    icon = str(document.get("icon") or ICONS[row.kind])
    match row.kind:
        case AchievementKind.GOAL:
            return _("First goal reached"), icon
        case AchievementKind.BADGE:
            return _("Badge “%(name)s”") % {"name": name}, icon
        case AchievementKind.LEVEL:
            return _("Level “%(name)s”") % {"name": name}, icon
        case AchievementKind.CHALLENGE:
            return _("Challenge “%(name)s” met") % {"name": name}, icon
    return _("%(day)s days on the path") % {"day": row.key}, icon


def achievements_of(member_ids: Sequence[int]) -> QuerySet[Achievement]:
    """Return the achievements of these members, for the export of one's own data."""
    return Achievement.objects.filter(member_id__in=conditions.ids_in(list(member_ids))).order_by("id")
