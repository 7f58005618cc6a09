"""The company's rules of contact: quiet hours, caps, openings, and the control group of all journeys."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from qadam.lib import clock
from qadam.lib.documents import Fault, FaultyDocument, parse_duration
from qadam.messaging import operations, queries
from qadam.messaging.models import Category
from qadam.office.door import StaffRequest, has_role, staff_page
from qadam.office.journey_draft import EDITS
from qadam.people.models import RoleName

CHANNELS: Mapping[str, str | Promise] = {"email": gettext_lazy("E-mail"), "webhook": gettext_lazy("Webhook")}
CATEGORIES: Mapping[str, str | Promise] = {
    "": gettext_lazy("of any kind"),
    Category.ADVERTISING.value: gettext_lazy("of advertising"),
    Category.SERVICE.value: gettext_lazy("of service"),
}
SETS_RULES = (*EDITS, RoleName.COMPLIANCE)
SPARE = 1
"""Empty rows at the end of the caps."""


@dataclass(frozen=True, slots=True)
class Choice:
    value: str
    label: str | Promise
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class QuietRow:
    channel: str
    label: str | Promise
    start: str
    end: str
    fault: str


@dataclass(frozen=True, slots=True)
class CapRow:
    """`limit` messages in `days` days; an empty limit is no cap."""

    place: int
    limit: str
    days: str
    categories: tuple[Choice, ...]
    channels: tuple[Choice, ...]
    fault: str


@dataclass(frozen=True, slots=True)
class RulesPage:
    quiet: tuple[QuietRow, ...]
    caps: tuple[CapRow, ...]
    tells_openings: bool
    holdout: str
    holdout_fault: str


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page(*SETS_RULES)
def edit_rules(request: StaffRequest) -> HttpResponse:
    """Show the rules, and take them from those who may change them."""
    document = queries.read_policy_document()
    if request.method != "POST":
        return _show(request, document, ())
    document = _read(request.POST)
    try:
        operations.set_policy(document=document, actor=request.user, now=clock.utc_now())
    except FaultyDocument as error:
        return _show(request, document, error.faults, status=422)
    messages.success(request, _("Saved. It holds for everything that goes out from now on."))
    return redirect("office:contact_rules")


def _show(
    request: StaffRequest, document: Mapping[str, Any], faults: Sequence[Fault], *, status: int = 200
) -> HttpResponse:
    page = RulesPage(
        quiet=tuple(_quiet_row(channel, document.get("quiet", {}).get(channel, {}), faults) for channel in CHANNELS),
        caps=tuple(_cap_rows(document.get("caps", []), faults)),
        tells_openings=bool(document.get("opens", True)),
        holdout="" if document.get("holdout") in (None, "") else str(document["holdout"]),
        holdout_fault=_fault_at("holdout", faults),
    )
    return render(request, "office/contact_rules.html", {"page": page}, status=status)


def _quiet_row(channel: str, hours: Mapping[str, str], faults: Sequence[Fault]) -> QuietRow:
    fault = _fault_at(f"quiet.{channel}", faults)
    return QuietRow(channel, CHANNELS[channel], hours.get("from", ""), hours.get("to", ""), fault)


def _cap_rows(caps: Sequence[Mapping[str, Any]], faults: Sequence[Fault]) -> list[CapRow]:
    return [
        CapRow(
            place,
            str(cap.get("limit", "")),
            _days_of(cap.get("within")),
            _choices(CATEGORIES, cap.get("category", "")),
            _choices({"": _("by any channel"), **CHANNELS}, cap.get("channel", "")),
            _fault_at(f"caps[{place}]", faults),
        )
        for place, cap in enumerate([*caps, *({} for _spare in range(SPARE))])
    ]


def _days_of(within: object) -> str:
    length = parse_duration(within)
    return f"{length.total_seconds() / 86_400:g}" if length else ("" if within is None else str(within))


def _choices(words: Mapping[str, str | Promise], chosen: str) -> tuple[Choice, ...]:
    return tuple(Choice(value, label, value == chosen) for value, label in words.items())


def _fault_at(place: str, faults: Sequence[Fault]) -> str:
    return " ".join(fault.message for fault in faults if fault.place == place or fault.place.startswith(f"{place}."))


def _read(post: QueryDict) -> dict[str, Any]:
    """Turn the form into a policy document; what isn't filled in isn't asked for."""
    hours = {channel: (post.get(f"from.{channel}", ""), post.get(f"to.{channel}", "")) for channel in CHANNELS}
    quiet = {channel: {"from": start, "to": end} for channel, (start, end) in hours.items() if start or end}
    caps = [cap for place in range(len(post.getlist("cap"))) if (cap := _read_cap(post, place))]
    document: dict[str, Any] = {"quiet": quiet, "caps": caps, "opens": "opens" in post}
    if post.get("holdout", "").strip():
        document["holdout"] = _number(str(post["holdout"]))
    return {name: value for name, value in document.items() if value not in ({}, [])}


def _read_cap(post: QueryDict, place: int) -> dict[str, Any]:
    limit, days = post.get(f"limit.{place}", "").strip(), post.get(f"days.{place}", "").strip()
    if not limit and not days:
        return {}
    number = _number(days)
    hours = round(number * 24) if isinstance(number, int | float) else 0
    cap: dict[str, Any] = {
        "limit": _number(limit),
        "within": (f"P{hours // 24}D" if hours % 24 == 0 else f"PT{hours}H") if hours else days,
    }
    optional = {name: post.get(f"{name}.{place}", "") for name in ("category", "channel")}
    return cap | {name: value for name, value in optional.items() if value}


def _number(text: str) -> int | float | str:
    """Read a number as people write it; what isn't one stays as it was written, for the fault to name."""
    try:
        number = float(text.strip().replace(",", "."))
    except ValueError:
        return text
    return int(number) if number.is_integer() else number


def may_set_rules(request: HttpRequest) -> bool:
    return has_role(request, SETS_RULES)


urlpatterns = [path("rules/", edit_rules, name="contact_rules")]
