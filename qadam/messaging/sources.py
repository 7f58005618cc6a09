"""Letters that are made from other apps' documents, such as surveys: found by the beginning of their slug.

They are always as the newest document says, and never stand among the templates.
"""

from collections.abc import Callable, Collection, Mapping

from qadam.messaging.documents import TemplateDocument

Source = Callable[[Collection[str]], Mapping[str, TemplateDocument]]
"""slugs -> {slug: template}; a slug that it has nothing usable for is left out."""

_sources: dict[str, Source] = {}


def add_source(prefix: str, source: Source) -> None:
    """Let `source` answer for the slugs that begin with `prefix`. Adding again replaces; wired by the site."""
    _sources[prefix] = source


def is_foreign(slug: str) -> bool:
    """Tell whether a slug belongs to a source, so that no template may be published under it."""
    return slug.startswith(tuple(_sources))


def read_templates(slugs: Collection[str]) -> dict[str, TemplateDocument]:
    """Return {slug: template} of those slugs that the sources know."""
    found: dict[str, TemplateDocument] = {}
    for prefix, source in _sources.items():
        own = [slug for slug in slugs if slug.startswith(prefix)]
        found |= source(own) if own else {}
    return found
