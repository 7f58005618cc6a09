"""`qadam pack plan|apply FOLDER`: content documents into the installation, with a dry run."""

from argparse import ArgumentParser
from collections.abc import Sequence
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from qadam.lib.clock import utc_now
from qadam.lib.errors import DomainError
from qadam.packs import documents, operations, queries
from qadam.packs.queries import Change, State
from qadam.people.models import User

MARKS = {State.NEW: _("new"), State.CHANGED: _("changed"), State.SAME: _("same")}


class Command(BaseCommand):
    help = str(_("Say what a pack would change (plan), or publish its documents (apply)."))

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("action", choices=["plan", "apply"])
        parser.add_argument("folder", help=gettext("a folder, or the name of a pack that comes with Qadam: start"))
        parser.add_argument("--actor", default="", help=gettext("e-mail of the user in whose name it is published"))

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            pack = documents.read_pack(documents.find_folder(options["folder"]))
            if options["action"] == "plan":
                changes = queries.plan_pack(pack)
            else:
                changes = operations.apply_pack(pack, actor=_find_actor(options["actor"]), now=utc_now())
        except DomainError as error:
            raise CommandError(str(error)) from error
        for change in changes:
            self.stdout.write(f"{MARKS[change.state]!s:<10}{change.kind:<10}{change.name}")
        self.stdout.write(_summary(changes, is_done=options["action"] == "apply"))


def _find_actor(email: str) -> User | None:
    actor = User.objects.filter(email__iexact=email).first() if email else None
    if email and actor is None:
        raise CommandError(gettext("There is no user with the e-mail %(email)s.") % {"email": email})
    return actor


def _summary(changes: Sequence[Change], *, is_done: bool) -> str:
    count = sum(change.state is not State.SAME for change in changes)
    if is_done:
        text = ngettext("%(count)d document published.", "%(count)d documents published.", count)
    else:
        text = ngettext("%(count)d document to publish.", "%(count)d documents to publish.", count)
    return text % {"count": count}
