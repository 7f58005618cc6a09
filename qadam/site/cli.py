"""The `qadam` command: Django's commands and ours, in the language of the terminal."""

import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "qadam.site.settings")
    import django
    from django.core.management import execute_from_command_line
    from django.utils import translation

    django.setup()
    translation.activate(_language_of_terminal())
    execute_from_command_line(["qadam", *sys.argv[1:]])


def _language_of_terminal() -> str:
    """Return kk or ru where the locale says so, else English. What members read carries its own language."""
    locale = os.environ.get("LC_ALL") or os.environ.get("LC_MESSAGES") or os.environ.get("LANG") or ""
    return locale[:2] if locale[:2] in ("kk", "ru") else "en"
