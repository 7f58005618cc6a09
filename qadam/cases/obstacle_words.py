"""Why a person must not get a measure, in words."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

OBSTACLES: Mapping[str, str | Promise] = {
    "left": _("they have left the company"),
    "contact": _("they asked not to be contacted"),
    "buyer": _("they only buy, and buyers are not recruited"),
    "refused": _("they have declined twice"),
    "consent": _("they gave no consent to advertising"),
}


def tell_obstacle(code: str) -> str:
    """Return the words of a code of `guards.find_obstacle`; an unknown one stays as it is."""
    return str(OBSTACLES.get(code, code))
