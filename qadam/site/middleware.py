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
