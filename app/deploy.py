"""What a deploy does before the workers start: one step, idempotent, safe beside running workers."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from flask import current_app
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import text

from app import openapi
from app.approvals import publishing
from app.deadlines import working_days
from app.domains.archives import library
from app.domains.customers import retail_starter, shielding
from app.domains.directory import starter
from app.domains.sales import recipes
from app.extensions import db
from app.records import append_only, search, writing
from app.records.starting import once
from app.security import seeding, users

#: what a new house begins with: (name, what it is, how it is filled)
STARTERS = (
    ("working_days", _l("days of the working calendar"), working_days.fill),
    ("business_types", _l("kinds of business"), starter.business_types),
    ("regulations", _l("regulations"), library.fill),
    ("retail_lists", _l("values of lists for retail customers"), retail_starter.fill),
    ("retail_fields", _l("fields of the base information"), shielding.fill),
    ("order_segments", _l("segments of order lines"), recipes.segments),
)


def synchronise() -> Iterator[str]:
    """Migrations, triggers, rights, the first account, starter content; says what it did."""
    from flask_migrate import upgrade

    Path(current_app.config["DATA_DIR"]).mkdir(parents=True, exist_ok=True)
    with _alone():
        upgrade()
        yield from _fill()


@contextmanager
def _alone() -> Iterator[None]:
    """One deploy at a time: two that make the same table fall over each other, on both databases."""
    path = Path(current_app.config["DATA_DIR"], "sync.lock")
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)  # processes of this machine
        if db.engine.dialect.name != "postgresql":
            yield
            return
        with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            # Other machines; held by the connection, so a deploy that dies lets go of it.
            connection.execute(text("SELECT pg_advisory_lock(7210043)"))
            yield


def _fill() -> Iterator[str]:
    """Triggers, rights, starter content, the first account."""
    with writing("cli"):
        connection = db.session.connection()
        search.ensure(connection)
        for name in append_only.ensure(connection):
            yield _("Triggers of %(table)s put back.", table=name)
        granted = seeding.seed(connection, list(current_app.extensions["registers"]))
        if granted:
            yield _("%(count)d starting rights granted.", count=granted)
    for name, what, fill in STARTERS:
        with writing("cli"):
            many = once(name, fill)
        if many:
            yield _("%(count)d entries to begin with: %(what)s.", count=many, what=what)
    with writing("cli"):
        flows = publishing.publish_shipped()
    if flows:
        yield _("%(count)d flows of approval published.", count=flows)
    openapi.write()
    with writing("cli"):
        password = users.first_admin()
    if password:
        yield _(
            "The first account is admin; its one-time password is: %(password)s", password=password
        )
