"""The local mailbox: letters of an installation without a mail server, to read as their receivers would."""

from dataclasses import dataclass
from datetime import datetime
from email.utils import parseaddr

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_safe

from qadam.lib import clock
from qadam.messaging import queries
from qadam.messaging.queries import Mail, MailPage
from qadam.messaging.sign_in_letters import PREFIX
from qadam.office.door import StaffRequest, staff_page
from qadam.people.access import SEES_PEOPLE, require_role

LETTER_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'; sandbox"
"""A letter's HTML is content: it may look like something, and do nothing."""


@dataclass(frozen=True, slots=True)
class MailboxPage:
    """A page of letters, newest first; `mail` is the open one, `address` where it goes, `is_text` its plain part."""

    now: datetime
    letters: MailPage
    before: int | None
    mail: Mail | None
    address: str
    is_text: bool


@require_safe
@staff_page(*SEES_PEOPLE)
def list_letters(request: StaffRequest) -> HttpResponse:
    return render(request, "office/mailbox.html", {"page": _page(request, None)})


@require_safe
@staff_page(*SEES_PEOPLE)
def show_letter(request: StaffRequest, letter_id: int) -> HttpResponse:
    page = _page(request, _get_mail(request, letter_id))
    return render(request, "office/mailbox.html", {"page": page})


@xframe_options_sameorigin
@require_safe
@staff_page(*SEES_PEOPLE)
def show_html(request: StaffRequest, letter_id: int) -> HttpResponse:
    response = HttpResponse(_get_mail(request, letter_id).html)
    response["Content-Security-Policy"] = LETTER_POLICY
    return response


def _get_mail(request: StaffRequest, letter_id: int) -> Mail:
    """Return a letter; one that lets somebody in is the owner's to open: whoever reads it can be that person.

    Raises:
        AccessDenied: a link to sign in, and the reader isn't the owner.
    """
    mail = queries.get_mail(letter_id)
    if PREFIX in mail.text and not settings.IS_DEMO:
        require_role(request.user)
    return mail


def _page(request: StaffRequest, mail: Mail | None) -> MailboxPage:
    asked = request.GET.get("before", "")
    before = int(asked) if asked.isdecimal() else None
    return MailboxPage(
        now=clock.utc_now(),
        letters=queries.mail_page(before=before),
        before=before,
        mail=mail,
        address=parseaddr(mail.row.to)[1] if mail else "",
        is_text=request.GET.get("part") == "text",
    )
