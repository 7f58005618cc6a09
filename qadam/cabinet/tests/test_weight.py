"""The budget of the first load: what a phone fetches for /today/, as it is sent, stays below 150 kB."""

import gzip
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.contrib.staticfiles import finders
from django.test import Client

from qadam.cabinet.tests.factories import a_newcomer
from qadam.people.models import User
from tests.cast import NOW, an_event

pytestmark = pytest.mark.django_db
BUDGET = 150_000
LINKED = re.compile(r'(?:<link[^>]+href|<script[^>]+src|<img[^>]+src)="(/[^"]+)"')


def weights(html: str) -> Iterator[tuple[str, int]]:
    """Yield (address, bytes with gzip) of the page and of everything that it links."""
    yield "/today/", len(gzip.compress(html.encode(), 6))
    for address in sorted(set(LINKED.findall(html))):
        path = urlsplit(address).path
        if path.startswith("/static/"):
            found = finders.find(path.removeprefix("/static/"))
            assert isinstance(found, str), path
            yield path, len(gzip.compress(Path(found).read_bytes(), 6))


@pytest.mark.parametrize("language", ["kk", "en"])
def test_the_first_load_of_home_fits_a_slow_network(enter: Callable[[User], Client], language: str) -> None:
    member, user = a_newcomer()
    an_event("goal.reached", member, NOW, goal="first", plan="start")
    client = enter(user)
    client.cookies["language"] = language
    found = dict(weights(client.get("/today/").content.decode()))
    print(f"first load of /today/ ({language}): {sum(found.values()):,} bytes")
    for address, size in sorted(found.items(), key=lambda each: -each[1]):
        print(f"{size:>8,}  {address}")
    assert len(found) >= 6
    assert sum(found.values()) <= BUDGET
