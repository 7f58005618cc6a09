"""The triggers by which the database itself keeps the ledger append-only.

Allowed are the release of what is held, once, and another member's id where people/identity.py has given that
member's events another owner. A migration that changes the table on SQLite copies it, and has to install them again.
"""

from typing import Any

TABLE = "recognition_pointentry"
KEPT = (
    "id", "rule", "version_id", "fact", "occurred_at", "local_day", "points", "reverses_id", "held_until", "posted_at",
)  # fmt: skip
MESSAGE = "the point ledger is append-only"
RENUMBERED = "EXISTS (SELECT 1 FROM people_renumbering WHERE old_id = OLD.member_id AND new_id = NEW.member_id)"


def install(schema_editor: Any) -> None:
    """Put the triggers on the table, whichever of the two databases this is."""
    uninstall(schema_editor)
    vendor = schema_editor.connection.vendor
    for statement in _POSTGRESQL if vendor == "postgresql" else _SQLITE:
        schema_editor.execute(statement, params=None)


def uninstall(schema_editor: Any) -> None:
    suffix = f" ON {TABLE}" if schema_editor.connection.vendor == "postgresql" else ""
    for name in ("no_change", "no_delete"):
        schema_editor.execute(f"DROP TRIGGER IF EXISTS {TABLE}_{name}{suffix}", params=None)


def _changed(operator: str) -> str:
    """Return when an update is refused; `operator` compares two values, of which either may be null."""
    kept = " OR ".join(f"OLD.{name} {operator} NEW.{name}" for name in KEPT)
    release = (
        f"(OLD.released_at {operator} NEW.released_at AND (OLD.released_at IS NOT NULL OR OLD.held_until IS NULL))"
    )
    return f"{kept} OR {release} OR (OLD.member_id {operator} NEW.member_id AND NOT {RENUMBERED})"


_SQLITE = (
    f"CREATE TRIGGER {TABLE}_no_change BEFORE UPDATE ON {TABLE} WHEN {_changed('IS NOT')}"
    f" BEGIN SELECT RAISE(ABORT, '{MESSAGE}'); END",
    f"CREATE TRIGGER {TABLE}_no_delete BEFORE DELETE ON {TABLE} BEGIN SELECT RAISE(ABORT, '{MESSAGE}'); END",
)
_POSTGRESQL = (
    f"CREATE OR REPLACE FUNCTION {TABLE}_guard() RETURNS trigger AS $guard$ BEGIN"
    f" IF TG_OP = 'DELETE' OR {_changed('IS DISTINCT FROM')} THEN"
    f" RAISE EXCEPTION '{MESSAGE}' USING ERRCODE = 'integrity_constraint_violation'; END IF;"
    " RETURN NEW; END $guard$ LANGUAGE plpgsql",
    f"CREATE TRIGGER {TABLE}_no_change BEFORE UPDATE ON {TABLE} FOR EACH ROW EXECUTE FUNCTION {TABLE}_guard()",
    f"CREATE TRIGGER {TABLE}_no_delete BEFORE DELETE ON {TABLE} FOR EACH ROW EXECUTE FUNCTION {TABLE}_guard()",
)
