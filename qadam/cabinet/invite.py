"""A member's own link and its picture, to show, send and print. What it brought is for the member's own eyes."""

from dataclasses import dataclass
from urllib.parse import quote

import segno
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from qadam.cabinet.door import MemberRequest, member_page
from qadam.lib import clock
from qadam.messaging.providers import link_to
from qadam.people.invitation_rules import format_code
from qadam.people.invitations import count_brought, invitation_of, may_invite


@dataclass(frozen=True, slots=True)
class OwnInvitation:
    """`words` go along with the link when it is sent; `picture` is an SVG that a phone's camera reads."""

    link: str
    code: str
    words: str
    picture: SafeString
    whatsapp: str
    telegram: str
    brought: int


@dataclass(frozen=True, slots=True)
class InvitePage:
    name: str
    company: str
    own: OwnInvitation | None


@require_safe
@member_page
def show_own(request: MemberRequest) -> HttpResponse:
    """Show the own link; who can't invite reads why."""
    own = _read_own(request) if may_invite(request.member) else None
    page = InvitePage(request.member.name, request.company.name, own)
    return render(request, "cabinet/invite.html", {"page": page}, status=200 if own else 403)


def _read_own(request: MemberRequest) -> OwnInvitation:
    invitation = invitation_of(member=request.member, now=clock.utc_now())
    link = link_to(reverse("cabinet:invited", args=[invitation.code]))
    words = _("My invitation to %(company)s. Look at it in peace and decide for yourself.") % {
        "company": request.company.name
    }
    return OwnInvitation(
        link=link,
        code=format_code(invitation.code),
        words=words,
        picture=draw_code(link),
        whatsapp=f"https://wa.me/?text={quote(f'{words} {link}', safe='')}",
        telegram=f"https://t.me/share/url?url={quote(link, safe='')}&text={quote(words, safe='')}",
        brought=count_brought(request.member),
    )


def draw_code(link: str) -> SafeString:
    """Return the QR code of a link as SVG: dark on white whatever the page's colours, so that cameras read it."""
    code = segno.make(link, error="m", micro=False)
    label = _("QR code of your link")
    drawing = code.svg_inline(border=4, dark="#17212b", light="#ffffff", omitsize=True, svgclass="qr", lineclass=None)
    # segno draws marks only; the link is text inside them, never markup. The label is ours.
    return mark_safe(drawing.replace("<svg ", f'<svg role="img" aria-label="{label}" ', 1))
