"""Play histories by their seeds and say what became of them: `python -m qadam.journeys.tests.replay FIRST HOW_MANY`."""

import hashlib
import json
import sys
from random import Random


def digests(first: int, number: int) -> dict[str, str]:
    """Return {seed: digest of the history and its outcome}."""
    from qadam.journeys.tests.histories import draw_history, play_to_the_end

    found = {}
    for seed in range(first, first + number):
        history = draw_history(Random(seed))
        told = repr(history) + json.dumps(play_to_the_end(history)[0])
        found[str(seed)] = hashlib.sha256(told.encode()).hexdigest()
    return found


def main() -> None:
    import django
    from django.conf import settings
    from django.core.management import call_command

    django.setup()
    settings.DATABASES["default"]["NAME"] = ":memory:"
    settings.MESSAGING_CHANNEL = "null"
    call_command("migrate", verbosity=0)
    print(json.dumps(digests(int(sys.argv[1]), int(sys.argv[2]))))


if __name__ == "__main__":
    main()
