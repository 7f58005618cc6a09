"""What changed between two documents, place by place, in words that fit on a line. Plain Python."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

NAMES = ("id", "key", "code", "week")
"""Keys that name an item of a list, so that `steps.welcome` is found again wherever it moved."""
MOST = 60
"""Characters of a value that are shown."""
AROUND = 12
"""Characters shown before the first difference of two long texts."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One place that differs. `old` None: it is new; `new` None: it is gone; both None: changed elsewhere."""

    place: str
    old: str | None
    new: str | None


def compare(old: object, new: object, place: str = "") -> list[Difference]:
    """Return every place that differs, in the order of the new document, what is gone last."""
    return list(_compare(old, new, place))


def _compare(old: object, new: object, place: str) -> Iterator[Difference]:
    if _is_same(old, new):
        return
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        yield from _compare_keys(old, new, place)
    elif isinstance(old, list) and isinstance(new, list) and (old_named := _named(old)) and (new_named := _named(new)):
        yield from _compare_keys(old_named, new_named, place)
        kept_before = [name for name in old_named if name in new_named]
        kept_now = [name for name in new_named if name in old_named]
        if kept_before != kept_now:
            yield Difference(place, _shorten(", ".join(kept_before)), _shorten(", ".join(kept_now)))
    elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        for at, (before, now) in enumerate(zip(old, new, strict=True)):
            yield from _compare(before, now, f"{place}[{at}]")
    else:
        yield Difference(place, *_show_both(old, new))


def _compare_keys(old: Mapping[str, object], new: Mapping[str, object], place: str) -> Iterator[Difference]:
    for key, value in new.items():
        inner = f"{place}.{key}" if place else key
        if key in old:
            yield from _compare(old[key], value, inner)
        else:
            yield Difference(inner, None, _show(value))
    for key, value in old.items():
        if key not in new:
            yield Difference(f"{place}.{key}" if place else key, _show(value), None)


def _is_same(old: object, new: object) -> bool:
    """Compare as documents are compared: true isn't 1, and the order of keys means nothing."""
    return json.dumps(old, sort_keys=True, default=str) == json.dumps(new, sort_keys=True, default=str)


def _named(items: Sequence[object]) -> dict[str, object] | None:
    """Return {name: item} of a list whose items all have names, no two the same."""
    found: dict[str, object] = {}
    for item in items:
        name = next((str(item[key]) for key in NAMES if key in item), None) if isinstance(item, Mapping) else None
        if name is None or name in found:
            return None
        found[name] = item
    return found


def _show(value: object) -> str:
    return _shorten(value if isinstance(value, str) else _plain(value))


def _plain(value: object) -> str:
    """Write a value on one line, as YAML would."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}: {_plain(each)}" for key, each in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_plain, value)) + "]"
    return value if isinstance(value, str) else json.dumps(value)


def _show_both(old: object, new: object) -> tuple[str, str]:
    """Show two values; of long texts the part where they begin to differ."""
    before, now = (value if isinstance(value, str) else _plain(value) for value in (old, new))
    if before == now:  # the text "1" and the number 1
        return json.dumps(old, ensure_ascii=False), json.dumps(new, ensure_ascii=False)
    same = next((at for at, (a, b) in enumerate(zip(before, now, strict=False)) if a != b), min(len(before), len(now)))
    is_far = same > MOST // 2 and max(len(before), len(now)) > MOST
    start = before.rfind(" ", 0, same - AROUND) + 1 if is_far else 0
    return _shorten(before, start), _shorten(now, start)


def _shorten(text: str, start: int = 0) -> str:
    line = " ".join(text[start:].split())
    return ("…" if start else "") + (line if len(line) <= MOST else f"{line[: MOST - 1]}…")
