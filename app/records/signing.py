"""Who may put his name under a record: asked by every operation that is a signature, by whichever door."""

from __future__ import annotations

from typing import Any

from flask import current_app
from flask_babel import gettext as _
from sqlalchemy import select

from app.extensions import db
from app.records.context import acting
from app.records.record import Record
from app.security import scopes


def why_not_sign(record: Record) -> str | None:
    """Why the person who acts may not sign this record (BR-157, BR-170); None where he may.

    The console and the machine have no name to sign with.
    """
    actor, register = acting().actor, record.register_name()
    model: Any = current_app.appbuilder.sm.user_model  # type: ignore[attr-defined]
    user = db.session.get(model, actor.id) if actor.id is not None else None
    if user is None or not user.is_active:
        return str(_("Only a person signs, with his own account."))
    person = scopes.person_of(user)
    if not scopes.may(person, "s", register) or not _is_reached(record, person):
        return str(_("Your roles do not let you sign this."))
    if record.created_by_id == actor.id:
        return str(_("Nobody signs what he entered himself."))
    return None


def _is_reached(record: Record, person: scopes.Person) -> bool:
    cls = type(record)
    condition = scopes.rows(person, "s", cls)
    if condition is None:
        return True
    with db.session.no_autoflush:
        return db.session.scalar(select(cls.id).where(cls.id == record.id, condition)) is not None
