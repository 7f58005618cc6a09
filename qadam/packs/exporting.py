"""Write what the installation has as a pack: a folder that, planned against it, says “same” everywhere."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from qadam.lib.documents import SLUG
from qadam.packs.documents import HEAD, KINDS, Kind, known_files, read_pack
from qadam.packs.errors import FaultyPack, FolderTaken
from qadam.packs.queries import Stored, read_stored
from qadam.packs.writing import write_yaml
from qadam.people.models import Company

COMPANY = ("name", "zone", "language", "currency", "day_zero")


@dataclass(frozen=True, slots=True)
class Exported:
    """The files of an export, by their paths inside the folder. `left` stood there and aren't the installation's."""

    written: tuple[str, ...]
    left: tuple[str, ...]


def export_pack(folder: Path) -> Exported:
    """Write every published document, one file each: company defaults, policy, templates, plans, segments, surveys,
    cases, journeys and maps. A pack that is in the folder already is written over and keeps its name and version; files
    that the installation has nothing for are left and named.

    Raises:
        FolderTaken: the folder has files and no pack.
    """
    if folder.exists() and not (folder / HEAD).exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise FolderTaken(folder=folder)
    texts = {HEAD: write_yaml(_head(folder)), **dict(_files(read_stored()))}
    for name, text in texts.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    stood = {path.relative_to(folder).as_posix() for path in known_files(folder)}
    return Exported(tuple(texts), tuple(sorted(stood - texts.keys())))


def _head(folder: Path) -> Mapping[str, Any]:
    name, version = _name_of(folder)
    company = Company.objects.first()
    if company is None:
        return {"pack": name, "version": version}
    return {"pack": name, "version": version, "company": {key: getattr(company, key) for key in COMPANY}}


def _name_of(folder: Path) -> tuple[str, int]:
    """Return the name and version of the pack that is there; a new one is named like its folder."""
    if (folder / HEAD).exists():
        try:
            pack = read_pack(folder)
        except FaultyPack:
            pass
        else:
            return pack.name, pack.version
    name = re.sub(r"[^a-z0-9_-]+", "-", folder.resolve().name.lower()).strip("-")
    return (name if SLUG.fullmatch(name) else "company"), 1


def _files(stored: Mapping[str, Stored]) -> Iterator[tuple[str, str]]:
    """Return (path inside the folder, text) of every document."""
    for kind in KINDS:
        documents = stored[kind.name]
        for name, document in documents.items():
            yield _place_of(kind, name, is_only=len(documents) == 1), write_yaml(document)


def _place_of(kind: Kind, name: str, *, is_only: bool) -> str:
    return kind.file if kind.file and (is_only or not kind.folder) else f"{kind.folder}/{name}.yaml"
