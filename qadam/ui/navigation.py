"""Which pages a shell offers. Each door adds its own in `AppConfig.ready`, so a shell shows only what exists."""

from collections.abc import Callable
from dataclasses import dataclass

from django.http import HttpRequest
from django.utils.functional import Promise


def _everybody(request: HttpRequest) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Page:
    """One entry of a shell's navigation. `order` sorts; `path` is its address and the beginning of those below it.

    `others` are further addresses that belong to it, with those below them.
    """

    order: int
    path: str
    label: str | Promise
    icon: str
    is_offered: Callable[[HttpRequest], bool] = _everybody
    others: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Entry:
    """A page as one visitor sees it."""

    path: str
    label: str | Promise
    icon: str
    is_current: bool


_pages: dict[str, dict[str, Page]] = {}


def add_page(shell: str, page: Page) -> None:
    _pages.setdefault(shell, {})[page.path] = page


def entries_for(shell: str, request: HttpRequest) -> list[Entry]:
    """Return the entries of a shell that this visitor is offered, in order; the one that fits closest is current."""
    pages = sorted(_pages.get(shell, {}).values(), key=lambda page: page.order)
    offered = [(page, _fit_of(page, request.path)) for page in pages if page.is_offered(request)]
    closest = max((fit for _, fit in offered), default=0)
    return [Entry(page.path, page.label, page.icon, 0 < fit == closest) for page, fit in offered]


def _fit_of(page: Page, path: str) -> int:
    """Return how many letters of the path are the page's: 0 where it doesn't belong there."""
    return max((len(start) for start in (page.path, *page.others) if path.startswith(start)), default=0)
