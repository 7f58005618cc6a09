"""What people say to a map, what supports it, and looking at it again: comments, source notes, reviews."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from qadam.jobs.transactions import write
from qadam.maps.editing_errors import NothingSaid, UnknownComment
from qadam.maps.models import Comment, JourneyMap, Review, SourceKind, SourceNote
from qadam.people.models import User
from qadam.people.operations import write_audit


@dataclass(frozen=True, slots=True)
class NewSource:
    """A note to attach. `gathered_on` is the day of the interview, survey, observation or extract."""

    kind: SourceKind
    title: str
    text: str
    gathered_on: date


@write()
def add_comment(the_map: JourneyMap, anchor: str, text: str, *, author: User | None, now: datetime) -> Comment:
    """Say something to a part of a map. `anchor` is the part through all versions: stage:s2, case:no-show, map.

    Raises:
        NothingSaid: the text is empty.
    """
    if not text.strip():
        raise NothingSaid
    return Comment.objects.create(map=the_map, anchor=anchor[:120], text=text.strip(), author=author, at=now)


@write()
def resolve_comment(the_map: JourneyMap, comment_id: int, *, actor: User | None, now: datetime) -> Comment:
    """Note that a comment is dealt with; done twice it stays as it was.

    Raises:
        UnknownComment: the map has no such comment.
    """
    open_ones = Comment.objects.filter(id=comment_id, map=the_map, resolved_at__isnull=True)
    open_ones.update(resolved_at=now, resolved_by=actor)
    return _comment(the_map, comment_id)


@write()
def reopen_comment(the_map: JourneyMap, comment_id: int) -> Comment:
    """Take a comment up again.

    Raises:
        UnknownComment: the map has no such comment.
    """
    Comment.objects.filter(id=comment_id, map=the_map).update(resolved_at=None, resolved_by=None)
    return _comment(the_map, comment_id)


def _comment(the_map: JourneyMap, comment_id: int) -> Comment:
    found = Comment.objects.filter(id=comment_id, map=the_map).first()
    if found is None:
        raise UnknownComment
    return found


@write()
def add_source(the_map: JourneyMap, anchor: str, note: NewSource, *, actor: User | None, now: datetime) -> SourceNote:
    """Attach what supports a part of a map.

    Raises:
        NothingSaid: it has no title.
    """
    if not note.title.strip():
        raise NothingSaid
    return SourceNote.objects.create(
        map=the_map,
        anchor=anchor[:120],
        kind=note.kind,
        title=note.title.strip()[:200],
        text=note.text.strip(),
        gathered_on=note.gathered_on,
        added_by=actor,
        at=now,
    )


@write()
def withdraw_source(the_map: JourneyMap, source_id: int, *, now: datetime) -> None:
    """Let a note no longer support the map; it stays in the records."""
    SourceNote.objects.filter(map=the_map, id=source_id, withdrawn_at__isnull=True).update(withdrawn_at=now)


@write()
def finish_review(the_map: JourneyMap, note: str, *, today: date, actor: User | None, now: datetime) -> date:
    """Note that the map was looked at, and open the next review. Return its day.

    `today` is the company's; the next review is due `review_every_days` days later.
    """
    due_on = today + timedelta(days=the_map.review_every_days)
    is_open = Review.objects.filter(map=the_map, done_at__isnull=True)
    if not is_open.update(done_at=now, done_by=actor, note=note.strip()):
        was_due = the_map.next_review_on or today
        Review.objects.create(map=the_map, due_on=was_due, done_at=now, done_by=actor, note=note.strip())
    Review.objects.create(map=the_map, due_on=due_on)
    JourneyMap.objects.filter(id=the_map.id).update(next_review_on=due_on)
    detail = {"note": note.strip(), "next_on": due_on.isoformat()}
    write_audit(actor=actor, action="map.reviewed", target=f"map:{the_map.slug}", detail=detail, now=now)
    return due_on
