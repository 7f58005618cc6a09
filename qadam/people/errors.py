from django.utils.translation import gettext_lazy as _

from qadam.lib.errors import DomainError, Kind


class SponsorLoop(DomainError):
    kind = Kind.REFUSED
    message = _("%(member)s can't stand below %(sponsor)s: that would close a loop in the sponsor tree.")


class AlreadyRegistered(DomainError):
    kind = Kind.CONFLICT
    message = _("%(member)s is registered already, since %(at)s.")


class UnknownMember(DomainError):
    kind = Kind.MISSING
    message = _("There is no member %(member)s.")


class AccessDenied(DomainError):
    kind = Kind.FORBIDDEN
    message = _("This page isn't yours to see. Ask the owner of the installation for the right.")


class NotSetUp(DomainError):
    kind = Kind.CONFLICT
    message = _("This installation has no company yet. Run “qadam pack apply” first.")


class SamePerson(DomainError):
    kind = Kind.REFUSED
    message = _("Choose two different records.")


class MergeInOneLine(DomainError):
    """Two records that stand above each other are a sponsor and a partner, not one person twice."""

    kind = Kind.REFUSED
    message = _("%(kept)s and %(other)s stand in one sponsor line. Move one of them first.")


class MergeOfTwoRegistered(DomainError):
    """Two sign-ins of one person: which one stays is for the person to say."""

    kind = Kind.REFUSED
    message = _("%(kept)s and %(other)s both have a sign-in. Remove one of them first.")


class AlreadyErased(DomainError):
    kind = Kind.CONFLICT
    message = _("This person has been erased already.")
