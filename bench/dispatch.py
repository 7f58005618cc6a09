"""How many letters a second one dispatcher sends, beside the bare limit: smtplib with letters that are made already.

    python bench/dispatch.py [--letters 3000] [--rounds 3]

The mail server is a process of its own on the loopback: a minimal one, which takes everything and keeps a count, so
that its cost doesn't hide ours. End to end means claim, gates, Liquid and MJML, SMTP, outcome and event in the
database. A fresh SQLite file; with QADAM_DATABASE set, a database of its own beside the one named there. The ways are
timed in turn, round by round; the median is printed and written to bench/results/dispatch-<database>.json.
"""

import argparse
import asyncio
import json
import os
import platform
import shutil
import smtplib
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ingest import own_postgresql

ROOT = Path(__file__).resolve().parents[1]
BARE = "smtplib, letters made before"
OURS = "dispatcher, end to end"
CAPPED = "the same with quiet hours and caps"
GOAL = 300


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--letters", type=int, default=3_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--sink", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.sink:
        asyncio.run(serve(options.sink))
        return
    folder = Path(tempfile.mkdtemp(prefix="qadam-bench-"))
    os.environ["QADAM_DATA"] = str(folder)
    try:
        with own_postgresql():
            figures = measure(options)
        report(figures, options)
    finally:
        shutil.rmtree(folder)


# The mail server


async def serve(port: int) -> None:
    """Take letters on the loopback until the process is ended; the answer to NOOP is how many there were."""
    count = 0

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal count
        writer.write(b"220 sink\r\n")
        while line := await reader.readline():
            verb = line[:4].upper()
            if verb == b"DATA":
                writer.write(b"354 go on\r\n")
                await reader.readuntil(b"\r\n.\r\n")
                count += 1
                writer.write(b"250 taken\r\n")
            elif verb == b"EHLO":
                writer.write(b"250-sink\r\n250-PIPELINING\r\n250 8BITMIME\r\n")
            elif verb == b"NOOP":
                writer.write(f"250 {count}\r\n".encode())
            elif verb == b"QUIT":
                writer.write(b"221 bye\r\n")
                break
            else:
                writer.write(b"250 OK\r\n")
        writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", port, limit=2**20)
    await server.serve_forever()


def start_server() -> tuple["subprocess.Popen[bytes]", int]:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
    server = subprocess.Popen([sys.executable, __file__, "--sink", str(port)])
    until = time.monotonic() + 20
    while time.monotonic() < until:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return server, port
    server.terminate()
    sys.exit("the mail server doesn't answer")


def count_taken(port: int) -> int:
    with smtplib.SMTP("127.0.0.1", port) as connection:
        return int(connection.noop()[1])


# The two ways


def measure(options: argparse.Namespace) -> dict[str, list[float]]:
    set_up(options.letters)
    server, port = start_server()
    figures: dict[str, list[float]] = {OURS: [], CAPPED: [], BARE: []}
    try:
        from django.conf import settings

        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
        for number in range(options.rounds):
            figures[OURS].append(dispatch(f"{number}", options.letters, port))
            figures[CAPPED].append(dispatch(f"{number}:capped", options.letters, port, policy=POLICY))
            figures[BARE].append(send_bare(options.letters, port))
            for name, values in figures.items():
                print(f"round {number + 1}  {name:36} {values[-1]:>8,.0f}", file=sys.stderr)
    finally:
        server.terminate()
        server.wait(20)
    return figures


def set_up(letters: int) -> None:
    """Migrate, add a company and a member for each letter, and publish the three templates of the start pack."""
    sys.path.insert(0, str(ROOT))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "qadam.site.settings")
    import django

    django.setup()
    from django.core.management import call_command

    from qadam.messaging import operations as messaging
    from qadam.people import operations as people

    call_command("migrate", verbosity=0)
    now = datetime.now(UTC)
    people.set_company(name="Dala Wellness", zone="Asia/Almaty", language="kk", currency="KZT")
    languages = ("kk", "ru", "en")
    people.add_members(
        [
            people.NewMember(
                name=f"Айгүл Серікқызы {n}",
                email=f"m{n}@example.com",
                language=languages[n % 3],
                external_id=f"m-{n}",
                registered_at=now,
            )
            for n in range(letters)
        ],
        now=now,
    )
    messaging.publish_template(document=a_template(), actor=None, now=now)


def a_template() -> dict[str, Any]:
    body = "{{ member.first_name }}, welcome to {{ company.name }}.\n\nDay {{ day }}: one step is enough.\n\nSee you."
    return {
        "template": "welcome",
        "channel": "email",
        "category": "service",
        "variables": ["member.first_name", "company.name", "day"],
        "subject": dict.fromkeys(("kk", "ru", "en"), "{{ member.first_name }}, day {{ day }}"),
        "body": dict.fromkeys(("kk", "ru", "en"), body),
        "button": {"label": dict.fromkeys(("kk", "ru", "en"), "First step"), "path": "/today/"},
    }


POLICY = {
    "quiet": {"email": {"from": "22:00", "to": "08:00"}},
    "caps": [{"limit": 50, "within": "P1D"}, {"limit": 100, "within": "P7D", "category": "service"}],
}
"""Caps that everybody stays below: each letter takes its slot, none is put off."""


def dispatch(name: str, letters: int, port: int, policy: Mapping[str, Any] | None = None) -> float:
    """Queue a letter for every member, as a journey does, and time until all outcomes are in the database."""
    from qadam.messaging import operations as messaging
    from qadam.messaging.dispatch import dispatch_due
    from qadam.messaging.models import Outbox
    from qadam.people.models import Member

    # Noon in Almaty, so that quiet hours are looked at and don't hold.
    now = datetime.now(UTC).replace(hour=7, minute=0)
    messaging.set_policy(document=policy or {}, actor=None, now=now)
    before = count_taken(port)
    goal = {"did": "order.paid", "since": "entry"}
    messaging.queue_messages(
        [
            messaging.NewMessage(
                key=f"bench:{name}:{member_id}",
                member_id=member_id,
                template="welcome",
                due_at=now,
                stop_when=goal,
                since=now,
                enrollment_id=member_id,
                visit=1,
            )
            for member_id in Member.objects.values_list("id", flat=True)
        ],
        now=now,
    )
    start = time.perf_counter()
    while dispatch_due(now=now):
        pass
    seconds = time.perf_counter() - start
    assert count_taken(port) - before == letters
    assert Outbox.objects.filter(status="sent", key__startswith=f"bench:{name}:", sent_at=now).count() == letters
    return letters / seconds


def send_bare(letters: int, port: int) -> float:
    """The same letter over and over on one connection, with the standard library and nothing else."""
    from qadam.messaging.channels.protocol import Letter
    from qadam.messaging.channels.smtp.mime import Mailbox, compose, mailbox_of
    from qadam.messaging.documents import parse_template
    from qadam.messaging.letters import Frame, make_content

    values = {"member": {"first_name": "Айгүл"}, "company": {"name": "Dala Wellness"}, "day": 3}
    content = make_content(parse_template(a_template()), Frame("kk", "Dala Wellness", "service"), values)
    letter = Letter(
        outbox_id=1,
        member_id=1,
        message_id=f"<{'0' * 40}@qadam>",
        to_name="Айгүл Серікқызы",
        to_address="m1@example.com",
        language="kk",
        subject=content.subject,
        html=content.html,
        text=content.text,
        at=datetime.now(UTC),
    )
    sender = Mailbox("", "noreply@example.com")
    raw = compose(letter, sender, mailbox_of(letter.to_name, letter.to_address))
    with smtplib.SMTP("127.0.0.1", port) as connection:
        start = time.perf_counter()
        for _ in range(letters):
            connection.sendmail(sender.address, [letter.to_address], raw)
        return letters / (time.perf_counter() - start)


def report(figures: dict[str, list[float]], options: argparse.Namespace) -> None:
    vendor = "postgresql" if os.environ.get("QADAM_DATABASE") else "sqlite"
    medians = {name: statistics.median(values) for name, values in figures.items()}
    print(f"{vendor}, {options.letters:,} letters, median of {options.rounds} rounds (least to most)\n")
    for name, median in medians.items():
        spread = f"{min(figures[name]):,.0f} to {max(figures[name]):,.0f}"
        print(f"{name:36}{median:>8,.0f} a second{spread:>20}")
    print(f"\n{medians[OURS] / medians[BARE]:.2f} of the bare limit; the goal is {GOAL} a second")
    document = {
        "database": vendor,
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "letters": options.letters,
        "letters_per_second": {name: [round(value) for value in values] for name, values in figures.items()},
    }
    path = ROOT / "bench" / "results" / f"dispatch-{vendor}.json"
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(document, indent=2) + "\n")


if __name__ == "__main__":
    main()
