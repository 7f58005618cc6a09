"""Keep the preorder index of the sponsor tree: one UPDATE for a leaf, a rebuild for many or for a moved branch."""

from collections.abc import Sequence

from django.db.models import F

from qadam.jobs.sql import update_many
from qadam.jobs.transactions import write
from qadam.people.errors import SponsorLoop
from qadam.people.models import Company, Member
from qadam.people.rules import LoopInTree, index_tree

FEW = 8
"""Up to so many new members are hung in one by one; more are placed by one rebuild."""


@write()
def place_members(members: Sequence[Member]) -> None:
    """Give new members, all without downline, their places."""
    _lock_tree()
    if len(members) > FEW:
        rebuild_index()
        _refresh(members)
        return
    for member in members:
        _hang_in(member)


def _hang_in(member: Member) -> None:
    """Place one leaf as the last child of its sponsor: everybody after that place moves by one."""
    sponsor = Member.objects.filter(id=member.sponsor_id).first() if member.sponsor_id else None
    if sponsor is None:
        last = Member.objects.exclude(id=member.id).order_by("-tin").values_list("tin", flat=True).first()
        member.tin, member.depth = (last + 1 if last is not None else 0), 0
    else:
        member.tin, member.depth = sponsor.tin + sponsor.size, sponsor.depth + 1
        Member.objects.filter(tin__gte=member.tin).exclude(id=member.id).update(tin=F("tin") + 1)
        Member.objects.filter(tin__lte=sponsor.tin, tin__gt=sponsor.tin - F("size")).exclude(id=member.id).update(
            size=F("size") + 1
        )
    member.size = 1
    member.save(update_fields=["tin", "size", "depth"])


@write()
def move_branch(*, member: Member, new_sponsor: Member | None) -> None:
    """Change the sponsor and rebuild the index.

    Raises:
        SponsorLoop: the new sponsor is the member or stands below.
    """
    _lock_tree()
    sponsor_id = new_sponsor.id if new_sponsor else None
    before = member.sponsor_id
    try:
        sponsors = dict(Member.objects.values_list("id", "sponsor_id"))
        index_tree({**sponsors, member.id: sponsor_id})
    except LoopInTree:
        raise SponsorLoop(member=member.name, sponsor=new_sponsor.name if new_sponsor else "") from None
    if before != sponsor_id:
        member.sponsor = new_sponsor
        member.save(update_fields=["sponsor"])
        rebuild_index()
        _refresh([member])


@write()
def rebuild_index() -> None:
    """Compute every place anew and write those that changed.

    Raises:
        LoopInTree: the stored sponsors form a loop; nothing is changed.
    """
    rows = Member.objects.values_list("id", "sponsor_id", "tin", "size", "depth")
    sponsors = {}
    stored = {}
    for member_id, sponsor_id, *place in rows:
        sponsors[member_id] = sponsor_id
        stored[member_id] = tuple(place)
    changed = [
        (place.tin, place.size, place.depth, member_id)
        for member_id, place in index_tree(sponsors).items()
        if stored[member_id] != (place.tin, place.size, place.depth)
    ]
    update_many("people_member", ("tin", "size", "depth"), changed)


def _lock_tree() -> None:
    """Let one transaction at a time change the tree (PostgreSQL; on SQLite there is one writer anyway)."""
    Company.objects.select_for_update().filter(id=1).first()


def _refresh(members: Sequence[Member]) -> None:
    places = {row[0]: row[1:] for row in Member.objects.values_list("id", "tin", "size", "depth")}
    for member in members:
        member.tin, member.size, member.depth = places[member.id]
