"""What there is about a member: found by walking the models, so that a new table is exported without being named here.

A table belongs to a member when it has a reference to one; what hangs on such rows and names nobody itself belongs
to the member too. A reference to a sign-in counts where it is called `user`; the others (`decided_by`, `actor`) are
somebody's work on a thing that isn't theirs.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db import models
from django.db.models import Q, QuerySet

from qadam.events.models import Event
from qadam.people.models import AuditEntry, Member, Renumbering, User

DEPTH = 3
OURS = "qadam."

LEFT_OUT: dict[str, str] = {
    "people.Renumbering": "numbers of erased records on their way out of copies of the log",
    "messaging.StaffLetter.subject": "letters about other people",
    "messaging.StaffLetter.body": "letters about other people",
    "messaging.StaffLetter.detail": "what a server said, about an address that isn't only this member's",
    "people.AuditEntry.detail": "may name other people",
    "messaging.Outbox.stop_when": "a rule of the company",
    "messaging.Outbox.lease_until": "the dispatcher's own",
    "messaging.Outbox.handed_at": "the dispatcher's own",
    "messaging.Outbox.attempts": "the dispatcher's own",
    "people.Member.tin": "the index of the tree: would tell of other people",
    "people.Member.size": "the index of the tree: would tell of other people",
    "people.Member.depth": "the index of the tree: would tell of other people",
}
"""Tables and fields that stay here, with the reason."""

SECRETS = frozenset(
    {"password", "token", "token_hash", "browser_hash", "nonce", "public_key", "credential_id", "form_key", "code"}
)
"""Field names that open something: whoever finds the file on a lost phone must not come in with it."""
NOT_SECRET = frozenset({"people.Invitation.code", "people.Joining.code"})
"""Codes that hang printed on walls."""


@dataclass(frozen=True, slots=True)
class Part:
    """One table: `paths` lead from its rows to the member (or the sign-in, `is_by_user`)."""

    model: type[models.Model]
    paths: tuple[str, ...]
    is_by_user: bool = False

    @property
    def name(self) -> str:
        """The name of its files: people-consent."""
        return f"{self.model._meta.app_label}-{self.model._meta.model_name}"

    @property
    def label(self) -> str:
        return str(self.model._meta.label)

    def rows_of(self, member: Member) -> QuerySet[Any]:
        """Return the member's rows, in the order of their keys."""
        rows = self.model._base_manager.order_by("pk")
        if self.model is Member:
            return rows.filter(pk=member.pk)
        if self.model is User:
            return rows.filter(member=member)
        if self.model is AuditEntry:
            return rows.filter(target=f"member:{member.pk}")
        owner: Any = User.objects.filter(member=member).first() if self.is_by_user else member.pk
        if owner is None:
            return rows.none()
        asked = Q()
        for path in self.paths:
            asked |= Q(**{path: owner})
        return rows.filter(asked)

    def fields(self) -> list[models.Field[Any, Any]]:
        """Return the columns that are exported."""
        return [each for each in self.model._meta.concrete_fields if not is_left_out(self.model, each.name)]


def is_left_out(model: type[models.Model], field: str) -> bool:
    """Tell whether a column stays here: it would tell of others, opens something, or is the machinery's own."""
    place = f"{model._meta.label}.{field}"
    return place in LEFT_OUT or (field in SECRETS and place not in NOT_SECRET)


def all_parts() -> tuple[Part, ...]:
    """Return every table about a member, the member's own record first, the others by name."""
    found: dict[type[models.Model], Part] = {}
    for part in _direct_parts():
        found.setdefault(part.model, part)
    frontier = [part for part in found.values() if not part.is_by_user]
    for _level in range(DEPTH - 1):
        frontier = [part for part in _hanging_on(frontier) if part.model not in found]
        found.update({part.model: part for part in frontier})
    first = [Part(Member, ("id",)), Part(User, ("member",)), Part(Event, ("member_id",)), Part(AuditEntry, ("target",))]
    rest = sorted(found.values(), key=lambda part: part.name)
    return (*first, *(part for part in rest if part.model not in {each.model for each in first}))


def _our_models() -> Iterator[type[models.Model]]:
    for model in apps.get_models():
        if model.__module__.startswith(OURS) and model._meta.label not in LEFT_OUT and model is not Renumbering:
            yield model


def _direct_parts() -> Iterator[Part]:
    for model in _our_models():
        if model in (Member, User, Event, AuditEntry):
            continue
        references = references_of(model, Member)
        plain = tuple(each.name for each in model._meta.concrete_fields if _is_plain_number(each))
        if references or plain:
            yield Part(model, (*references, *plain))
        elif "user" in references_of(model, User):
            yield Part(model, ("user",), is_by_user=True)


def references_of(model: type[models.Model], to: type[models.Model]) -> tuple[str, ...]:
    """Return the names of a model's own references to another."""
    return tuple(each.name for each in model._meta.concrete_fields if each.is_relation and each.related_model is to)


def _is_plain_number(field: models.Field[Any, Any]) -> bool:
    """A member may stand in a column as a number too, without a reference."""
    return not field.is_relation and field.name == "member_id"


def _hanging_on(parts: list[Part]) -> Iterator[Part]:
    """Yield what refers to rows of these tables and names no member itself."""
    above = {part.model: part for part in parts}
    for model in _our_models():
        if model in (Member, User, Event, AuditEntry) or references_of(model, Member):
            continue
        paths = [
            f"{field.name}__{path}"
            for field in model._meta.concrete_fields
            if field.is_relation and field.related_model in above
            for path in above[field.related_model].paths
        ]
        if paths:
            yield Part(model, tuple(paths))
