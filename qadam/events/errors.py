from django.utils.translation import gettext_lazy as _

from qadam.lib.errors import DomainError, Kind


class FaultyEvent(DomainError):
    kind = Kind.REFUSED
    message = _("The event “%(type)s” can't be recorded: %(code)s at “%(place)s” %(detail)s")


class EventInFuture(DomainError):
    kind = Kind.REFUSED
    message = _("The event “%(type)s” is dated in the future: %(occurred_at)s")
