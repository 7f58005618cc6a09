"""Changes of a map's documents as small documents, each with the one that undoes it. Plain Python.

A change is one of

    {do: set, at: [stages, s2, name], to: {…}}        no `to`: the field is taken out
    {do: add, at: [stages], item: {…}, before: s3}    no `before`: at the end
    {do: remove, at: [stages, s2]}
    {do: move, at: [stages, s2], before: s1}          with `to: [stages, s4, touchpoints]`: into another list;
                                                      only what has a name is moved
    {do: all, changes: […]}                           in order, or not at all

`at` leads through keys; an item of a list is named by its own `key` or `code`, a text by itself, anything else (a line
of text, a metric) by its number. `case: no-show` in a change says that it is about the document of that case.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from qadam.maps.editing_errors import AlreadyThere, NoSuchPlace

Document = Mapping[str, Any]
Change = Mapping[str, Any]
Path = Sequence[str]
MISSING: Final = object()
"""What stands at a place where nothing stands."""
NAMED_BY = {"stages": "key", "touchpoints": "code", "measures": "key"}
"""{list: the key that names its items}."""


def apply_all(documents: Mapping[str, Document], change: Change) -> tuple[dict[str, Document], dict[str, Any]]:
    """Return the documents after a change, and the change that brings them back.

    `documents` are the map's under "" and those of cases under their keys; none of them is altered.

    Raises:
        NoSuchPlace: the change speaks of something that isn't there.
        AlreadyThere: it adds something under a name that is taken.
    """
    if change["do"] == "all":
        return _apply_each(dict(documents), change["changes"])
    which = change.get("case", "")
    if which not in documents:
        raise NoSuchPlace(place=which)
    changed, inverse = apply(documents[which], change)
    return {**documents, which: changed}, _about(inverse, which)


def _about(change: dict[str, Any], which: str) -> dict[str, Any]:
    """Say in a change, and in those within it, which case's document it is about."""
    if not which:
        return change
    if change["do"] == "all":
        return {"do": "all", "changes": [_about(each, which) for each in change["changes"]]}
    return {**change, "case": which}


def _apply_each(
    documents: dict[str, Document], changes: Sequence[Change]
) -> tuple[dict[str, Document], dict[str, Any]]:
    inverses: list[dict[str, Any]] = []
    for each in changes:
        documents, inverse = apply_all(documents, each)
        inverses.insert(0, inverse)
    return documents, {"do": "all", "changes": inverses}


def apply(document: Document, change: Change) -> tuple[Document, dict[str, Any]]:
    """Return one document after a change, and the change that brings it back. The document itself isn't altered.

    Raises:
        NoSuchPlace, AlreadyThere: as `apply_all`.
    """
    kinds: dict[str, Callable[[Document, Change], tuple[Document, dict[str, Any]]]] = {
        "set": _set, "add": _add, "remove": _remove, "move": _move,
    }  # fmt: skip
    if change["do"] == "all":
        documents, inverse = _apply_each({"": document}, change["changes"])
        return documents[""], inverse
    if change["do"] not in kinds or not change["at"]:
        raise NoSuchPlace(place=str(change["do"]))
    return kinds[change["do"]](document, change)


def read(document: Document, path: Path) -> Any:
    """Return what stands at a place; MISSING where nothing does.

    Raises:
        NoSuchPlace: what should hold it isn't there.
    """
    holder: Any = document
    for place, step in enumerate(path):
        value = _step_into(holder, path[:place], step)
        if value is MISSING and place < len(path) - 1:
            raise NoSuchPlace(place="/".join(path))
        holder = value
    return holder


def numbered(document: Document, path: Path) -> str:
    """Return a place as the faults of a document name it: stages[1].metrics[0].target."""
    words, holder = "", document
    for place, step in enumerate(path):
        if isinstance(holder, list):
            words += f"[{_find(holder, path[:place], step)}]"
        else:
            words += f".{step}" if words else step
        holder = _step_into(holder, path[:place], step)
    return words


# ── Kinds of change ───────────────────────────────────────


def _set(document: Document, change: Change) -> tuple[Document, dict[str, Any]]:
    path = change["at"]
    old = read(document, path)
    inverse: dict[str, Any] = {"do": "set", "at": list(path)}
    if old is not MISSING:
        inverse["to"] = old
    return _put(document, path, change.get("to", MISSING)), inverse


def _add(document: Document, change: Change) -> tuple[Document, dict[str, Any]]:
    path, item = list(change["at"]), change["item"]
    found = read(document, path)
    items = [] if found is MISSING else list(found)
    name = _name_of(item, path)
    if name is not None and any(_name_of(each, path) == name for each in items):
        raise AlreadyThere(name=name)
    place = len(items) if change.get("before") is None else _find(items, path, change["before"])
    items.insert(place, item)
    changed = _put(document, path, items)
    if found is MISSING:
        return changed, {"do": "set", "at": path}
    return changed, {"do": "remove", "at": [*path, str(place) if name is None else name]}


def _remove(document: Document, change: Change) -> tuple[Document, dict[str, Any]]:
    *path, step = change["at"]
    items = _list_at(document, path)
    place = _find(items, path, step)
    inverse = {"do": "add", "at": path, "item": items[place], **_before(items, path, place)}
    return _put(document, path, [*items[:place], *items[place + 1 :]]), inverse


def _move(document: Document, change: Change) -> tuple[Document, dict[str, Any]]:
    *path, step = change["at"]
    to = list(change.get("to", path))
    if to != path:
        item = read(document, change["at"])
        adding = {"do": "add", "at": to, "item": item, "before": change.get("before")}
        moved, inverse = _apply_each({"": document}, [{"do": "remove", "at": change["at"]}, adding])
        return moved[""], inverse
    items = _list_at(document, path)
    place = _find(items, path, step)
    if _name_of(items[place], path) is None:
        raise NoSuchPlace(place="/".join([*path, step]))
    item, rest = items[place], [*items[:place], *items[place + 1 :]]
    inverse = {"do": "move", "at": [*path, step], **_before(items, path, place)}
    before = change.get("before")
    if before == step:
        return document, inverse
    rest.insert(len(rest) if before is None else _find(rest, path, before), item)
    return _put(document, path, rest), inverse


def _before(items: Sequence[Any], path: Path, place: int) -> dict[str, str]:
    """Say which item follows the one at `place`, so that it finds its way back."""
    if place + 1 >= len(items):
        return {}
    name = _name_of(items[place + 1], path)
    return {"before": str(place) if name is None else name}


# ── Ways through a document ───────────────────────────────


def _step_into(holder: Any, way: Path, step: str) -> Any:
    if isinstance(holder, list):
        return holder[_find(holder, way, step)]
    if isinstance(holder, Mapping):
        return holder.get(step, MISSING)
    raise NoSuchPlace(place="/".join([*way, step]))


def _list_at(document: Document, path: Path) -> list[Any]:
    found = read(document, path)
    if not isinstance(found, list):
        raise NoSuchPlace(place="/".join(path))
    return found


def _name_of(item: Any, path: Path) -> str | None:
    """Return the name under which an item of the list at `path` is found; None: it goes by its number."""
    if isinstance(item, str):
        return item
    key = NAMED_BY.get(path[-1]) if path else None
    return item.get(key) if key and isinstance(item, Mapping) else None


def _find(items: Sequence[Any], path: Path, name: str) -> int:
    for place, item in enumerate(items):
        own = _name_of(item, path)
        if own == name or (own is None and str(place) == name):
            return place
    raise NoSuchPlace(place="/".join([*path, name]))


def _put(holder: Any, path: Path, value: Any, way: Path = ()) -> Any:
    """Return a copy of a document with another value at a place; MISSING takes it out of its group of keys.

    An item of a list can be neither taken out nor renamed this way: it would no longer be found.
    """
    step, *rest = path
    if isinstance(holder, list):
        place = _find(holder, way, step)
        item = _put(holder[place], rest, value, (*way, step)) if rest else value
        if item is MISSING or _name_of(item, way) != _name_of(holder[place], way):
            raise NoSuchPlace(place="/".join([*way, step]))
        return [*holder[:place], item, *holder[place + 1 :]]
    if rest:
        return {**holder, step: _put(_step_into(holder, way, step), rest, value, (*way, step))}
    if value is MISSING:
        return {key: each for key, each in holder.items() if key != step}
    return {**holder, step: value}
