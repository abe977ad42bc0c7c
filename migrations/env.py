"""How Alembic meets the house: one metadata, batches for SQLite, foreign keys off while it rebuilds tables."""

from __future__ import annotations

from typing import Any

from alembic import context

import app.models  # noqa: F401 - the schema is one import
from app.extensions import Base, db
from app.records.fields import Exact, Instant, Stored

#: indexes and tables that `flask sync` keeps, because no migration can describe them for both databases
_KEPT_BY_SYNC = {"ix_search_document_words"}


def _includes(_item: Any, name: str | None, kind: str, _reflected: bool, _other: Any) -> bool:
    if name is None:
        return True
    return not (name in _KEPT_BY_SYNC or (kind == "table" and name.startswith("search_word")))


def _render(kind: str, item: Any, _autogen: Any) -> Any:
    """A migration speaks plain SQL types: it must still run when our own have moved on."""
    if kind != "type" or not isinstance(item, Stored):
        return False
    if isinstance(item, Instant):
        return "sa.DateTime(timezone=True)"
    if isinstance(item, Exact):
        return "sa.BigInteger()"
    length = getattr(item, "length", None)
    return f"sa.String({length})" if length else "sa.Text()"


def run() -> None:
    engine = db.engine
    with engine.connect() as connection:
        sqlite = connection.dialect.name == "sqlite"
        if sqlite:
            # Rebuilding a table with foreign keys on would empty the tables below it.
            connection.connection.driver_connection.execute("PRAGMA foreign_keys=OFF")
        context.configure(
            connection=connection.execution_options(writes=True),
            target_metadata=Base.metadata,
            include_object=_includes,
            render_as_batch=True,
            render_item=_render,
            compare_type=True,
        )
        with context.begin_transaction():
            context.run_migrations()
        connection.commit()
        if sqlite:
            connection.connection.driver_connection.execute("PRAGMA foreign_keys=ON")


run()
