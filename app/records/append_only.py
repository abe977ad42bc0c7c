"""Tables that nobody changes, the administrator included: the database itself refuses."""

from __future__ import annotations

from sqlalchemy import Connection, Table, event, text

#: tables under triggers, by name
GUARDED: dict[str, Table] = {}


def guard(table: Table) -> None:
    """Put a table under triggers wherever it is created; `sync` puts them back after a migration."""
    GUARDED[table.name] = table
    event.listen(table, "after_create", _install)


def _install(table: Table, connection: Connection, **_options: object) -> None:
    for statement in statements(connection.dialect.name, table.name):
        connection.exec_driver_sql(statement)


def statements(dialect: str, name: str) -> list[str]:
    if dialect == "sqlite":
        refuse = f"SELECT RAISE(ABORT, '{name} is append-only')"
        return [
            f"CREATE TRIGGER IF NOT EXISTS {name}_no_update BEFORE UPDATE ON {name} BEGIN {refuse}; END",
            f"CREATE TRIGGER IF NOT EXISTS {name}_no_delete BEFORE DELETE ON {name} BEGIN {refuse}; END",
            # INSERT OR REPLACE deletes without asking the delete trigger.
            f"CREATE TRIGGER IF NOT EXISTS {name}_no_replace BEFORE INSERT ON {name} "  # noqa: S608 - a table of ours
            f"WHEN EXISTS (SELECT 1 FROM {name} WHERE id = NEW.id) BEGIN {refuse}; END",
        ]
    if dialect == "postgresql":
        return [
            "CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION USING MESSAGE = TG_TABLE_NAME || ' is append-only'; END $$",
            f"CREATE OR REPLACE TRIGGER {name}_no_change BEFORE UPDATE OR DELETE ON {name} "
            "FOR EACH ROW EXECUTE FUNCTION refuse_change()",
            f"CREATE OR REPLACE TRIGGER {name}_no_truncate BEFORE TRUNCATE ON {name} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()",
        ]
    raise ValueError(f"no triggers for {dialect}")


def missing(connection: Connection) -> list[str]:
    """Guarded tables whose triggers are gone (a migration in batch mode drops them)."""
    if connection.dialect.name == "sqlite":
        found = connection.execute(
            text("SELECT tbl_name FROM sqlite_master WHERE type = 'trigger'")
        )
        wanted = 3
    else:
        found = connection.execute(
            text(
                "SELECT c.relname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid "
                "WHERE NOT t.tgisinternal AND t.tgenabled <> 'D'"
            )
        )
        wanted = 2
    names = list(found.scalars())
    return [name for name in GUARDED if names.count(name) < wanted]


def ensure(connection: Connection) -> list[str]:
    """Put back what is missing; says for which tables."""
    gone = missing(connection)
    for name in gone:
        for statement in statements(connection.dialect.name, name):
            connection.exec_driver_sql(statement)
    return gone
