"""`qadam staff EMAIL --role owner`: let a person of the company in."""

import secrets
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from qadam.lib.clock import utc_now
from qadam.people import operations
from qadam.people.models import RoleName


class Command(BaseCommand):
    help = "Give a person of the company a sign-in and roles; prints a password once."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email")
        parser.add_argument("--role", action="append", required=True, choices=RoleName.values)
        parser.add_argument("--name", default="")
        parser.add_argument("--language", default="ru", choices=("kk", "ru", "en"))

    def handle(self, *args: Any, **options: Any) -> None:
        password = secrets.token_urlsafe(12)
        operations.add_staff(
            email=options["email"],
            name=options["name"],
            roles=options["role"],
            password=password,
            language=options["language"],
            now=utc_now(),
        )
        self.stdout.write(f"{options['email']} signs in with the password {password}")
