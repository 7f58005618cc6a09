"""Liquid: compile, check and render the texts of templates. Strict: what isn't known is an error, never a blank."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from django.utils.translation import gettext
from liquid import BoundTemplate, Environment
from liquid.exceptions import LiquidError
from liquid.static_analysis import TemplateAnalysis
from liquid.undefined import FalsyStrictUndefined

from qadam.messaging.errors import UnrenderableLetter

BUILT_IN_PARTS = ("size", "first", "last")
"""What Liquid knows of every text and list."""


class BoundedEnvironment(Environment):
    """Liquid that can't run away: a loop or an output without end is an error of that one letter."""

    loop_iteration_limit = 1_000
    output_stream_limit = 200_000
    local_namespace_limit = 200_000


@dataclass(frozen=True, slots=True)
class TextFault:
    """What is wrong in one text; `line` counts from 1."""

    line: int
    message: str


def _make_environment() -> Environment:
    # Texts are rendered plain and escaped as a whole when they enter the HTML part (by the layout's autoescape), so
    # that no value and no filter, "safe" included, can carry markup into a letter.
    environment = BoundedEnvironment(undefined=FalsyStrictUndefined)
    for name in ("include", "render"):
        del environment.tags[name]
    return environment


_environment = _make_environment()


@lru_cache(maxsize=2_000)
def _compile(source: str) -> BoundTemplate:
    return _environment.from_string(source)


def find_text_faults(source: str, declared: Collection[str]) -> list[TextFault]:
    """Return the faults of a Liquid text: its syntax error, or each unknown filter and undeclared variable."""
    try:
        analysis = _compile(source).analyze()
    except LiquidError as error:
        return [TextFault(_line_of(error, source), str(error.message))]
    faults = [*_unknown_filters(analysis, source), *_undeclared_variables(analysis, source, declared)]
    return sorted(faults, key=lambda each: each.line)


def _unknown_filters(analysis: TemplateAnalysis, source: str) -> Iterator[TextFault]:
    for name, spans in analysis.filters.items():
        if name not in _environment.filters:
            message = gettext("there is no filter “%(name)s”") % {"name": name}
            yield TextFault(_line_at(source, spans[0].index), message)


def _undeclared_variables(analysis: TemplateAnalysis, source: str, declared: Collection[str]) -> Iterator[TextFault]:
    for uses in analysis.globals.values():
        for use in uses:
            if not _is_declared([str(segment) for segment in use.segments], declared):
                message = gettext("“%(name)s” is not among the variables of this template") % {"name": str(use)}
                yield TextFault(_line_at(source, use.span.index), message)


def _is_declared(path: list[str], declared: Collection[str]) -> bool:
    own_path = path[:-1] if path[-1] in BUILT_IN_PARTS and len(path) > 1 else path
    return ".".join(path) in declared or ".".join(own_path) in declared


def _line_at(source: str, index: int) -> int:
    return source.count("\n", 0, max(index, 0)) + 1


def _line_of(error: LiquidError, source: str) -> int:
    """Return the line of an error; one at the end of the text has no place of its own, so the last line."""
    at = error.token.start_index if error.token is not None else -1
    return _line_at(source, at if 0 <= at < len(source) else len(source.rstrip()))


def render_text(source: str, values: Mapping[str, object]) -> str:
    """Render a Liquid text with one member's values.

    Raises:
        UnrenderableLetter: a variable is unknown for this member, or the text can't be rendered.
    """
    try:
        return _compile(source).render(**values)
    except LiquidError as error:
        raise UnrenderableLetter(str(error.message)) from error
