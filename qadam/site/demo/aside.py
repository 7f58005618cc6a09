"""Build the demo company aside and move it into place, so that nobody ever sees half of one."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from django.conf import settings
from django.db import connection

DATABASE = "qadam.sqlite3"


def build_aside(arguments: list[str]) -> None:
    """Build with a process of its own whose data folder is a temporary one inside ours; then move the result here.

    It lies inside, not beside, so that a rename never crosses file systems (the data folder may be a volume).

    Raises:
        CalledProcessError: building failed; what was there is untouched.
    """
    folder = Path(settings.DATA) / f"demo-{os.getpid()}"
    folder.mkdir()
    try:
        environment = {
            **os.environ,
            "QADAM_DATA": str(folder),
            "QADAM_SMTP": "",
            "QADAM_SECRET_KEY": settings.SECRET_KEY,
        }
        subprocess.run([sys.executable, "-m", "qadam", "demo", "--here", *arguments], env=environment, check=True)
        move_into_place(folder, Path(settings.DATA))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def move_into_place(built: Path, data: Path) -> None:
    """Replace the database and the segments of `data` by those of `built`; the secret and all else stay.

    Segments have names of their own and go first: until the database that lists them is renamed, nobody reads them.
    """
    connection.close()
    segments = data / "segments"
    segments.mkdir(exist_ok=True)
    old = set(segments.iterdir())
    for file in sorted((built / "segments").glob("*")):
        os.replace(file, segments / file.name)
    _sync(built / DATABASE)
    for leftover in (f"{DATABASE}-wal", f"{DATABASE}-shm"):
        # A log of the old database must never be applied to the new one.
        (data / leftover).unlink(missing_ok=True)
    os.replace(built / DATABASE, data / DATABASE)
    for file in old:
        file.unlink(missing_ok=True)


def _sync(path: Path) -> None:
    """Building didn't wait for the disk; the moved file must be whole on it."""
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def hurry() -> None:
    """Let SQLite not wait for the disk: should this process die, the unfinished build is thrown away anyway."""
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA synchronous=OFF")
            cursor.execute("PRAGMA journal_mode=MEMORY")
            cursor.execute("PRAGMA temp_store=MEMORY")
