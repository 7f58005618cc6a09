"""Why an act comes next, in the reader's language."""

from django.utils.translation import gettext, ngettext

from qadam.tasks.rules import Reason, ReasonCode


def reason_words(reason: Reason) -> str:
    """Return a short sentence in the active language; no blame in any of them."""
    count = {"count": reason.count}
    match reason.code:
        case ReasonCode.OVERDUE:
            return gettext("Moved to today")
        case ReasonCode.FIRST_GOAL:
            return gettext("It is your first goal")
        case ReasonCode.UNLOCKS:
            return ngettext("%(count)s task waits for it", "%(count)s tasks wait for it", reason.count) % count
        case ReasonCode.SHORT:
            return ngettext("It takes %(count)s minute", "It takes %(count)s minutes", reason.count) % count
