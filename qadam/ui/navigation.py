"""Which pages a shell offers. Each door adds its own in `AppConfig.ready`, so a shell shows only what exists."""

from collections.abc import Callable
from dataclasses import dataclass

from django.http import HttpRequest
from django.utils.functional import Promise


def _everybody(request: HttpRequest) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Page:
    """One entry of a shell's navigation. `order` sorts; `path` is its address and the beginning of those below it."""

    order: int
    path: str
    label: str | Promise
    icon: str
    is_offered: Callable[[HttpRequest], bool] = _everybody


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
    """Return the entries of a shell that this visitor is offered, in order."""
    pages = sorted(_pages.get(shell, {}).values(), key=lambda page: page.order)
    return [
        Entry(page.path, page.label, page.icon, request.path.startswith(page.path))
        for page in pages
        if page.is_offered(request)
    ]
