"""What a browser would send back of a form that is shown: for tests that a form loses nothing."""

from collections.abc import Iterable, Iterator
from typing import Any

from django.http import QueryDict

from qadam.office.condition_form import Line, Widget
from qadam.office.recognition_fields import Section


def post_of(sections: Iterable[Section], **more: Any) -> QueryDict:
    """Return the fields of a form as they stand, with changes: None takes a field out, a list gives several values."""
    post = QueryDict(mutable=True)
    for name, value in _fields(sections):
        post.appendlist(name, value)
    for name, value in more.items():
        post.setlist(name, value if isinstance(value, list) else [] if value is None else [value])
    return post


def _fields(sections: Iterable[Section]) -> Iterator[tuple[str, str]]:
    for section in sections:
        for part in section.parts:
            yield from ((text.name, text.value) for text in part.texts)
            yield from ((name, str(size)) for name, size in part.sizes)
            yield from _of_widgets(part.widgets)
            if part.builder and part.builder.root:
                yield from _of_line(part.builder.root)


def _of_widgets(widgets: Iterable[Widget]) -> Iterator[tuple[str, str]]:
    for widget in widgets:
        if widget.kind == "checks":
            yield from ((widget.name, option.value) for option in widget.options if option.is_chosen)
        else:
            yield widget.name, widget.value


def _of_line(line: Line) -> Iterator[tuple[str, str]]:
    row = line.row
    if row.kind in ("all", "any", "bare"):
        yield from ((f"{row.path}.is", row.kind), (f"{row.path}.size", str(len(line.lines))))
        yield from ((f"{row.path}.not", "1"),) if row.is_negated else ()
    else:
        yield from ((f"{row.path}.was", row.kind), (f"{row.path}.w.size", str(len(row.fields.get("filters", ())))))
        if line.kind is not None:
            yield line.kind.name, line.kind.value
        yield from _of_widgets((*line.widgets, *line.more))
        if row.kind == "yaml":
            yield f"{row.path}.yaml", line.yaml
    for each in line.lines:
        yield from _of_line(each)
