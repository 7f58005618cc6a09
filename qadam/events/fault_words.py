"""Why something from outside couldn't be taken in, in words for people (the quarantine's page, the file of errors)."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

WORDS: dict[str, str | Promise] = {
    "ambiguous_amount": _("“%(detail)s” may be read in two ways: with thousands or with decimals"),
    "ancient_time": _("the time lies too far in the past: %(detail)s"),
    "duplicate_row": _("row %(detail)s has the same key"),
    "future_time": _("the time lies in the future: %(detail)s"),
    "inexact_amount": _("the amount has more decimals than the currency: %(detail)s"),
    "missing_name": _("the event has no name"),
    "missing_property": _("it is missing %(detail)s"),
    "missing_user": _("the message names no person"),
    "not_an_object": _("the message isn't a JSON object"),
    "own_event": _("Qadam records this event itself: %(detail)s"),
    "own_sponsor": _("nobody can be the own sponsor"),
    "registered_before": _("this person is registered already, since %(detail)s"),
    "sponsor_loop": _("with the sponsor %(detail)s the tree would close a loop"),
    "too_large": _("the number is too large: %(detail)s"),
    "too_long": _("it is longer than %(detail)s letters"),
    "unknown_member": _("nobody has the id %(detail)s"),
    "unknown_property": _("the catalogue has no such property"),
    "unknown_sponsor": _("the sponsor %(detail)s isn't known"),
    "unknown_type": _("neither the catalogue nor a mapping knows the event “%(detail)s”"),
    "unknown_zone": _("“%(detail)s” isn't a time zone such as Asia/Almaty"),
    "unsupported_call": _("messages of the kind “%(detail)s” aren't kept"),
    "wrong_cells": _("the number of cells differs from the header: %(detail)s"),
    "wrong_choice": _("only these values are allowed: %(detail)s"),
    "wrong_kind": _("it isn't of the kind that is expected: %(detail)s"),
    "wrong_time": _("“%(detail)s” isn't a date or time"),
    "zero_byte": _("it holds a zero byte"),
}


def reason_words(code: str, detail: str) -> str:
    """Return the reason of a fault in the active language."""
    return (str(WORDS.get(code, code)) % {"detail": detail}).strip()
