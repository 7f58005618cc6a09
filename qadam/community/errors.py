from django.utils.translation import gettext_lazy as _

from qadam.lib.errors import DomainError, Kind


class UnknownGathering(DomainError):
    """Said also to whoever isn't invited, so that numbers tell nothing."""

    kind = Kind.MISSING
    message = _("There is no such gathering for you.")


class FaultyGathering(DomainError):
    """A form would have said so: `faults` is {field: code}."""

    kind = Kind.REFUSED
    message = _("This gathering can't be kept like that.")

    def __init__(self, faults: dict[str, str]) -> None:
        self.faults = faults
        super().__init__()


class WrongCode(DomainError):
    kind = Kind.REFUSED
    message = _("This isn't the code of this gathering. Look at it once more and try again.")


class TooManyTries(DomainError):
    kind = Kind.REFUSED
    message = _("That was the wrong code too often for this gathering.")


class CodeNotTaken(DomainError):
    """Too early, too late, or cancelled."""

    kind = Kind.CONFLICT
    message = _("The code counts during the gathering and for two hours after it.")


class AlreadyCancelled(DomainError):
    kind = Kind.CONFLICT
    message = _("This gathering is cancelled already.")


class NoBranch(DomainError):
    kind = Kind.FORBIDDEN
    message = _("You can invite people once somebody stands below you in the network.")
