"""Who invited a visitor, kept in a signed cookie: a link opened, the tab closed, and tomorrow it is still known."""

from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse

from qadam.people.invitations import find_invitation
from qadam.people.joining_models import Invitation

COOKIE = "invited"
SALT = "qadam.cabinet.invited"
LIFE = timedelta(days=90)
LONGEST_WORDS = 300


@dataclass(frozen=True, slots=True)
class Invited:
    """What is known of who invited a visitor: a code, or the visitor's own words, or that it was nobody."""

    code: str = ""
    told: str = ""
    says_nobody: bool = False

    @property
    def is_answered(self) -> bool:
        return bool(self.told) or self.says_nobody

    def find(self) -> Invitation | None:
        return find_invitation(self.code) if self.code else None


def read_invited(request: HttpRequest) -> Invited:
    """Return what the cookie says; nothing for one that we didn't make, or that is older than it may be."""
    try:
        found = signing.loads(request.COOKIES.get(COOKIE, ""), salt=SALT, max_age=LIFE)
    except signing.BadSignature:
        return Invited()
    code, told, says_nobody = (found.get(name) for name in ("code", "told", "nobody"))
    return Invited(str(code or ""), str(told or ""), bool(says_nobody))


def keep_invited(response: HttpResponse, invited: Invited) -> HttpResponse:
    value = {"code": invited.code, "told": invited.told, "nobody": invited.says_nobody}
    response.set_cookie(
        COOKIE,
        signing.dumps(value, salt=SALT, compress=True),
        max_age=LIFE,
        httponly=True,
        samesite="Lax",
        secure=settings.SESSION_COOKIE_SECURE,
    )
    return response
