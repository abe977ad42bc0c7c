"""The extensions, made here and bound to the application in create_app()."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING, ClassVar

from flask import Flask
from flask_appbuilder import AppBuilder, Model
from flask_appbuilder.menu import Menu
from flask_appbuilder.models.sqla.base import SQLA
from flask_migrate import Migrate
from flask_wtf.csrf import CSRFProtect
from sqlalchemy import Engine, Table, event
from sqlalchemy.orm import DeclarativeBase

# FAB's own constraints have no names, and SQLite cannot drop what has no name: the convention must
# stand before the first table is made.
Model.metadata.naming_convention = {
    "ix": "ix_%(column_0_N_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}

if TYPE_CHECKING:

    class Base(DeclarativeBase):
        """What mypy should believe of FAB's untyped base."""

        __table__: ClassVar[Table]
else:
    Base = Model

# FAB's SQLA no longer binds FAB's base: without this line `db.metadata` is empty, create_all() does
# nothing, and Alembic proposes to drop every table.
db = SQLA(metadata=Model.metadata)
migrate = Migrate()
csrf = CSRFProtect()


def make_appbuilder(app: Flask, **options: object) -> AppBuilder:
    """One AppBuilder an application: a global one cannot serve two applications in one process."""
    builder = AppBuilder(menu=Menu(), **options)
    builder.init_app(app, db.session)
    return builder


@event.listens_for(Engine, "connect")
def _prepare_sqlite(connection, _record) -> None:
    if not isinstance(connection, sqlite3.Connection):
        return
    # The driver's own BEGIN comes too late and too weak; `_begin` below says when and how.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in (
        "journal_mode=WAL",
        "synchronous=NORMAL",
        "foreign_keys=ON",
        "busy_timeout=20000",
        "cache_size=-64000",
        "temp_store=MEMORY",
        "mmap_size=1073741824",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


@event.listens_for(Engine, "connect")
def _prepare_postgresql(connection, _record) -> None:
    if isinstance(connection, sqlite3.Connection):
        return
    with connection.cursor() as cursor:
        # A hundred thousand sums do not fit into the 4 MB of the server's own setting, and would go
        # by way of the disk.
        cursor.execute("SET work_mem = '16MB'")
    connection.commit()


@event.listens_for(Engine, "begin")
def _begin(connection) -> None:
    """Who writes takes SQLite's one write lock at once.

    A deferred transaction that reads first and writes later fails when another one wrote in
    between (one writer in three, measured); what only reads must not wait for writers.
    """
    if connection.dialect.name == "sqlite":
        writes = connection.get_execution_options().get("writes") or _writing()
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _never() -> bool:
    return False


_writing = _never


def ask_who_writes(question) -> None:
    """`records` tells here whether the running thread is inside `writing()`."""
    global _writing
    _writing = question
