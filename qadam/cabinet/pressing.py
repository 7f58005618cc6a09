"""What comes before the plan: facts that somebody waits for this member, or has just answered.

One at most, the weightiest: the mentor asks for one more try · a person of theirs waits for an answer · the mentor
answered. Each is read from facts, so it leaves by itself when the fact is dealt with.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from qadam.events.models import Event
from qadam.people.models import Member
from qadam.tasks.shapes import TodayView

WAITS_FOR_US = timedelta(days=7)
"""An older question is the desk's matter, not today's."""
NEWS_FOR = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Pressing:
    """The one act that goes before the plan: why, about how long it takes, and where it is done."""

    kind: str
    eyebrow: str
    title: str
    why: str
    minutes: int
    path: str
    label: str


def pressing_of(member: Member, today: TodayView, now: datetime) -> Pressing | None:
    """Return what goes before the plan's next act; None where nothing does, and while the path is paused."""
    if today.is_paused:
        return None
    return _one_more_try(today) or _somebody_waits(member, now) or _answered(member, now)


def _one_more_try(today: TodayView) -> Pressing | None:
    """Return the practical task that the mentor gave back with a word."""
    back = next(iter(today.returned), None)
    if back is None or back.review is None:
        return None
    return Pressing(
        kind="try_again",
        eyebrow=_("Your mentor answered"),
        title=back.title,
        why=_("“%(words)s” One more try and it is done.") % {"words": back.review.words},
        minutes=back.minutes,
        path=f"{reverse('cabinet:plan')}#task-{back.id}",
        label=_("See what to change"),
    )


def _somebody_waits(member: Member, now: datetime) -> Pressing | None:
    """Return the person below who asked first and has no answer of a person yet."""
    mine = Q(mentor_id=member.id) | Q(mentor__isnull=True, sponsor_id=member.id)
    names = dict(Member.objects.filter(mine, left_at__isnull=True).values_list("id", "name"))
    asked = _open_questions(list(names), now)
    if not asked:
        return None
    first, count = names[asked[0]] or _("somebody without a name"), len(set(asked))
    others = count - 1
    more = ngettext("and %(n)d more person", "and %(n)d more people", others) % {"n": others} if others else ""
    return Pressing(
        kind="person_waits",
        eyebrow=_("Somebody waits for you"),
        title=_("Answer %(name)s") % {"name": f"{first} {more}".strip()},
        why=_("A question without an answer is the most frequent reason to give up. A few words are enough."),
        minutes=5,
        path="/desk/",
        label=_("See the question"),
    )


def _open_questions(ids: Sequence[int], now: datetime) -> list[int]:
    """Return who waits, the longest first."""
    if not ids:
        return []
    facts = Event.objects.filter(member_id__in=ids, occurred_at__gt=now - WAITS_FOR_US, occurred_at__lte=now)
    rows = facts.filter(type__in=("question.opened", "question.answered")).order_by("occurred_at", "id")
    waiting: dict[tuple[int, str], int] = {}
    for kind, whose, props in rows.values_list("type", "member_id", "props"):
        if whose is None:
            continue
        ticket = (whose, str(props.get("ticket")))
        if kind == "question.opened":
            waiting[ticket] = whose
        elif not props.get("is_automatic"):
            waiting.pop(ticket, None)
    return list(waiting.values())


def _answered(member: Member, now: datetime) -> Pressing | None:
    """Return the answer of a person to the member's own question, for a day after it came."""
    facts = Event.objects.filter(member_id=member.id, type="question.answered", occurred_at__gt=now - NEWS_FOR)
    answers = facts.filter(occurred_at__lte=now).order_by("-occurred_at").values_list("props", flat=True)[:3]
    if not any(not props.get("is_automatic") for props in answers) or not (member.mentor_id or member.sponsor_id):
        return None
    return Pressing(
        kind="answered",
        eyebrow=_("An answer for you"),
        title=_("Read the answer to your question"),
        why=_("It came where you asked. If something is still unclear, call your mentor."),
        minutes=2,
        path="#mentor",
        label=_("Go to the contacts"),
    )
