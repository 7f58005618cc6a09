"""What the address of a map's page asks for: which map, which version, whose numbers, of when."""

from urllib.parse import urlencode

from django.http import HttpRequest
from django.utils.translation import get_language

from qadam.maps.chosen import Choice, Search, span_of
from qadam.maps.models import MapVersion
from qadam.office.people import find_people
from qadam.people.models import MemberQuerySet
from qadam.segments.definitions import names_of_segments
from qadam.ui.formats import current_zone

NARROWEST, WIDEST = 232, 360
WIDTH_COOKIE = "board_columns"


def language() -> str:
    return (get_language() or "en").split("-")[0]


def chosen_slug(request: HttpRequest, slugs: list[str]) -> str:
    """Return the map that the address asks for, or else the first."""
    asked = request.GET.get("map", "")
    return asked if asked in slugs or not slugs else slugs[0]


def chosen_version(request: HttpRequest) -> int | None:
    """Return the number of the version that the address asks for; None for the valid one."""
    asked = request.GET.get("version", "")
    return int(asked) if asked.isdecimal() and len(asked) < 6 else None


def read_choice(request: HttpRequest, version: MapVersion, people: MemberQuerySet | None) -> Choice:
    """Return the choice of an address; what doesn't exist isn't chosen. `people`: who may be a leader; None: nobody."""
    asked = request.GET
    segment, team, period = asked.get("segment", ""), asked.get("team", ""), asked.get("period", "")
    is_leader = people is not None and team.isdecimal() and people.filter(id=int(team[:18])).exists()
    return Choice(
        segment=segment if segment and segment in names_of_segments(version.segmentation) else "",
        team=int(team) if is_leader else None,
        period=period if span_of(period, current_zone()) else "",
    )


def read_search(request: HttpRequest, people: MemberQuerySet) -> Search:
    """Return the search for a leader by name."""
    text = request.GET.get("leader", "").strip()[:100]
    return Search(text, find_people(people, text)) if text else Search()


def column_width(request: HttpRequest) -> int | None:
    """Return the width that this reader gave the columns, in pixels; None: as it fits."""
    kept = request.COOKIES.get(WIDTH_COOKIE, "")
    return int(kept) if kept.isdecimal() and len(kept) == 3 and NARROWEST <= int(kept) <= WIDEST else None


def as_query(slug: str, choice: Choice, **more: str) -> str:
    """Write the parts of an address that bring back the same page, with its "?"."""
    return "?" + urlencode({"map": slug, **choice.as_query(), **more})
