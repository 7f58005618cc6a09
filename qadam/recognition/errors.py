"""What recognition refuses."""

from django.utils.translation import gettext_lazy as _

from qadam.lib.errors import DomainError, Kind


class UnknownDefinition(DomainError):
    kind = Kind.MISSING
    message = _("There is no “%(key)s”.")


class NotByNomination(DomainError):
    kind = Kind.REFUSED
    message = _("People can't be nominated for this badge.")


class NominatedOneself(DomainError):
    kind = Kind.REFUSED
    message = _("This badge comes from others. Nominate a colleague whom you value.")


class NominatedAlready(DomainError):
    kind = Kind.CONFLICT
    message = _("You have already nominated this person; you can do so again in the next period.")


class NotTheirLeader(DomainError):
    kind = Kind.FORBIDDEN
    message = _("Their mentor or leader decides on this.")


class OwnNomination(DomainError):
    kind = Kind.FORBIDDEN
    message = _("You nominated this person, so somebody else decides.")


class DecidedAlready(DomainError):
    kind = Kind.CONFLICT
    message = _("This nomination has been decided already.")


class NicknameTooLong(DomainError):
    kind = Kind.REFUSED
    message = _("A nickname has at most %(limit)s characters.")


class NicknameTaken(DomainError):
    kind = Kind.CONFLICT
    message = _("Somebody else is called “%(nickname)s” here. Choose another nickname.")


class ChallengeNotOpen(DomainError):
    kind = Kind.REFUSED
    message = _("This challenge isn't open to you now.")


class ChallengeIsOver(DomainError):
    kind = Kind.CONFLICT
    message = _("This challenge is over; its result stays.")


class UnknownAchievement(DomainError):
    kind = Kind.MISSING
    message = _("This isn't on the wall any more.")


class OwnAchievement(DomainError):
    kind = Kind.REFUSED
    message = _("This is your own. Others say thanks for it.")


class HasItAlready(DomainError):
    kind = Kind.CONFLICT
    message = _("This person has the badge already.")
