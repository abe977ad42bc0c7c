"""A fresh database for each process, and the way back to what it was before a test.

Tests store for real, for the house is about what happens at the flush and at the commit. What a
test changed is taken back afterwards: on SQLite by a copy of the file, on PostgreSQL by copies of
the tables it wrote to, with triggers off, for some tables refuse every DELETE.
"""

from __future__ import annotations

import os
import re
import shutil
from abc import ABC, abstractmethod
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine, event, make_url, text

from app.extensions import db

WRITES = re.compile(
    r"\s*(?:INSERT(?:\s+OR\s+\w+)?\s+INTO|REPLACE\s+INTO|UPDATE(?:\s+ONLY)?|DELETE\s+FROM"
    r"|TRUNCATE(?:\s+TABLE)?|COPY|MERGE\s+INTO)\s+(?:\w+\.)?[\"`]?(\w+)",
    re.IGNORECASE,
)
WRITES_LATER = re.compile(r"\b(?:INSERT INTO|UPDATE|DELETE FROM)\s+[\"`]?(\w+)", re.IGNORECASE)
BUILDS = re.compile(r"\s*(?:CREATE|ALTER|DROP)\s", re.IGNORECASE)


class Database(ABC):
    """What a test may spoil."""

    url: str

    def __init__(self) -> None:
        self.written: set[str] = set()
        self.rebuilt = False
        #: how many snapshots lie on each other: of the session, of the module
        self.depth = 0
        event.listen(Engine, "before_cursor_execute", self._notice)

    def _notice(
        self, connection: Any, _cursor: Any, statement: str, *_parameters_context_many: Any
    ) -> None:
        if connection.engine.url.database != make_url(self.url).database:
            return
        if found := WRITES.match(statement):
            self.written.add(found[1])
        elif statement.lstrip()[:4].upper() == "WITH":
            self.written.update(WRITES_LATER.findall(statement))
        elif BUILDS.match(statement):
            self.rebuilt = True

    @property
    def is_spoiled(self) -> bool:
        return bool(self.written) or self.rebuilt

    def keep(self) -> None:
        """Take a snapshot: from here on this is what tests begin with."""
        self._let_go()
        self._keep()
        self.depth += 1
        self.written, self.rebuilt = set(), False

    def restore(self) -> None:
        """Back to the latest snapshot."""
        self._let_go()
        self._restore()
        self.written, self.rebuilt = set(), False

    def forget(self) -> None:
        """Throw the latest snapshot away and go back to the one below."""
        self._let_go()
        self._forget()
        self.depth -= 1
        self.written, self.rebuilt = set(), False

    def _let_go(self) -> None:
        db.session.remove()
        db.engine.dispose()

    def remove(self) -> None:
        event.remove(Engine, "before_cursor_execute", self._notice)

    @abstractmethod
    def _keep(self) -> None: ...

    @abstractmethod
    def _restore(self) -> None: ...

    @abstractmethod
    def _forget(self) -> None: ...


class OnSqlite(Database):
    """The database is a file; a snapshot is a copy of it."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "taizhang.db"
        self.url = f"sqlite:///{self.file}"
        super().__init__()

    def _copy(self, depth: int) -> Path:
        return self.file.with_name(f"snapshot-{depth}.db")

    def _keep(self) -> None:
        with create_engine(self.url).connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
            connection.rollback()
            connection.engine.dispose()
        shutil.copyfile(self.file, self._copy(self.depth))

    def _restore(self) -> None:
        # A new file, not the old one overwritten: somebody may still have that one open.
        for beside in ("", "-wal", "-shm"):
            self.file.with_name(self.file.name + beside).unlink(missing_ok=True)
        shutil.copyfile(self._copy(self.depth - 1), self.file)

    def _forget(self) -> None:
        self._copy(self.depth - 1).unlink()
        self.depth -= 1
        self._restore()
        self.depth += 1


class OnPostgres(Database):
    """A database of its own on the server; a snapshot is a schema with copies of the written tables."""

    def __init__(self, name: str) -> None:
        server = (
            os.environ.get("TEST_POSTGRES_URL") or "postgresql://postgres@127.0.0.1:5432/postgres"
        )
        self.server = create_engine(
            make_url(server).set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT"
        )
        self.name = name
        self.url = self.server.url.set(database=name).render_as_string(hide_password=False)
        #: tables that each snapshot holds copies of
        self.copied: list[set[str]] = []
        super().__init__()
        self._on_server(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        self._on_server(f"CREATE DATABASE \"{name}\" TEMPLATE template0 ENCODING 'UTF8'")

    def _on_server(self, statement: str) -> None:
        with self.server.connect() as connection:
            connection.exec_driver_sql(statement)

    def remove(self) -> None:
        super().remove()
        for name in (self.name, f"{self.name}_kept"):
            self._on_server(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        self.server.dispose()

    def _keep(self) -> None:
        schema = f"kept{self.depth}"
        with db.engine.begin() as connection:
            connection.exec_driver_sql(f"CREATE SCHEMA {schema}")
            tables = self._tables(connection) if self.depth == 0 else self._touched()
            for table in tables:
                connection.exec_driver_sql(
                    f'CREATE TABLE {schema}."{table}" AS TABLE public."{table}"'
                )
        self.copied.append(set(tables))
        if self.depth == 0:
            db.engine.dispose()
            self._on_server(f'CREATE DATABASE "{self.name}_kept" TEMPLATE "{self.name}"')

    def _restore(self) -> None:
        if self.rebuilt and self.depth == 1:
            self._on_server(f'DROP DATABASE "{self.name}" WITH (FORCE)')
            self._on_server(f'CREATE DATABASE "{self.name}" TEMPLATE "{self.name}_kept"')
            return
        self._put_back(self._touched(), self.copied)

    def _forget(self) -> None:
        above = self.copied.pop()
        self._put_back(self._touched() | above, self.copied)
        with db.engine.begin() as connection:
            connection.exec_driver_sql(f"DROP SCHEMA kept{len(self.copied)} CASCADE")

    def _put_back(self, tables: set[str], copied: list[set[str]]) -> None:
        with db.engine.begin() as connection:
            # Neither triggers nor foreign keys have a say while the old state comes back.
            connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
            for table in tables & self._tables(connection):
                connection.exec_driver_sql(f'DELETE FROM public."{table}"')
                for depth in reversed(range(len(copied))):
                    if table in copied[depth]:
                        columns = ", ".join(self._columns(connection, table))
                        connection.exec_driver_sql(
                            f'INSERT INTO public."{table}" ({columns})'
                            f' SELECT {columns} FROM kept{depth}."{table}"'
                        )
                        break
                self._wind_back(connection, table)

    def _touched(self) -> set[str]:
        """Written tables, and those that the database writes to on their behalf."""
        touched = set(self.written)
        grown = True
        while grown:
            grown = False
            for table in db.metadata.tables.values():
                follows = any(
                    key.ondelete and key.column.table.name in touched for key in table.foreign_keys
                )
                if follows and table.name not in touched:
                    touched.add(table.name)
                    grown = True
        return touched

    @staticmethod
    def _tables(connection: Any) -> set[str]:
        return set(
            connection.scalars(
                text(
                    "SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
                    " WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p') AND NOT c.relispartition"
                )
            )
        )

    @staticmethod
    def _columns(connection: Any, table: str) -> list[str]:
        query = text(
            "SELECT quote_ident(column_name) FROM information_schema.columns"
            " WHERE table_schema = 'public' AND table_name = :table AND is_generated = 'NEVER'"
            " ORDER BY ordinal_position"
        )
        return list(connection.scalars(query, {"table": table}))

    @staticmethod
    def _wind_back(connection: Any, table: str) -> None:
        known = db.metadata.tables.get(table)
        if known is None or known.autoincrement_column is None:
            return
        column = known.autoincrement_column.name
        connection.exec_driver_sql(
            f'SELECT setval(s.name::regclass, coalesce((SELECT max("{column}") FROM public."{table}"), 0) + 1, false)'
            f" FROM (SELECT pg_get_serial_sequence('public.\"{table}\"', '{column}') AS name) s WHERE s.name IS NOT NULL"
        )


def fresh_database(worker: str, folder: Path) -> Database:
    """The database that TEST_DATABASE asks for."""
    wanted = os.environ.get("TEST_DATABASE", "sqlite")
    if wanted == "sqlite":
        return OnSqlite(folder)
    if wanted == "postgresql":
        return OnPostgres(f"taizhang_test_{os.getpid()}_{worker}")
    raise ValueError(f"TEST_DATABASE is {wanted!r}; it may be sqlite or postgresql")
