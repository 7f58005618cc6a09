"""What a browser sent from the condition builder, as a document again.

A button inside carries `do`: row, group, drop, begin, also, filter or unfilter, and the path it is about.
"""

from typing import Any

import yaml
from django.http import QueryDict

from qadam.conditions.documents import FIELDS
from qadam.office.condition_rows import (
    BLANKS,
    COMPARISONS,
    GROUPS,
    LEAVES,
    OCCURRENCES,
    Filter,
    Row,
    join_length,
    write_row,
)


def read_condition(post: QueryDict, path: str, do: str = "") -> Any:
    """Return the document of the condition at `path`, with what the button `do` asks for; None where there is none."""
    if do == f"begin:{path}":
        return BLANKS["did"]
    kind = post.get(f"{path}.is")
    if kind is None:
        return None
    rows = _read_rows(post, path, do, "any" if kind == "all" else "all")
    if not rows:
        return None
    if kind == "bare":
        return rows[0] if len(rows) == 1 else {"all": rows}
    return _negated(post, path, {kind: rows})


def _read_rows(post: QueryDict, path: str, do: str, other: str) -> list[Any]:
    size = _read_size(post, path, most=200)
    rows = [_read_row(post, f"{path}.{n}", do) for n in range(size) if do != f"drop:{path}.{n}"]
    if do == f"row:{path}":
        rows.append(BLANKS["did"])
    elif do == f"group:{path}":
        rows.append({other: [BLANKS["did"]]})
    return rows


def _read_size(post: QueryDict, path: str, *, most: int) -> int:
    size = post.get(f"{path}.size", "")
    return min(int(size), most) if size.isdecimal() and len(size) < 6 else 0


def _negated(post: QueryDict, path: str, document: Any) -> Any:
    return {"not": document} if post.get(f"{path}.not") == "1" else document


def _read_row(post: QueryDict, path: str, do: str) -> Any:
    kind = post.get(f"{path}.is", "yaml")
    was = post.get(f"{path}.was", kind)
    if kind in GROUPS:
        return _negated(post, path, {kind: _read_rows(post, path, do, "any" if kind == "all" else "all")})
    if kind != was and not (kind in OCCURRENCES and was in OCCURRENCES):
        return BLANKS.get(kind, {})
    if kind not in (*LEAVES, "team"):
        return _read_yaml(post.get(f"{path}.yaml", ""))
    if kind == "team":
        inner = read_condition(post, f"{path}.where", do) or BLANKS["did"]
        rows: tuple[Row, ...] = (Row("yaml", "", "", inner),)
        return write_row(Row("team", path, "", None, _read_fields(post, path, do), rows, _is_negated(post, path)))
    return write_row(Row(kind, path, "", None, _read_fields(post, path, do), (), _is_negated(post, path)))


def _is_negated(post: QueryDict, path: str) -> bool:
    return post.get(f"{path}.not") == "1"


def _read_yaml(text: str) -> Any:
    try:
        return {} if not text.strip() else yaml.safe_load(text)
    except yaml.YAMLError:
        return text


def _read_fields(post: QueryDict, path: str, do: str) -> dict[str, Any]:
    """Read all fields that a line may have; its kind takes what it knows."""
    texts = ("at_least", "at_most", "day_from", "day_to", "since", "since_event", "of", "in", "field")
    sums = ("distinct", "sum_of", "sum_least", "unless_event", "unless_same")
    events = [event for event in post.getlist(f"{path}.event") if event] or [""]
    fields: dict[str, Any] = {name: post.get(f"{path}.{name}", "").strip() for name in (*texts, *sums)}
    fields["events"] = (*events, "") if do == f"also:{path}" else tuple(events)
    fields["filters"] = read_filters(post, path, do)
    fields["within"] = read_length(post, f"{path}.within")
    fields["elapsed"] = read_length(post, f"{path}.elapsed")
    fields["values"] = _read_values(post, path, fields["field"])
    fields["keys"] = (*post.getlist(f"{path}.keys"), *split_list(post.get(f"{path}.others", "")))
    return fields


def _read_values(post: QueryDict, path: str, name: str) -> tuple[str, ...]:
    if post.get(f"{path}.field_was", name) == name:
        return tuple(post.getlist(f"{path}.value"))
    first = next(iter(FIELDS.get(name, {})), "")
    return (str(first).lower() if isinstance(first, bool) else str(first),)


def read_filters(post: QueryDict, path: str, do: str = "") -> tuple[Filter, ...]:
    """Read the tests of properties below a path; a line without a property is dropped, unless it was just added."""
    found = []
    for n in range(_read_size(post, f"{path}.w", most=50)):
        place = f"{path}.w.{n}"
        name, op = post.get(f"{place}.name", ""), post.get(f"{place}.op", "is")
        values = post.getlist(f"{place}.value")
        several = tuple(values) if len(values) > 1 or op != "is" else tuple(split_list("".join(values)))
        if name and do != f"unfilter:{place}":
            found.append(Filter(name, op if op in COMPARISONS else "is", several))
    return (*found, Filter()) if do == f"filter:{path}" else tuple(found)


def read_length(post: QueryDict, name: str) -> str:
    return join_length(post.get(f"{name}.n", ""), post.get(f"{name}.unit", "D"))


def split_list(text: str) -> list[str]:
    return [part for each in text.split(",") if (part := each.strip())]
