"""Read a pack: a folder of documents. Each app parses its own; here they become one whole with every fault named."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypeVar

from django.utils.translation import gettext as _

from qadam.cases.documents import parse as parse_case
from qadam.journeys.documents import parse_journey
from qadam.lib.clock import is_zone
from qadam.lib.documents import FaultyDocument, Node, open_document, refuse_faults
from qadam.lib.text import LANGUAGES
from qadam.maps.documents import parse as parse_map
from qadam.messaging.documents import parse_template
from qadam.packs.errors import FaultyPack, FileFault, UnknownPack
from qadam.packs.sources import Source, read_source
from qadam.people.models import DayZero
from qadam.tasks.documents import parse_plan

T = TypeVar("T")

HERE = Path(__file__).resolve().parent
START = HERE / "start"
"""The pack that comes with the product."""
HEAD = "pack.yaml"
MAP = "map.yaml"


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of document: the key that names it, its folder ("" = map.yaml), and the parser of the app that owns it."""

    key: str
    folder: str
    parse: Callable[[Mapping[str, object]], object]


KINDS = (
    Kind("template", "templates", parse_template),
    Kind("plan", "plans", parse_plan),
    Kind("case", "cases", parse_case),
    Kind("journey", "journeys", parse_journey),
    Kind("map", "", parse_map),
)
"""In the order of applying: what is named comes before what names it."""


@dataclass(frozen=True, slots=True)
class CompanyDefaults:
    """Settings for an installation that has no company yet."""

    name: str
    zone: str
    language: str
    currency: str
    day_zero: str


@dataclass(frozen=True, slots=True)
class PackDocument:
    kind: str
    name: str
    content: Mapping[str, object]
    source: Source


@dataclass(frozen=True, slots=True)
class Pack:
    """A pack whose documents are all readable, in the order of applying."""

    name: str
    version: int
    company: CompanyDefaults | None
    documents: tuple[PackDocument, ...]


def find_folder(name: str) -> Path:
    """Return the folder at a path, or the pack of that name that comes with the product.

    Raises:
        UnknownPack: there is neither.
    """
    ready = sorted(each.parent.name for each in HERE.glob(f"*/{HEAD}"))
    for folder in (Path(name), HERE / name):
        if folder.is_dir() and (folder == Path(name) or name in ready):
            return folder
    raise UnknownPack(folder=name, ready=", ".join(ready))


def read_pack(folder: Path) -> Pack:
    """Read a folder of documents.

    Raises:
        FaultyPack: every fault of every file with its line and key.
    """
    faults = list(_find_strangers(folder))
    head = _collect(faults, lambda: _read_head(folder))
    found = [
        _collect(faults, partial(_read_document, folder, path, kind))
        for kind in KINDS
        for path in _files_of(folder, kind)
    ]
    if faults or head is None:
        raise FaultyPack(faults)
    name, version, company = head
    return Pack(name, version, company, tuple(document for document in found if document is not None))


def _collect(faults: list[FileFault], read: Callable[[], T]) -> T | None:
    try:
        return read()
    except FaultyPack as error:
        faults.extend(error.faults)
        return None


def _files_of(folder: Path, kind: Kind) -> list[Path]:
    if not kind.folder:
        return [folder / MAP] if (folder / MAP).exists() else []
    return sorted((folder / kind.folder).glob("*.yaml"))


def _find_strangers(folder: Path) -> Iterator[FileFault]:
    """Name the YAML files that nobody would read: a wrong folder, a wrong ending."""
    known = {folder / HEAD, *(path for kind in KINDS for path in _files_of(folder, kind))}
    folders = ", ".join(f"{kind.folder}/NAME.yaml" for kind in KINDS if kind.folder)
    for path in sorted([*folder.rglob("*.yaml"), *folder.rglob("*.yml")]):
        if path not in known:
            message = _("not a place for a document; allowed: %(allowed)s") % {"allowed": f"{HEAD}, {MAP}, {folders}"}
            yield FileFault(path.relative_to(folder).as_posix(), 0, "", message)


def _read_document(folder: Path, path: Path, kind: Kind) -> PackDocument:
    source = read_source(path, path.relative_to(folder).as_posix())
    content = _read_content(source)
    with_source(source, lambda: kind.parse(content))
    name = str(content[kind.key])
    if kind.folder and name != path.stem:
        message = _("the file is named “%(stem)s”; name both alike") % {"stem": path.stem}
        raise FaultyPack([source.fault(kind.key, message)])
    return PackDocument(kind.key, name, content, source)


def _read_content(source: Source) -> Mapping[str, object]:
    if not isinstance(source.content, dict):
        raise FaultyPack([source.fault("", _("a group of keys is needed"))])
    return source.content


def with_source(source: Source, act: Callable[[], T]) -> T:
    """Do something with a document; its faults come back with file and line.

    Raises:
        FaultyPack: the document is faulty.
    """
    try:
        return act()
    except FaultyDocument as error:
        raise FaultyPack([source.fault(fault.place, fault.message) for fault in error.faults]) from error


def _read_head(folder: Path) -> tuple[str, int, CompanyDefaults | None]:
    if not (folder / HEAD).exists():
        raise FaultyPack([FileFault(HEAD, 0, "", _("this file is missing; every pack needs one"))])
    source = read_source(folder / HEAD, HEAD)
    return with_source(source, lambda: _parse_head(source.content))


def _parse_head(content: object) -> tuple[str, int, CompanyDefaults | None]:
    node = open_document(content)
    node.refuse_other_keys("pack", "version", "company")
    head = (
        node.slug("pack"),
        node.integer("version", at_least=1),
        _read_company(node.node("company")) if node.has("company") else None,
    )
    refuse_faults(node)
    return head


def _read_company(node: Node) -> CompanyDefaults:
    node.refuse_other_keys("name", "zone", "language", "currency", "day_zero")
    zone, currency = node.text("zone"), node.text("currency")
    if zone and not is_zone(zone):
        node.complain("zone", _("a time zone such as Asia/Almaty is needed"))
    if currency and not (len(currency) == 3 and currency.isascii() and currency.isupper()):
        node.complain("currency", _("a code of three letters such as KZT is needed"))
    return CompanyDefaults(
        name=node.text("name"),
        zone=zone,
        language=node.choice("language", LANGUAGES),
        currency=currency,
        day_zero=node.choice("day_zero", DayZero.values, DayZero.REGISTERED),
    )
