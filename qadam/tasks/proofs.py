"""Practical tasks: what a member shows, and what the mentor says to it. Nobody waits for ever.

The mentor (the sponsor where there is none) has 48 hours; then the leader of the branch is asked too; after another 48
hours the task closes with thanks.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import IO

from django.db.models import F, Q, QuerySet
from django.utils.translation import gettext

from qadam.events import operations as events
from qadam.jobs.transactions import write
from qadam.lib.clock import local_date
from qadam.people import queries as people
from qadam.people import tries
from qadam.people.models import Member, User
from qadam.tasks import photos
from qadam.tasks.closing import Closing
from qadam.tasks.errors import (
    AlreadyDecided,
    AlreadyDone,
    ClosesItself,
    NotAskedFor,
    NotAWebAddress,
    NothingShown,
    NotOpenYet,
    ProofWaits,
    ReasonNeeded,
    TooManyPhotos,
    UnknownProof,
    WordsTooLong,
)
from qadam.tasks.models import Photo, Proof, ProofState, Task
from qadam.tasks.operations import find_task, record_done
from qadam.tasks.planned import PlannedTask, TaskKind
from qadam.tasks.planned import Proof as Takes
from qadam.tasks.plans import read_versions
from qadam.tasks.reading_tasks import is_web_address
from qadam.tasks.rules import REVIEW_LIMIT

TEXT_LETTERS = 4_000
LINK_LETTERS = 500
WORDS_LETTERS = 1_000


@dataclass(frozen=True, slots=True)
class Shown:
    """What a member shows: any of a text, a link and a photo, of which `photo_bytes` is the size."""

    text: str = ""
    link: str = ""
    photo: IO[bytes] | None = None
    photo_bytes: int = 0

    def kinds(self) -> list[Takes]:
        given = ((Takes.TEXT, self.text), (Takes.PHOTO, self.photo), (Takes.LINK, self.link))
        return [kind for kind, value in given if value]


def show_proof(*, member: Member, task_id: int, shown: Shown, now: datetime) -> Proof:
    """Lay what came of a practical task before the mentor. The same again changes nothing.

    The photo is checked, and made small, before anything is stored. Records `practice.sent`.

    Raises:
        UnknownTask, ClosesItself, NotOpenYet, AlreadyDone: this task doesn't take a proof now.
        NothingShown, NotAskedFor, NotAWebAddress, WordsTooLong: what is wrong with it.
        PhotoTooLarge, NotAPhoto, PhotoTooDetailed: what is wrong with the photo.
        TooManyPhotos: the member's photos of this hour are used up.
        ProofWaits: something else lies with the mentor already.
    """
    shown = replace(shown, text=shown.text.replace("\x00", "").strip(), link=shown.link.strip())
    task = _refuse_unshowable(member, task_id, shown, now)
    photo = None
    if shown.photo is not None:
        raw = photos.read_photo(shown.photo, shown.photo_bytes)
        # Decoding is what costs: whatever can be said without it is said before.
        if (waiting := _find_waiting(task, shown, raw.digest)) is not None:
            return waiting
        if not tries.note_try(purpose="photo", subject=f"member:{member.id}", now=now):
            raise TooManyPhotos
        # Outside of the transaction: decoding takes its time, and the writers' queue is short.
        photo = photos.store_photo(raw=raw, now=now)
    return _lay_before_mentor(member, task_id, shown, photo, now)


def _refuse_unshowable(member: Member, task_id: int, shown: Shown, now: datetime) -> Task:
    task, closing = find_task(member, task_id, now)
    if closing.planned.kind is not TaskKind.PRACTICAL:
        raise ClosesItself(task=task_id)
    if task.done_at is not None:
        raise AlreadyDone(task=task_id)
    if task.opens_on > local_date(now, member.zone_in(people.get_company())):
        raise NotOpenYet(task=task_id)
    _refuse_faulty(closing.planned, shown)
    return task


def _refuse_faulty(planned: PlannedTask, shown: Shown) -> None:
    if not shown.kinds():
        raise NothingShown
    if not set(shown.kinds()) <= set(planned.proof):
        names = {Takes.TEXT: gettext("a text"), Takes.PHOTO: gettext("a photo"), Takes.LINK: gettext("a link")}
        raise NotAskedFor(takes=", ".join(names[each] for each in planned.proof))
    if len(shown.text) > TEXT_LETTERS:
        raise WordsTooLong(most=TEXT_LETTERS)
    if shown.link and (len(shown.link) > LINK_LETTERS or not is_web_address(shown.link)):
        raise NotAWebAddress


@write()
def _lay_before_mentor(member: Member, task_id: int, shown: Shown, photo: Photo | None, now: datetime) -> Proof:
    """Write the proof. The task is held, so that two sendings at once become one proof."""
    Task.objects.select_for_update().filter(id=task_id).first()
    task = _refuse_unshowable(member, task_id, shown, now)
    waiting = _find_waiting(task, shown, photo.digest if photo else "")
    if waiting is not None:
        return waiting
    proof = Proof.objects.create(
        member=member,
        task=task,
        text=shown.text,
        link=shown.link,
        photo=photo,
        sent_at=now,
        due_at=now + REVIEW_LIMIT,
    )
    _record("practice.sent", proof, now)
    return proof


def _find_waiting(task: Task, shown: Shown, digest: str) -> Proof | None:
    """Return the proof that waits already, where it is the same; `digest` is the photo's, "" without one.

    Raises:
        ProofWaits: another one waits.
    """
    waiting = Proof.objects.select_related("photo").filter(task=task, state=ProofState.WAITING).first()
    if waiting is None:
        return None
    if (waiting.text, waiting.link, waiting.photo.digest if waiting.photo else "") == (shown.text, shown.link, digest):
        return waiting
    raise ProofWaits


@write()
def take_back_proof(*, member: Member, proof_id: int, now: datetime) -> None:
    """Take back what waits for an answer: its text is gone at once, its photo within the hour.

    Raises:
        UnknownProof: the member has none that waits by this number.
    """
    count, _ = Proof.objects.filter(id=proof_id, member=member, state=ProofState.WAITING).delete()
    if not count:
        raise UnknownProof


# The mentor's answer


def waiting_for(user: User) -> QuerySet[Proof]:
    """Return the proofs that wait for this sign-in: of the people it helps, and those for which it was asked."""
    return _asked_of(user).filter(state=ProofState.WAITING)


def _asked_of(user: User) -> QuerySet[Proof]:
    me = user.member
    if me is None or me.left_at is not None or not user.is_active:
        return Proof.objects.none()
    return Proof.objects.filter(_helped_by(me.id) | Q(leader=user)).exclude(member=me)


def find_photo(user: User, name: str) -> Photo | None:
    """Return a photo for whoever may see it: who sent it, who helps them, and the leader who was asked."""
    me = user.member
    if me is None or not user.is_active:
        return None
    may_see = Q(member=me)
    if me.left_at is None:
        may_see |= _helped_by(me.id) | Q(leader=user)
    proof = Proof.objects.filter(may_see, photo__name=name).select_related("photo").first()
    return proof.photo if proof else None


def _helped_by(member_id: int) -> Q:
    return Q(member__mentor=member_id) | Q(member__mentor__isnull=True, member__sponsor=member_id)


@write()
def approve_proof(*, reviewer: User, proof_id: int, words: str, now: datetime) -> Proof:
    """Say that a practical task is done, with a kind word if there is one. Records `task.done`, approved.

    Raises:
        UnknownProof: it isn't theirs to answer.
        AlreadyDecided: it was answered meanwhile.
        WordsTooLong: more than 1,000 letters.
    """
    proof = _decide(reviewer, proof_id, ProofState.APPROVED, words, now)
    _close(proof, now, is_approved=True)
    return proof


@write()
def ask_again(*, reviewer: User, proof_id: int, reason: str, now: datetime) -> Proof:
    """Ask for one more try, and say what to try differently. Records `practice.returned`.

    Raises:
        UnknownProof: it isn't theirs to answer.
        AlreadyDecided: it was answered meanwhile.
        ReasonNeeded: nothing was said.
        WordsTooLong: more than 1,000 letters.
    """
    if not reason.strip():
        raise ReasonNeeded
    proof = _decide(reviewer, proof_id, ProofState.AGAIN, reason, now)
    _record("practice.returned", proof, now)
    return proof


def _decide(reviewer: User, proof_id: int, state: ProofState, words: str, now: datetime) -> Proof:
    """Write one answer; whoever comes second is told so."""
    words = words.replace("\x00", "").strip()
    if len(words) > WORDS_LETTERS:
        raise WordsTooLong(most=WORDS_LETTERS)
    changed = (
        waiting_for(reviewer).filter(id=proof_id).update(state=state, words=words, decided_at=now, decided_by=reviewer)
    )
    if not changed:
        raise AlreadyDecided if _asked_of(reviewer).filter(id=proof_id).exists() else UnknownProof
    return Proof.objects.get(id=proof_id)


def _close(proof: Proof, now: datetime, *, is_approved: bool) -> None:
    """Close the task of a proof; one that is closed already stays as it is."""
    if Task.objects.filter(id=proof.task_id, done_at__isnull=True).update(done_at=now):
        task = Task.objects.get(id=proof.task_id)
        version = read_versions([task.plan_version_id])[task.plan_version_id]
        closing = Closing(task.id, task.member_id, version, version.by_key[task.key], now, None, "")
        record_done(closing, now, is_approved=is_approved)


# The clock


def pass_on_late_proofs(*, now: datetime, limit: int = 500) -> int:
    """Ask the leader where the mentor's time is over, and close with thanks where the leader's is. Return how many.

    Each moment is taken as it was due, so that a stopped engine closes nothing sooner or later than a running one.
    """
    # Looking first costs a read; on SQLite an idle write would take the writers' queue at every tick.
    due = Proof.objects.filter(state=ProofState.WAITING, due_at__lte=now).order_by("due_at", "id")
    ids = list(due.values_list("id", flat=True)[:limit])
    return sum(_pass_on(proof_id, now) for proof_id in ids)


@write()
def _pass_on(proof_id: int, now: datetime) -> bool:
    proof = Proof.objects.select_for_update().filter(id=proof_id, state=ProofState.WAITING, due_at__lte=now).first()
    if proof is None:
        return False
    at = proof.due_at
    if proof.leader_asked_at is None:
        proof.leader = find_leader(proof.member)
        proof.leader_asked_at, proof.due_at = at, at + REVIEW_LIMIT
        proof.save(update_fields=["leader", "leader_asked_at", "due_at"])
        _record("practice.escalated", proof, at)
    else:
        proof.state, proof.decided_at = ProofState.THANKED, at
        proof.save(update_fields=["state", "decided_at"])
        _close(proof, at, is_approved=False)
    return True


def find_leader(member: Member) -> User | None:
    """Return the nearest person above who can sign in, is still here, and isn't the mentor who was asked first."""
    helper_id = member.mentor_id or member.sponsor_id or 0
    above = Member.objects.filter(tin__lt=member.tin, tin__gt=member.tin - F("size"), left_at__isnull=True)
    leaders = User.objects.filter(member__in=above, is_active=True).exclude(member_id=helper_id)
    return leaders.select_related("member").order_by("-member__depth").first()


def _record(event_type: str, proof: Proof, at: datetime) -> None:
    task = Task.objects.select_related("plan_version__plan").get(id=proof.task_id)
    props = {"plan": task.plan_version.plan.slug, "task": task.key}
    key = f"{event_type}:{proof.id}"
    events.record_many([events.NewEvent(event_type, proof.member_id, at, key, props)], now=at)
