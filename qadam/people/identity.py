"""Two records of one human become one; a person is erased. Both give the member's events another owner, audited.

Whatever points to a member moves along, whichever app it belongs to: the foreign keys are asked, so that none is
forgotten. A model with `is_personal = True` holds what must not outlive the person; `personal_fields` are emptied.
A plain number that names a member only in some rows is declared by its model: `member_columns(new_id)` returns
{column: condition of the rows in which it does, and may become `new_id`}.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.apps import apps
from django.db import IntegrityError, models
from django.db.models import Count, Max, Min, Q

from qadam.events import operations as events
from qadam.events.models import Cursor, Event
from qadam.jobs.transactions import attempt, write
from qadam.people import consumer, tree
from qadam.people.errors import AlreadyErased, MergeInOneLine, MergeOfTwoRegistered, SamePerson
from qadam.people.models import Activity, FormerId, Member, Membership, Renumbering, User
from qadam.people.operations import leave_company, write_audit

FILLED = ("name", "email", "phone", "external_id", "mentor_id")
"""What the kept record takes from the other where it has nothing."""
EARLIEST = ("created_at", "registered_at", "started_at", "day_zero_at")


@write()
def merge_members(*, kept: Member, other: Member, actor: User | None, now: datetime) -> None:
    """Make two records of one human one: everything of `other` becomes that of `kept`, and `other` is gone.

    The earlier of the two registrations counts; the company's id of the other stays known. Where both have a place
    that there is once for a person (a live journey, an open stay), that of `kept` stays. Records `member.merged`.

    Raises:
        SamePerson: they are one record.
        MergeInOneLine: one stands below the other.
        MergeOfTwoRegistered: both have a sign-in.
    """
    if kept.id == other.id:
        raise SamePerson
    for each in (kept, other):
        each.refresh_from_db()
    if kept.downline_has(other) or other.downline_has(kept):
        raise MergeInOneLine(kept=kept.name, other=other.name)
    if User.objects.filter(member__in=[kept, other]).count() > 1:
        raise MergeOfTwoRegistered(kept=kept.name, other=other.name)
    _give_events(other.id, kept.id)
    Membership.objects.filter(member=other, left_at__isnull=True, key__in=_open_keys(kept)).delete()
    _carry_over(other, kept)
    Activity.objects.filter(member__in=[kept, other]).delete()
    values = _merged_values(kept, other)
    former = other.external_id if kept.external_id else None
    other.delete()
    Member.objects.filter(id=kept.id).update(**values)
    if former:
        FormerId.objects.create(external_id=former, member=kept)
    _count_activity(kept.id)
    tree.rebuild_index()
    _record("member.merged", kept.id, now)
    detail = {"other": other.external_id or "", "kind": other.kind}
    write_audit(actor=actor, action="member.merged", target=f"member:{kept.id}", detail=detail, now=now)


@write()
def erase_member(*, member: Member, actor: User | None, now: datetime) -> Member:
    """Erase a person: name, addresses, sign-in, consents and letters go; the facts stay with a nameless new record.

    The log gets another number for them, so that an old list of numbers leads nowhere. Who hadn't left has left now.
    Return the nameless record. Records `member.erased`.

    Raises:
        AlreadyErased: nothing is left to erase.
    """
    member = hold_unerased(member)
    nameless = Member.objects.create(**_nameless_values(member), erased_at=now)
    for model, _field in _references():
        if getattr(model, "is_personal", False):
            model._base_manager.filter(**{_field: member.id}).delete()
    _give_events(member.id, nameless.id)
    _carry_over(member, nameless)
    member.delete()
    tree.rebuild_index()
    leave_company(member=nameless, reason="erased", at=now, now=now)
    _record("member.erased", nameless.id, now)
    write_audit(actor=actor, action="member.erased", target=f"member:{nameless.id}", detail={}, now=now)
    return nameless


@write()
def hold_unerased(member: Member) -> Member:
    """Lock and return a member's record as it stands now: two taps on one button erase once.

    Raises:
        AlreadyErased: it is gone, or holds nobody any more.
    """
    held = Member.objects.select_for_update().filter(id=member.id, erased_at__isnull=True).first()
    if held is None:
        raise AlreadyErased
    return held


def _open_keys(member: Member) -> list[str]:
    return list(Membership.objects.filter(member=member, left_at__isnull=True).values_list("key", flat=True))


def _merged_values(kept: Member, other: Member) -> dict[str, Any]:
    values = {name: getattr(kept, name) or getattr(other, name) for name in FILLED}
    for name in EARLIEST:
        known = [at for at in (getattr(kept, name), getattr(other, name)) if at is not None]
        values[name] = min(known, default=None)
    values["kind"] = max((kept.kind, other.kind), key=("prospect", "customer", "distributor").index)
    if values["mentor_id"] in (kept.id, other.id):
        values["mentor_id"] = None
    values["left_at"] = kept.left_at and other.left_at and max(kept.left_at, other.left_at)
    return values


def _nameless_values(member: Member) -> dict[str, Any]:
    kept = (
        "kind", "language", "sponsor_id", "mentor_id", "created_at", "registered_at", "started_at", "left_at",
        "day_zero_at", "is_test", "tin", "size", "depth",
    )  # fmt: skip
    return {name: getattr(member, name) for name in kept}


def _references() -> Iterator[tuple[Any, str]]:
    """Yield (model, field) of every foreign key to a member, in all apps."""
    for relation in Member._meta.get_fields(include_hidden=True):
        if isinstance(relation, models.ForeignObjectRel) and relation.auto_created and not relation.many_to_many:
            yield relation.related_model, relation.field.name


def _carry_over(old: Member, new: Member) -> None:
    """Let every row that points to `old` point to `new`; one that `new` has already goes."""
    for model, field in _references():
        rows = model._base_manager.filter(**{field: old.id})
        _change_each(rows, {field: new.id, **dict.fromkeys(_emptied(model, new), "")})
    for model, column, naming in _numbers(new):
        rows = model._base_manager.filter(naming, **{column: old.id})
        try:
            # A leader stands in the rows of a whole team: all at once, unless one of them is there already.
            with attempt():
                rows.update(**{column: new.id})
        except IntegrityError:
            _change_each(rows, {column: new.id})


def _numbers(new: Member) -> Iterator[tuple[Any, str, Q]]:
    """Yield (model, column, in which rows) of every plain number that names a member, in all apps."""
    for model in apps.get_models():
        if (declared := getattr(model, "member_columns", None)) is not None:
            for column, naming in declared(new.id).items():
                yield model, column, naming


def _change_each(rows: models.QuerySet[Any], values: dict[str, Any]) -> None:
    """Change rows one by one; one that would be there twice goes."""
    for pk in list(rows.values_list("pk", flat=True)):
        row = rows.model._base_manager.filter(pk=pk)
        try:
            with attempt():
                row.update(**values)
        except IntegrityError:
            row.delete()


def _emptied(model: Any, new: Member) -> tuple[str, ...]:
    return tuple(getattr(model, "personal_fields", ())) if new.erased_at is not None else ()


def _count_activity(member_id: int) -> None:
    """Count anew what a member has done, as far as the log has been read."""
    position = Cursor.objects.filter(name=consumer.NAME).values_list("position", flat=True).first() or 0
    counted = Event.objects.filter(member_id=member_id, id__lte=position).order_by().values("type")
    rows = counted.annotate(count=Count("id"), first=Min("occurred_at"), last=Max("occurred_at"))
    Activity.objects.bulk_create(
        [
            Activity(
                member_id=member_id,
                event_type=row["type"],
                count=row["count"],
                first_at=row["first"],
                last_at=row["last"],
            )
            for row in rows
        ]
    )


def _record(event_type: str, member_id: int, now: datetime) -> None:
    key = f"{event_type}:{member_id}:{now.isoformat()}"
    events.record(type=event_type, member_id=member_id, occurred_at=now, key=key, now=now)


def _give_events(old_id: int, new_id: int) -> None:
    events.give_events(from_member=old_id, to_member=new_id)
    Renumbering.objects.create(old_id=old_id, new_id=new_id)


def read_renumberings() -> list[Renumbering]:
    """Return what copies of the log have to follow, oldest first."""
    return list(Renumbering.objects.order_by("id"))


@write()
def forget_renumbering(renumbering: Renumbering) -> None:
    """Note that every copy has followed: from now on nothing leads from the old number to the new one."""
    renumbering.delete()
