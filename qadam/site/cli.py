"""The `qadam` command: Django's commands and ours."""

import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "qadam.site.settings")
    from django.core.management import execute_from_command_line

    execute_from_command_line(["qadam", *sys.argv[1:]])
