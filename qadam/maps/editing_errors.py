from typing import Any

from django.utils.translation import gettext_lazy as _

from qadam.lib.errors import DomainError, Kind


class NoSuchPlace(DomainError):
    kind = Kind.MISSING
    message = _("The draft has nothing at “%(place)s” any more. Load the page again.")


class AlreadyThere(DomainError):
    kind = Kind.REFUSED
    message = _("“%(name)s” is there already.")


class NoDraft(DomainError):
    kind = Kind.MISSING
    message = _("The map “%(map)s” has no draft. Begin one first.")


class Conflict(DomainError):
    """Somebody else has changed a field since it was opened. `theirs` is what stands there now (None: nothing)."""

    kind = Kind.CONFLICT
    message = _("Somebody else has changed this meanwhile. Nothing of yours is saved yet.")

    def __init__(self, place: str, theirs: Any) -> None:
        self.place = place
        self.theirs = theirs
        super().__init__(place=place)


class NothingToUndo(DomainError):
    kind = Kind.REFUSED
    message = _("There is nothing of yours to undo in this draft.")


class NothingToRedo(DomainError):
    kind = Kind.REFUSED
    message = _("There is nothing to redo.")


class ChangedSince(DomainError):
    kind = Kind.CONFLICT
    message = _("This can't be undone any more: what it changed has been changed again since.")


class UnknownComment(DomainError):
    kind = Kind.MISSING
    message = _("There is no such comment any more.")


class NothingSaid(DomainError):
    kind = Kind.REFUSED
    message = _("Write something first.")
