"""`qadam pack plan|apply|export FOLDER`: content documents into the installation, with a dry run, and out of it."""

from argparse import ArgumentParser
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from qadam.lib.clock import utc_now
from qadam.lib.errors import DomainError
from qadam.packs import documents, exporting, operations, queries
from qadam.packs.differences import Difference
from qadam.packs.queries import Change, State
from qadam.people.models import User

MARKS = {State.NEW: _("new"), State.CHANGED: _("changed"), State.SAME: _("same")}
MOST = 40
"""Differences of one document that are printed."""


class Command(BaseCommand):
    help = str(_("Say what a pack would change (plan), publish its documents (apply), or write one (export)."))

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("action", choices=["plan", "apply", "export"])
        parser.add_argument("folder", help=gettext("a folder, or the name of a pack that comes with Qadam: start"))
        parser.add_argument("--actor", default="", help=gettext("e-mail of the user in whose name it is published"))

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            if options["action"] == "export":
                lines = _export(Path(options["folder"]))
            elif options["action"] == "plan":
                lines = _plan(options["folder"])
            else:
                lines = _apply(options["folder"], _find_actor(options["actor"]))
            for line in lines:
                self.stdout.write(line)
        except DomainError as error:
            raise CommandError(str(error)) from error


def _plan(folder: str) -> Iterator[str]:
    changes = queries.plan_pack(documents.read_pack(documents.find_folder(folder)))
    yield from _tell(changes)
    count = sum(change.state is not State.SAME for change in changes)
    yield ngettext("%(count)d document to publish.", "%(count)d documents to publish.", count) % {"count": count}


def _apply(folder: str, actor: User | None) -> Iterator[str]:
    pack = documents.read_pack(documents.find_folder(folder))
    changes = operations.apply_pack(pack, actor=actor, now=utc_now())
    yield from _tell(changes)
    count = len(changes)
    yield ngettext("%(count)d document published.", "%(count)d documents published.", count) % {"count": count}


def _export(folder: Path) -> Iterator[str]:
    exported = exporting.export_pack(folder)
    yield from exported.written
    for name in exported.left:
        yield gettext("%(file)s: left as it was; nothing of this name is published.") % {"file": name}
    count = len(exported.written)
    yield ngettext("%(count)d file written.", "%(count)d files written.", count) % {"count": count}


def _tell(changes: Sequence[Change]) -> Iterator[str]:
    for change in changes:
        yield f"{MARKS[change.state]!s:<10}{change.kind:<10}{change.name}"
        for difference in change.differences[:MOST]:
            yield f"{'':<10}{_words_of(difference)}"
        if (rest := len(change.differences) - MOST) > 0:
            more = ngettext("and %(count)d difference more", "and %(count)d differences more", rest)
            yield f"{'':<10}{more % {'count': rest}}"


def _words_of(difference: Difference) -> str:
    match difference.old, difference.new:
        case None, None:
            return gettext("%(place)s: a new version") % {"place": difference.place}
        case None, new:
            return gettext("%(place)s: new: %(new)s") % {"place": difference.place, "new": new}
        case old, None:
            return gettext("%(place)s: gone: %(old)s") % {"place": difference.place, "old": old}
        case old, new:
            return f"{difference.place}: {old} → {new}"


def _find_actor(email: str) -> User | None:
    actor = User.objects.filter(email__iexact=email).first() if email else None
    if email and actor is None:
        raise CommandError(gettext("There is no user with the e-mail %(email)s.") % {"email": email})
    return actor
