"""What members and mentors do in the cabinet, through the operations: choose, show and answer practical tasks."""

from datetime import date, timedelta
from io import BytesIO

from qadam.lib.errors import DomainError
from qadam.people.models import Member, User
from qadam.recognition import visibility
from qadam.site.demo import operations
from qadam.site.demo.diary import Fact
from qadam.site.demo.pictures import draw_calendar, draw_product
from qadam.site.demo.practices import ANSWERS, PRACTICES, WITH_PHOTO
from qadam.tasks import choosing, proofs
from qadam.tasks.models import Proof, ProofState, Task

DRAW = {"product": draw_product, "calendar": draw_calendar}
PHOTOS_FROM = timedelta(days=12)
"""Only the newest practical tasks come with a picture: each costs time and space."""


def choose(member: Member, fact: Fact) -> None:
    direction, hours = str(fact.props["direction"]), fact.props["hours"]
    assert isinstance(hours, int)
    choosing.choose_direction(member=member, direction=direction, hours=hours, now=fact.at)


def aim(member: Member, fact: Fact) -> None:
    """Choose the first goal, where it isn't reached already."""
    try:
        choosing.choose_goal(member=member, goal=str(fact.props["goal"]), now=fact.at)
    except DomainError:
        return


def appear(member: Member, fact: Fact) -> None:
    props = fact.props
    visibility.set_visibility(
        member=member,
        nickname=str(props["nickname"]),
        on_boards=bool(props["on_boards"]),
        on_wall=bool(props["on_wall"]),
        now=fact.at,
    )


def show(member: Member, fact: Fact, *, has_photo: bool) -> None:
    """Show a practical task, if it is open and nothing of it waits already."""
    task = str(fact.props["task"])
    row = Task.objects.filter(member=member, key=task, done_at__isnull=True).order_by("-id").first()
    if row is None:
        return
    shown = proofs.Shown(text=str(fact.props["words"]))
    if has_photo and task in WITH_PHOTO:
        drawn = DRAW[WITH_PHOTO[task]](f"{member.id}:{task}")
        shown = proofs.Shown(text=shown.text, photo=BytesIO(drawn), photo_bytes=len(drawn))
    try:
        proofs.show_proof(member=member, task_id=row.id, shown=shown, now=fact.at)
    except DomainError:
        # Set aside, not open yet, or already with the mentor.
        return


def find_one_more(mentor: Member, but: Member, today: date) -> Task | None:
    """Return an open practical task of somebody else whom the mentor helps: a queue of one is no queue."""
    theirs = Task.objects.filter(member__mentor=mentor, member__left_at__isnull=True, done_at__isnull=True)
    fresh = theirs.filter(key__in=dict(PRACTICES), opens_on__lte=today, proofs__isnull=True)
    return fresh.exclude(member=but).order_by("-opens_on", "id").select_related("member").first()


def approve(member: Member, fact: Fact, reviewer: Member) -> None:
    """Let a mentor, or the leader who was asked, approve what a member showed."""
    waiting = Proof.objects.filter(member=member, task__key=fact.props["task"], state=ProofState.WAITING).first()
    if waiting is None:
        return
    words = ANSWERS[member.language][waiting.id % len(ANSWERS[member.language])]
    try:
        proofs.approve_proof(reviewer=user_of(reviewer), proof_id=waiting.id, words=words, now=fact.at)
    except DomainError:
        # The leader was asked meanwhile.
        return


def user_of(member: Member) -> User:
    """Return the user of a member; there is one from the first time on that a mentor has to sign something."""
    return User.objects.filter(member=member).first() or operations.give_sign_in(member=member)
