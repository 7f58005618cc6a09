from django.utils.translation import gettext_lazy as _

from qadam.lib.errors import DomainError, Kind


class EndlessLoop(DomainError):
    kind = Kind.REFUSED
    message = _("The journey “%(journey)s” took 64 steps in one moment at “%(step)s”: put a wait into the loop.")
