from django.utils.translation import gettext_lazy as _

from qadam.lib.errors import DomainError, Kind


class EndlessLoop(DomainError):
    kind = Kind.REFUSED
    message = _("The journey “%(journey)s” took 64 steps in one moment at “%(step)s”: put a wait into the loop.")


class UnknownJourney(DomainError):
    kind = Kind.MISSING
    message = _("There is no journey “%(journey)s”.")


class DraftMoved(DomainError):
    """Somebody else has saved the draft since it was opened."""

    kind = Kind.CONFLICT
    message = _("Somebody else has changed this draft meanwhile. Load it again; nothing of yours was saved.")


class NotPublished(DomainError):
    kind = Kind.REFUSED
    message = _("The journey “%(journey)s” isn't published yet.")


class AlreadyUnderWay(DomainError):
    kind = Kind.REFUSED
    message = _("This member is in the journey “%(journey)s” already.")


class NotUnderWay(DomainError):
    kind = Kind.CONFLICT
    message = _("This member has left the journey meanwhile.")


class UnknownStep(DomainError):
    kind = Kind.MISSING
    message = _("The journey has no step “%(step)s”.")
