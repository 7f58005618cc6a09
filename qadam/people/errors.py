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
