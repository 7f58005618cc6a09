from django.utils.translation import gettext_lazy as _

from qadam.lib.errors import DomainError, Kind


class FaultyEvent(DomainError):
    kind = Kind.REFUSED
    message = _("The event “%(type)s” can't be recorded: %(code)s at “%(place)s” %(detail)s")


class EventInFuture(DomainError):
    kind = Kind.REFUSED
    message = _("The event “%(type)s” is dated in the future: %(occurred_at)s")


class ReservedSource(DomainError):
    kind = Kind.REFUSED
    message = _("“%(source)s” can't be the name of a sender. Choose another, of at most 64 letters.")


class FaultyMapping(DomainError):
    kind = Kind.REFUSED
    message = _("“%(name)s” can't be mapped: the catalogue of events has no “%(place)s”.")
