from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from qadam.lib.errors import DomainError, Kind


@dataclass(frozen=True, slots=True)
class FileFault:
    """What is wrong in one file of a pack. `line` counts from 1, 0 = the file as a whole; `place` is a key's path."""

    file: str
    line: int
    place: str
    message: str

    def __str__(self) -> str:
        where = gettext("%(file)s, line %(line)s") % {"file": self.file, "line": self.line} if self.line else self.file
        return ": ".join(part for part in (where, self.place, self.message) if part)


class FaultyPack(DomainError):
    """A folder that can't be applied; `faults` names every file, line and key."""

    kind = Kind.REFUSED
    message = _("The pack has faults:\n%(faults)s")

    def __init__(self, faults: Sequence[FileFault]) -> None:
        self.faults = tuple(faults)
        super().__init__(faults="\n".join(map(str, faults)))


class UnknownPack(DomainError):
    """There is no folder of that name, and no pack that comes with the product."""

    kind = Kind.MISSING
    message = _("There is no folder “%(folder)s”. Packs that come with Qadam: %(ready)s.")


class FolderTaken(DomainError):
    """An export would mix with files that aren't a pack's."""

    kind = Kind.CONFLICT
    message = _("“%(folder)s” isn't empty and holds no pack. Choose an empty folder, or one with a pack to write over.")
