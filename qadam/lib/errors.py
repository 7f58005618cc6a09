"""The four ways in which the domain says no. Each door maps a kind once; the message is for a person."""

from enum import StrEnum
from typing import ClassVar

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy


class Kind(StrEnum):
    REFUSED = "refused"
    MISSING = "missing"
    CONFLICT = "conflict"
    FORBIDDEN = "forbidden"


class DomainError(Exception):
    """Base of every refusal. `message` may hold %(name)s places, filled from the keyword arguments."""

    kind: ClassVar[Kind] = Kind.REFUSED
    message: ClassVar[str | Promise] = gettext_lazy("This can't be done.")

    def __init__(self, **details: object) -> None:
        self.details = details
        super().__init__(details)

    def __str__(self) -> str:
        return str(self.message) % self.details if self.details else str(self.message)
