"""A look at a template from the editor, in each language, and one sent to oneself."""

from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_POST, require_safe
from django.views.decorators.vary import vary_on_headers

from qadam.lib import clock
from qadam.lib.text import LANGUAGES
from qadam.messaging import trials
from qadam.messaging.channels.protocol import Fate
from qadam.messaging.trials import Preview
from qadam.office.door import StaffRequest, staff_page
from qadam.office.journey_draft import EDITS, SEES, may_edit
from qadam.office.journey_fields import LANGUAGE_NAMES
from qadam.office.journey_pages import language
from qadam.office.mailbox import LETTER_POLICY


@dataclass(frozen=True, slots=True)
class PreviewPage:
    """A template as a member would get it. `languages`: [(code, its own name)]."""

    slug: str
    language: str
    made: Preview
    languages: tuple[tuple[str, str], ...]
    address: str
    told: str = ""
    """What became of the letter to oneself."""


def _language_of(request: StaffRequest) -> str:
    asked = request.GET.get("language", "") or request.POST.get("language", "")
    return asked if asked in LANGUAGES else language()


def _page(request: StaffRequest, template: str, told: str = "") -> PreviewPage:
    code = _language_of(request)
    made = trials.preview(template, language=code, now=clock.utc_now())
    return PreviewPage(template, code, made, tuple(LANGUAGE_NAMES.items()), request.user.email, told)


@require_safe
@vary_on_headers("HX-Request")
@staff_page(*SEES)
def show_template(request: StaffRequest, template: str) -> HttpResponse:
    is_part = request.htmx and not request.htmx.history_restore_request
    name = f"office/{'_' if is_part else ''}journey_template.html"
    return render(request, name, {"page": _page(request, template), "may_send": may_edit(request.user)})


@xframe_options_sameorigin
@require_safe
@staff_page(*SEES)
def show_template_html(request: StaffRequest, template: str) -> HttpResponse:
    """Give the letter alone, for a frame that can do nothing."""
    response = HttpResponse(trials.preview(template, language=_language_of(request), now=clock.utc_now()).html)
    response["Content-Security-Policy"] = LETTER_POLICY
    return response


@require_POST
@staff_page(*EDITS)
def send_to_me(request: StaffRequest, template: str) -> HttpResponse:
    code = _language_of(request)
    outcome = trials.send_test(template, to=request.user, language=code, now=clock.utc_now())
    is_sent = outcome.fate is Fate.SENT
    words = _("Sent to %(address)s.") if is_sent else _("Not sent: %(reason)s")
    told = words % {"address": request.user.email, "reason": outcome.detail or outcome.reason}
    if request.htmx:
        page = {"page": _page(request, template, told), "may_send": True}
        return render(request, "office/_journey_template.html", page)
    messages.add_message(request, messages.SUCCESS if is_sent else messages.WARNING, told)
    return redirect(f"{reverse('office:journey_template', args=[template])}?language={code}")
