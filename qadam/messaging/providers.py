"""The variables that every installation has: the member, the mentor, the company, the day, and links to our pages."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from urllib.parse import urljoin

from django.conf import settings

from qadam.messaging.rules import first_name_of
from qadam.messaging.variables import add_provider
from qadam.people import queries as people
from qadam.people.models import Member

PAGES = {"today": "/today/", "plan": "/plan/", "me": "/me/"}


def link_to(path: str) -> str:
    """Return the full address of one of our pages; `path` begins with a slash."""
    return urljoin(settings.BASE_URL, path)


def _name_fields(name: str) -> dict[str, object]:
    return {"name": name, "first_name": first_name_of(name)}


def provide_member(member_ids: Sequence[int], now: datetime, language: str) -> Mapping[int, object]:
    names = Member.objects.filter(id__in=member_ids).values_list("id", "name")
    return {member_id: _name_fields(name) for member_id, name in names}


def provide_mentor(member_ids: Sequence[int], now: datetime, language: str) -> Mapping[int, object]:
    names = Member.objects.filter(id__in=member_ids, mentor__isnull=False).values_list("id", "mentor__name")
    return {member_id: _name_fields(name) for member_id, name in names}


def provide_company(member_ids: Sequence[int], now: datetime, language: str) -> Mapping[int, object]:
    company = {"name": people.get_company().name}
    return dict.fromkeys(member_ids, company)


def provide_day(member_ids: Sequence[int], now: datetime, language: str) -> Mapping[int, object]:
    """The number of local midnights since day 0; nothing before day 0."""
    company = people.get_company()
    members = Member.objects.filter(id__in=member_ids, day_zero_at__isnull=False).only("id", "zone", "day_zero_at")
    return {member.id: member.day_of_path(company, now) for member in members}


def provide_links(member_ids: Sequence[int], now: datetime, language: str) -> Mapping[int, object]:
    links = {name: link_to(path) for name, path in PAGES.items()}
    return dict.fromkeys(member_ids, links)


def add_own_providers() -> None:
    """Called once at start; what other apps provide (next_task) is wired by the site."""
    add_provider("member", provide_member, ("name", "first_name"))
    add_provider("mentor", provide_mentor, ("name", "first_name"))
    add_provider("company", provide_company, ("name",))
    add_provider("day", provide_day)
    add_provider("links", provide_links, tuple(PAGES))
