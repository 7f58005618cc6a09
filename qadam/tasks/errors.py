from django.utils.translation import gettext_lazy as _

from qadam.lib.errors import DomainError, Kind


class UnknownPlan(DomainError):
    kind = Kind.MISSING
    message = _("There is no action plan “%(plan)s”.")


class UnknownTask(DomainError):
    kind = Kind.MISSING
    message = _("There is no such task in this plan.")


class ClosesItself(DomainError):
    kind = Kind.REFUSED
    message = _("This task closes by itself when it has happened.")


class DayIsOver(DomainError):
    kind = Kind.REFUSED
    message = _("A tick can be taken back only on the same day.")
