"""What pages ask about the work around a map: comments, source notes, reviews, and who is editing what."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Count

from qadam.maps import rules
from qadam.maps.errors import UnknownMap
from qadam.maps.models import Comment, Edit, JourneyMap, MapVersion, Review, SourceNote, Typing
from qadam.people.models import Membership, MembershipKind, Role, User

TYPING_LASTS = timedelta(seconds=60)
"""A field that was opened or refreshed longer ago counts as left."""


@dataclass(frozen=True, slots=True)
class ReviewState:
    """When a map is to be looked at again: `days` until then (negative: overdue since so many). `last`: newest done."""

    next_on: date | None
    is_overdue: bool
    days: int | None
    last: Review | None


@dataclass(frozen=True, slots=True)
class Talk:
    """What was said to a part of a map, open first, and what supports it."""

    slug: str
    anchor: str
    open: tuple[Comment, ...]
    resolved: tuple[Comment, ...]
    sources: tuple[SourceNote, ...]


def get_map(slug: str) -> JourneyMap:
    """Return a map, published or not.

    Raises:
        UnknownMap: there is none.
    """
    found = JourneyMap.objects.filter(slug=slug).select_related("owner").first()
    if found is None:
        raise UnknownMap(map=slug)
    return found


def find_draft(slug: str) -> MapVersion | None:
    """Return the draft of a map."""
    return MapVersion.objects.drafts().filter(map__slug=slug).select_related("map", "created_by", "base").first()


def comment_counts(slug: str) -> dict[str, int]:
    """Return {anchor: how many open comments}; absent means none."""
    rows = Comment.objects.filter(map__slug=slug, resolved_at__isnull=True).values("anchor").annotate(n=Count("id"))
    return {row["anchor"]: row["n"] for row in rows.order_by("anchor")}


def source_counts(slug: str) -> dict[str, int]:
    """Return {anchor: how many source notes}; absent means none."""
    rows = SourceNote.objects.filter(map__slug=slug, withdrawn_at__isnull=True).values("anchor")
    return {row["anchor"]: row["n"] for row in rows.annotate(n=Count("id")).order_by("anchor")}


def talk_about(slug: str, anchor: str) -> Talk:
    """Return what was said to one part of a map, and what supports it."""
    comments = list(Comment.objects.filter(map__slug=slug, anchor=anchor).select_related("author", "resolved_by"))
    sources = SourceNote.objects.filter(map__slug=slug, anchor=anchor, withdrawn_at__isnull=True)
    return Talk(
        slug=slug,
        anchor=anchor,
        open=tuple(each for each in comments if each.resolved_at is None),
        resolved=tuple(each for each in comments if each.resolved_at is not None),
        sources=tuple(sources.select_related("added_by")),
    )


def review_of(slug: str, today: date) -> ReviewState:
    """Return when a map is to be looked at again. `today` is the company's."""
    the_map = get_map(slug)
    last = Review.objects.filter(map=the_map, done_at__isnull=False).select_related("done_by").first()
    days = (the_map.next_review_on - today).days if the_map.next_review_on else None
    return ReviewState(the_map.next_review_on, days is not None and days <= 0, days, last)


def list_reviews(slug: str) -> list[Review]:
    """Return the reviews that were done, newest first."""
    return list(Review.objects.filter(map__slug=slug, done_at__isnull=False).select_related("done_by"))


def who_types(version: MapVersion, now: datetime, *, but: User | None = None) -> dict[str, str]:
    """Return {place: name} of the fields that others have open."""
    rows = Typing.objects.filter(version=version, at__gte=now - TYPING_LASTS).select_related("user")
    return {row.anchor: row.user.name or row.user.email for row in rows if but is None or row.user_id != but.pk}


def last_edits(version: MapVersion, actor: User) -> tuple[Edit | None, Edit | None]:
    """Return what this person would undo, and what they would do again."""
    own = list(version.edits.filter(actor=actor).order_by("-number"))
    last = next((each for each in own if each.undone_at is None), None)
    undone = [each for each in own if each.undone_at is not None and each.number > (last.number if last else 0)]
    return last, undone[-1] if undone else None


def staff() -> list[User]:
    """Return who may answer for something: active users with a role, by name."""
    ids = Role.objects.values_list("user_id", flat=True)
    return sorted(
        User.objects.filter(is_active=True, id__in=ids), key=lambda user: (user.name or user.email).casefold()
    )  # fmt: skip


def people_after_removal(map_slug: str, stage_key: str, kept: Sequence[str]) -> dict[str, int]:
    """Return {stage: how many would stand there} of those who stand in a stage that is about to go.

    Each goes to the farthest of the `kept` stages (in the order of the path) that was reached before, as publishing
    does it; "" counts those who reached none. Staff and test accounts are left out.
    """
    stays = Membership.objects.filter(kind=MembershipKind.STAGE, member__is_test=False)
    standing = stays.filter(key=rules.full_key(map_slug, stage_key), left_at__isnull=True)
    reached: dict[int, str] = dict.fromkeys(standing.values_list("member_id", flat=True), "")
    order = {rules.full_key(map_slug, key): place for place, key in enumerate(kept)}
    rows = stays.filter(member_id__in=standing.values("member_id"), key__in=order).values_list("member_id", "key")
    for member_id, key in rows:
        if reached[member_id] == "" or order[key] > order[reached[member_id]]:
            reached[member_id] = key
    found: dict[str, int] = {}
    for key in reached.values():
        stage = rules.split_key(key)[1] if key else ""
        found[stage] = found.get(stage, 0) + 1
    return found
