"""Why a request as a whole is refused. A single bad message never is: it goes to the quarantine."""

from django.http import JsonResponse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Refusal(Exception):
    """A request that can't be taken. `code` is for programs, `message` for people, `where` names the place."""

    def __init__(self, status: int, code: str, message: str | Promise, where: str = "") -> None:
        self.status, self.code, self.message, self.where = status, code, message, where
        super().__init__(code)

    def as_response(self) -> JsonResponse:
        response = JsonResponse(
            {"error": self.code, "message": str(self.message), "where": self.where}, status=self.status
        )
        if self.status == 401:
            response.headers["WWW-Authenticate"] = 'Basic realm="write key"'
        if self.status == 503:
            response.headers["Retry-After"] = "1"
        if self.status == 405:
            response.headers["Allow"] = "POST"
        return response


def wrong_key() -> Refusal:
    message = _(
        "Send a valid write key as the user name of basic authentication. “qadam writekey create NAME” makes one."
    )
    return Refusal(401, "wrong_key", message, "Authorization")


def only_post() -> Refusal:
    return Refusal(405, "only_post", _("Only POST is understood here."))


def too_large(limit: int) -> Refusal:
    message = _("The body is larger than %(limit)d kB unpacked. Send smaller batches.") % {"limit": limit // 1000}
    return Refusal(413, "too_large", message)


def too_many(limit: int) -> Refusal:
    message = _("The batch holds more than %(limit)d messages. Send smaller batches.") % {"limit": limit}
    return Refusal(413, "too_many", message, "batch")


def not_gzip() -> Refusal:
    return Refusal(400, "not_gzip", _("The body says it is gzip, but it can't be unpacked."), "Content-Encoding")


def unknown_encoding(name: str) -> Refusal:
    message = _("The body may be plain or gzip, not “%(name)s”.") % {"name": name}
    return Refusal(400, "unknown_encoding", message, "Content-Encoding")


def not_json(detail: str) -> Refusal:
    return Refusal(400, "not_json", _("The body isn't JSON: %(detail)s") % {"detail": detail}, "body")


def not_an_object() -> Refusal:
    return Refusal(400, "not_an_object", _("The body must be a JSON object."), "body")


def not_a_batch() -> Refusal:
    return Refusal(400, "not_a_batch", _("The body must hold a list of messages under “batch”."), "batch")


def busy() -> Refusal:
    return Refusal(503, "busy", _("The database is busy. Send the same request again: nothing is stored twice."))
