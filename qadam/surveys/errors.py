from django.utils.translation import gettext_lazy as _

from qadam.lib.errors import DomainError, Kind


class UnknownSurvey(DomainError):
    kind = Kind.MISSING
    message = _("There is no survey “%(survey)s”.")


class UnknownRequest(DomainError):
    """No such request, or another member's: said alike, so that ids tell nothing."""

    kind = Kind.MISSING
    message = _("There is no such question for you.")


class RequestExpired(DomainError):
    kind = Kind.CONFLICT
    message = _("This question is closed. Thank you for looking in; the next one will come in its time.")


class AnswerStands(DomainError):
    kind = Kind.CONFLICT
    message = _("Your answer is counted already. Thank you.")


class NotAnAnswer(DomainError):
    kind = Kind.REFUSED
    message = _("Choose one of the answers.")


class CommentTooLong(DomainError):
    kind = Kind.REFUSED
    message = _("This is too long: %(most)s letters fit.")


class NotAnsweredYet(DomainError):
    kind = Kind.CONFLICT
    message = _("Choose an answer first, then add your words.")


class NothingToCheck(DomainError):
    kind = Kind.REFUSED
    message = _("“%(checks)s” isn't an expectation with options, so it can't be checked.")
