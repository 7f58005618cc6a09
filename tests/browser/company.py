"""The cast on the real start pack, played through the engine, so that every page has something to show."""

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import qadam.packs
from qadam.lib.clock import utc_now
from qadam.metrics import jobs as metrics
from qadam.packs.documents import read_pack
from qadam.packs.operations import apply_pack
from qadam.people import operations as people
from qadam.people.models import Member, User
from qadam.site.engine import run_once
from tests.cast import a_member, a_prospect, a_user, an_event

START_PACK = Path(qadam.packs.__file__).parent / "start"


@dataclass(frozen=True)
class Cast:
    """Aigul is on day 2 with her plan and letters; Marat is her mentor and Dina his sponsor; Oleg is of the staff."""

    aigul: User
    marat: User
    dina: User
    oleg: User


def build_company() -> Cast:
    now = utc_now()
    begin = now - timedelta(days=3)
    oleg = a_user(roles=("owner",))
    apply_pack(read_pack(START_PACK), actor=None, now=begin)
    dina = a_member(name="Dina Sadykova", now=begin)
    marat = a_member(name="Marat Ospanov", phone="+77010000001", sponsor_id=dina.id, now=begin)
    prospect = a_prospect(name="Айгүл Нұрланова", sponsor_id=marat.id, mentor_id=marat.id, now=begin)
    joined = now - timedelta(days=2)
    an_event("presentation.attended", prospect, begin, presentation="Online", minutes=48, form="live")
    run_once(joined - timedelta(minutes=1))
    people.register_member(member=prospect, kind="distributor", sponsor=marat, at=joined, now=joined)
    run_once(joined)
    an_event(
        "order.paid", prospect, now - timedelta(days=1), order="K-1", amount=2_490_000, currency="KZT", buyer="own"
    )
    run_once(now)
    metrics.compute(now)
    users = {name: a_user(member=Member.objects.get(id=row.id)) for name, row in _members(prospect, marat, dina)}
    return Cast(**users, oleg=oleg)


def _members(aigul: Member, marat: Member, dina: Member) -> list[tuple[str, Member]]:
    return [("aigul", aigul), ("marat", marat), ("dina", dina)]
