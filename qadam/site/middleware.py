"""What every answer of the site has in common."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from qadam.lib.errors import DomainError, Kind

Answer = Callable[[HttpRequest], HttpResponse]

POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:;"
    " object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'"
)
STATUS = {Kind.REFUSED: 422, Kind.MISSING: 404, Kind.CONFLICT: 409, Kind.FORBIDDEN: 403}


def content_security_policy(answer: Answer) -> Answer:
    def middleware(request: HttpRequest) -> HttpResponse:
        response = answer(request)
        response.headers.setdefault("Content-Security-Policy", POLICY)
        return response

    return middleware


def keep_private(answer: Answer) -> Answer:
    """Let no cache keep what somebody signed in was shown, unless the answer has a rule of its own.

    What the phone keeps for use without a connection it keeps by our own script, which no header hinders.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        response = answer(request)
        # Where nobody looked at the session, the answer is nobody's: asking who it is would cost a query.
        if request.session.accessed and "Cache-Control" not in response.headers and request.user.is_authenticated:
            response.headers["Cache-Control"] = "private, no-store"
        return response

    return middleware


class domain_errors:  # noqa: N801 - a middleware, named like the others
    """Turn a refusal of the domain into a page that says it in words."""

    def __init__(self, answer: Answer) -> None:
        self._answer = answer

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self._answer(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if not isinstance(error, DomainError):
            return None
        return render(request, "ui/refusal.html", {"message": str(error)}, status=STATUS[error.kind])
