"""Run a command with QADAM_DATABASE pointing to a PostgreSQL server of its own, which is thrown away afterwards."""

import os
import pwd
import shutil
import socket
import subprocess
import sys
import tempfile
from pathlib import Path


def main(command: list[str]) -> int:
    folder = _find_programs()
    if folder is None:
        print("PostgreSQL is not here: the tests on the second database were SKIPPED.", file=sys.stderr)
        print("Install it (on Debian: apt-get install postgresql) and run again.", file=sys.stderr)
        return 1 if os.environ.get("CI") else 0
    data = Path(tempfile.mkdtemp(prefix="qadam-postgresql-"))
    account = _unprivileged_account()
    if account is not None:
        os.chown(data, account.pw_uid, account.pw_gid)
    user = account.pw_name if account else None
    port = _free_port()
    options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={data} -c fsync=off"
    try:
        _run([folder / "initdb", "-D", data / "db", "-U", "qadam", "-A", "trust", "-E", "UTF8", "--locale=C"], user)
        _run([folder / "pg_ctl", "-D", data / "db", "-w", "-l", data / "log", "-o", options, "start"], user)
        try:
            url = f"postgresql://qadam@127.0.0.1:{port}/postgres"
            return subprocess.run(command, env={**os.environ, "QADAM_DATABASE": url}, check=False).returncode
        finally:
            _run([folder / "pg_ctl", "-D", data / "db", "-w", "-m", "immediate", "stop"], user)
    finally:
        shutil.rmtree(data, ignore_errors=True)


def _find_programs() -> Path | None:
    """Return the folder of the newest PostgreSQL on this machine."""
    installed = [path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/pg_ctl")]
    if installed:
        return max(installed, key=lambda path: float(path.parent.name))
    found = shutil.which("pg_ctl")
    return Path(found).parent if found else None


def _unprivileged_account() -> pwd.struct_passwd | None:
    """PostgreSQL refuses to run as root; use its own account then."""
    return pwd.getpwnam("postgres") if os.geteuid() == 0 else None


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _run(command: list[object], user: str | None) -> None:
    subprocess.run([str(part) for part in command], check=True, stdout=subprocess.DEVNULL, user=user, cwd="/")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
