"""What a deploy does before the workers start: one step, idempotent, safe beside running workers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from flask import current_app
from flask_babel import gettext as _

from app.extensions import db
from app.records import append_only, search, writing
from app.security import seeding, users


def synchronise() -> Iterator[str]:
    """Migrations, triggers, rights, the first account, starter content; says what it did."""
    from flask_migrate import upgrade

    Path(current_app.config["DATA_DIR"]).mkdir(parents=True, exist_ok=True)
    upgrade()
    with writing("cli"):
        connection = db.session.connection()
        search.ensure(connection)
        for name in append_only.ensure(connection):
            yield _("Triggers of %(table)s put back.", table=name)
        granted = seeding.seed(connection, list(current_app.extensions["registers"]))
        if granted:
            yield _("%(count)d starting rights granted.", count=granted)
    with writing("cli"):
        password = users.first_admin()
    if password:
        yield _(
            "The first account is admin; its one-time password is: %(password)s", password=password
        )
