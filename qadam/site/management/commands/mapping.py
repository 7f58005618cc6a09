"""`qadam mapping set "Deal Won" order.paid order=deal.id amount=total`: how senders' event names become ours."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from qadam.events import ingest
from qadam.events.models import NameMapping
from qadam.lib.errors import DomainError


class Command(BaseCommand):
    help = "Show and change how the names that senders use become events of the catalogue."

    def add_arguments(self, parser: ArgumentParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        actions.add_parser("list", help="show all mappings")
        define = actions.add_parser("set", help="add a mapping, or replace that of the same name")
        define.add_argument("name", help="the event's name as the sender writes it")
        define.add_argument("event_type", help="the event of the catalogue")
        define.add_argument("properties", nargs="*", metavar="OURS=THEIRS", help="dotted path; alternatives with |")
        define.add_argument("--constant", action="append", default=[], metavar="OURS=VALUE", help="a fixed text")
        define.add_argument("--source", default="", help="only for this sender")

    def handle(self, *args: object, **options: Any) -> None:
        if options["action"] == "list":
            for row in NameMapping.objects.order_by("source", "incoming_name"):
                pairs = [f"{ours}={theirs}" for ours, theirs in {**row.property_names, **row.constants}.items()]
                self.stdout.write("\t".join([row.source or "*", row.incoming_name, row.event_type, *pairs]))
            return
        mapping = ingest.NewMapping(
            options["name"],
            options["event_type"],
            read_pairs(options["properties"]),
            read_pairs(options["constant"]),
            source=options["source"],
        )
        try:
            ingest.define_mapping(mapping)
        except DomainError as error:
            raise CommandError(str(error)) from None


def read_pairs(pairs: list[str]) -> dict[str, str]:
    """Read NAME=VALUE arguments."""
    for pair in pairs:
        if "=" not in pair:
            raise CommandError(f"“{pair}” should be NAME=VALUE.")
    return {name.strip(): value.strip() for name, _, value in (pair.rpartition("=") for pair in pairs)}
