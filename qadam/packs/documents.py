"""Read a pack: a folder of documents. Each app parses its own; here they become one whole with every fault named."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypeVar

from django.utils.translation import gettext as _

from qadam.cases.documents import parse as parse_case
from qadam.journeys.documents import parse_journey
from qadam.journeys.surveying import parse_survey_with_letter
from qadam.lib.clock import is_zone
from qadam.lib.documents import FaultyDocument, Node, open_document, refuse_faults
from qadam.lib.text import LANGUAGES
from qadam.maps.documents import parse as parse_map
from qadam.messaging.documents import parse_policy, parse_template
from qadam.packs.errors import FaultyPack, FileFault, UnknownPack
from qadam.packs.sources import Source, read_source
from qadam.people.consent_texts import parse_consent
from qadam.people.models import DayZero
from qadam.people.terms import parse_terms
from qadam.recognition.badge_documents import parse_badge
from qadam.recognition.board_documents import parse_board
from qadam.recognition.challenge_documents import parse_challenge
from qadam.recognition.documents import parse_levels, parse_point_rule, parse_streak
from qadam.segments.documents import parse_segment, parse_segmentation
from qadam.tasks.documents import parse_plan

T = TypeVar("T")

HERE = Path(__file__).resolve().parent
START = HERE / "start"
"""The pack that comes with the product."""
HEAD = "pack.yaml"


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of document and the parser of the app that owns it.

    `key` names a document inside it ("" = there is one only, named by its file). Documents stand in `folder`, in the
    one file `file`, or, where both are given, in either.
    """

    name: str
    key: str
    parse: Callable[[Mapping[str, object]], object]
    folder: str = ""
    file: str = ""

    @property
    def places(self) -> list[str]:
        """Return where documents of this kind may stand, for a person to read."""
        return [place for place in (self.file, f"{self.folder}/NAME.yaml" if self.folder else "") if place]


KINDS = (
    Kind("policy", "", parse_policy, file="messaging.yaml"),
    Kind("consent", "consent", parse_consent, folder="consents"),
    Kind("terms", "", parse_terms, file="terms.yaml"),
    Kind("template", "template", parse_template, folder="templates"),
    Kind("plan", "plan", parse_plan, folder="plans"),
    Kind("segment", "segment", parse_segment, folder="segments"),
    Kind("segmentation", "segmentation", parse_segmentation, folder="segmentations"),
    Kind("survey", "survey", parse_survey_with_letter, folder="surveys"),
    Kind("point rule", "rule", parse_point_rule, folder="point_rules"),
    Kind("levels", "levels", parse_levels, folder="levels"),
    Kind("streak", "streak", parse_streak, folder="streaks"),
    Kind("badge", "badge", parse_badge, folder="badges"),
    Kind("challenge", "challenge", parse_challenge, folder="challenges"),
    Kind("board", "board", parse_board, folder="boards"),
    Kind("case", "case", parse_case, folder="cases"),
    Kind("journey", "journey", parse_journey, folder="journeys"),
    Kind("map", "map", parse_map, folder="maps", file="map.yaml"),
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
    """One document of a pack; `kind` is a name of KINDS."""

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
    documents = tuple(document for document in found if document is not None)
    faults += _find_twins(documents)
    if faults or head is None:
        raise FaultyPack(faults)
    name, version, company = head
    return Pack(name, version, company, documents)


def _collect(faults: list[FileFault], read: Callable[[], T]) -> T | None:
    try:
        return read()
    except FaultyPack as error:
        faults.extend(error.faults)
        return None


def _files_of(folder: Path, kind: Kind) -> list[Path]:
    single = [folder / kind.file] if kind.file and (folder / kind.file).exists() else []
    return single + (sorted((folder / kind.folder).glob("*.yaml")) if kind.folder else [])


def known_files(folder: Path) -> set[Path]:
    """Return the files of a folder that are read as a pack's."""
    return {folder / HEAD, *(path for kind in KINDS for path in _files_of(folder, kind))}


def _find_strangers(folder: Path) -> Iterator[FileFault]:
    """Name the YAML files that nobody would read: a wrong folder, a wrong ending."""
    known = known_files(folder)
    allowed = ", ".join([HEAD, *(place for kind in KINDS for place in kind.places)])
    for path in sorted([*folder.rglob("*.yaml"), *folder.rglob("*.yml")]):
        if path not in known:
            message = _("not a place for a document; allowed: %(allowed)s") % {"allowed": allowed}
            yield FileFault(path.relative_to(folder).as_posix(), 0, "", message)


def _find_twins(documents: Iterable[PackDocument]) -> Iterator[FileFault]:
    """Name the documents that another file has already: a map in map.yaml and once more in maps/."""
    files: dict[tuple[str, str], str] = {}
    for each in documents:
        first = files.setdefault((each.kind, each.name), each.source.file)
        if first != each.source.file:
            yield each.source.fault(each.kind, _("“%(name)s” is in %(file)s too") % {"name": each.name, "file": first})


def _read_document(folder: Path, path: Path, kind: Kind) -> PackDocument:
    source = read_source(path, path.relative_to(folder).as_posix())
    content = _read_content(source)
    with_source(source, lambda: kind.parse(content))
    name = str(content[kind.key]) if kind.key else path.stem
    if path.name != kind.file and name != path.stem:
        message = _("the file is named “%(stem)s”; name both alike") % {"stem": path.stem}
        raise FaultyPack([source.fault(kind.key, message)])
    return PackDocument(kind.name, name, content, source)


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
