"""`qadam writekey create NAME`: keys of the senders that may post to /v1/…"""

from argparse import ArgumentParser

from django.core.management.base import BaseCommand, CommandError

from qadam.events import ingest
from qadam.events.models import WriteKey
from qadam.lib.clock import utc_now
from qadam.lib.errors import DomainError


class Command(BaseCommand):
    help = "Make, list and revoke the write keys of senders."

    def add_arguments(self, parser: ArgumentParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        create = actions.add_parser("create", help="make a key and print it: it can't be read again later")
        create.add_argument("name", help="the sender, as it is to be called in the log: shop, crm, …")
        actions.add_parser("list", help="show the senders and the last letters of their keys")
        revoke = actions.add_parser("revoke", help="end the keys of a sender")
        revoke.add_argument("name")
        revoke.add_argument("--hint", default="", help="only the key that ends so")

    def handle(self, *args: object, **options: str) -> None:
        now = utc_now()
        if options["action"] == "create":
            ingest.ensure_default_mappings(now=now)
            try:
                self.stdout.write(ingest.create_write_key(source=options["name"], now=now))
            except DomainError as error:
                raise CommandError(str(error)) from None
        elif options["action"] == "revoke":
            count = ingest.revoke_write_keys(source=options["name"], hint=options["hint"], now=now)
            self.stdout.write(f"revoked: {count}")
        else:
            for key in WriteKey.objects.order_by("source", "created_at"):
                state = f"revoked {key.revoked_at:%Y-%m-%d}" if key.revoked_at else "valid"
                self.stdout.write(f"{key.source}\t…{key.hint}\t{key.created_at:%Y-%m-%d}\t{state}")
