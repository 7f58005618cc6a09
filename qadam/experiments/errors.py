from django.utils.translation import gettext_lazy as _

from qadam.lib.errors import DomainError, Kind


class SharesIncomplete(DomainError):
    kind = Kind.REFUSED
    message = _("The shares of “%(layer)s” must add up to 100 %%; they add up to %(total)s %%.")
