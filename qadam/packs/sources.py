"""Read one YAML file and remember on which line each key stands."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import yaml
from django.utils.translation import gettext as _

from qadam.packs.errors import FaultyPack, FileFault

MOST_BYTES = 1_000_000
DEPTH = 40
NAMES = ("id", "key", "code")
"""Keys that name an item of a list: `steps.welcome` is then a place as good as `steps[1]`."""


class PackLoader(yaml.CSafeLoader):
    """YAML with null, true, false and decimal numbers only: `on`, `10:00` and `2026-03-02` stay what they look like."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}


for _tag, _pattern, _first in (
    ("null", r"(?:~|null|)", ["~", "n", ""]),
    ("bool", r"(?:true|false)", ["t", "f"]),
    ("int", r"-?(?:0|[1-9][0-9]*)", list("-0123456789")),
    ("float", r"-?(?:0|[1-9][0-9]*)\.[0-9]+", list("-0123456789")),
):
    PackLoader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(f"^{_pattern}$"), _first)


@dataclass(frozen=True, slots=True)
class Source:
    """A file as it was read: its path inside the pack, its content as plain data, and the line of each place."""

    file: str
    content: object
    lines: Mapping[str, int] = field(default_factory=dict)
    named: Mapping[str, str] = field(default_factory=dict)
    """{`steps.welcome`: `steps[1]`}"""

    def fault(self, place: str, message: str) -> FileFault:
        return FileFault(self.file, self.line_of(place), place, message)

    def line_of(self, place: str) -> int:
        """Return the line of a place; of the nearest group around it where the place itself isn't in the file."""
        place = self._with_numbers(place)
        while place and place not in self.lines:
            place = place[: max(place.rfind("."), place.rfind("["), 0)]
        return self.lines.get(place, 1)

    def _with_numbers(self, place: str) -> str:
        for end in [*(at for at, letter in enumerate(place) if letter == "."), len(place)]:
            if place[:end] in self.named:
                return self._with_numbers(self.named[place[:end]] + place[end:])
        return place


def read_source(path: Path, file: str) -> Source:
    """Read a YAML file of at most 1,000,000 bytes in UTF-8, one document, no aliases, no tags, no key twice.

    Raises:
        FaultyPack: with the line and what is wrong.
    """
    text = _read_text(path, file)
    loader = PackLoader(text)
    try:
        _refuse_aliases(text, file)
        root = loader.get_single_node()
        if root is None:
            raise FaultyPack([FileFault(file, 1, "", _("the file is empty"))])
        return _Reading(loader, file).read(root)
    except yaml.YAMLError as error:
        raise FaultyPack([_fault_of(error, file, text.count("\n"))]) from error
    finally:
        loader.dispose()


def _read_text(path: Path, file: str) -> str:
    raw = path.read_bytes()
    if len(raw) > MOST_BYTES:
        raise FaultyPack([FileFault(file, 0, "", _("longer than %(limit)s bytes") % {"limit": MOST_BYTES})])
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise FaultyPack([FileFault(file, line, "", _("not UTF-8"))]) from error


def _refuse_aliases(text: str, file: str) -> None:
    """Composing would put the same node in many places, and a few lines could become a billion."""
    for event in yaml.parse(text, Loader=yaml.CSafeLoader) if "*" in text else ():
        if isinstance(event, yaml.AliasEvent):
            line = event.start_mark.line + 1 if event.start_mark else 0
            raise FaultyPack([FileFault(file, line, "", _("aliases (*name) aren't allowed; write the text out"))])


def _fault_of(error: yaml.YAMLError, file: str, last_line: int) -> FileFault:
    """What misses its end is found behind the last line (counted from 0): then the line where it begins says more."""
    mark = getattr(error, "problem_mark", None)
    if mark is not None and mark.line > last_line:
        mark = getattr(error, "context_mark", None) or mark
    problem = getattr(error, "problem", None) or " ".join(str(error).split())
    return FileFault(file, mark.line + 1 if mark else 0, "", _("not YAML: %(problem)s") % {"problem": problem})


class _Reading:
    """Turns the nodes of one file into plain data and gathers where they stand."""

    def __init__(self, loader: PackLoader, file: str) -> None:
        self.loader = loader
        self.file = file
        self.lines: dict[str, int] = {}
        self.named: dict[str, str] = {}
        self.faults: list[FileFault] = []

    def read(self, root: yaml.Node) -> Source:
        content = self._read(root, "", 0)
        if self.faults:
            raise FaultyPack(self.faults)
        return Source(self.file, content, self.lines, self.named)

    def _read(self, node: yaml.Node, place: str, depth: int) -> object:
        self.lines.setdefault(place, node.start_mark.line + 1)
        if depth > DEPTH:
            self._complain(node, place, _("nested too deeply"))
        elif isinstance(node, yaml.MappingNode):
            return self._read_mapping(node, place, depth)
        elif isinstance(node, yaml.SequenceNode):
            return [self._read_item(each, place, at, depth) for at, each in enumerate(node.value)]
        elif node.tag.rpartition(":")[2] in ("str", "null", "bool", "int", "float"):
            return self.loader.construct_object(node)
        else:
            self._complain(node, place, _("tags (!name) aren't allowed"))
        return None

    def _read_mapping(self, node: yaml.MappingNode, place: str, depth: int) -> dict[str, object]:
        found: dict[str, object] = {}
        for key_node, value_node in node.value:
            key = str(key_node.value) if isinstance(key_node, yaml.ScalarNode) else ""
            inner = f"{place}.{key}" if place else key
            if not key:
                self._complain(key_node, place, _("a key must be a word"))
            elif key in found:
                self._complain(key_node, inner, _("this key stands here twice"))
            else:
                self.lines[inner] = key_node.start_mark.line + 1
                found[key] = self._read(value_node, inner, depth + 1)
        return found

    def _read_item(self, node: yaml.Node, place: str, at: int, depth: int) -> object:
        item = self._read(node, f"{place}[{at}]", depth + 1)
        name = next((item[key] for key in NAMES if key in item), None) if isinstance(item, dict) else None
        if isinstance(name, str) and f"{place}.{name}" not in self.lines:
            self.named.setdefault(f"{place}.{name}", f"{place}[{at}]")
        return item

    def _complain(self, node: yaml.Node, place: str, message: str) -> None:
        self.faults.append(FileFault(self.file, node.start_mark.line + 1, place, message))
