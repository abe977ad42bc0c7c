"""Two people changed one record: what the other one did is shown beside what I did, never lost."""

from __future__ import annotations

import json
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select
from werkzeug.datastructures import MultiDict

from app.audit.models import AuditEntry
from app.extensions import db
from app.records.fields import Kind, plain_value
from app.registers.cells import moment
from app.registers.form import Filling, TypedField
from app.registers.pages import Change, Clash, LostUpdate
from app.registers.timeline import said


def merge(
    filling: Filling, record: Any, typed: MultiDict[str, str]
) -> tuple[LostUpdate | None, tuple[Change, ...]]:
    """Bring a form that was opened on an older version together with the record as it is now.

    What only the other one changed is taken over; what both changed to different values is a clash,
    unless the person has already chosen (`keep-<field>` is "mine" or "theirs").

    :returns: the clashes to show, or None where none is left; and what was taken over
    """
    base = _base(typed.get("base"))
    clashes: list[Clash] = []
    merged: list[Change] = []
    for name, field in filling.form._fields.items():
        if (
            not isinstance(field, TypedField)
            or field.spec.kind is Kind.FILE
            or name in filling.errors
        ):
            continue
        before, mine, theirs = (
            base.get(name),
            plain_value(field.data),
            plain_value(getattr(record, name)),
        )
        if theirs in (before, mine):
            continue
        change = (said(field.spec, before), said(field.spec, theirs))
        if mine == before:
            field.typed, field.data = None, getattr(record, name)
            merged.append(Change(str(field.spec.label), *change))
            continue
        choice = typed.get(f"keep-{name}")
        if choice == "theirs":
            field.typed, field.data = None, getattr(record, name)
        elif choice != "mine":
            clashes.append(
                Clash(name, str(field.spec.label), change[0], change[1], said(field.spec, mine))
            )
    if not clashes:
        return None, tuple(merged)
    who, when = _last_change(record)
    now = {
        name: plain_value(getattr(record, name))
        for name, field in filling.form._fields.items()
        if isinstance(field, TypedField) and field.spec.kind is not Kind.FILE
    }
    return LostUpdate(who, when, clashes, merged, base=json.dumps(now, ensure_ascii=False)), tuple(
        merged
    )


def _base(text: str | None) -> dict[str, Any]:
    try:
        found = json.loads(text or "{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _last_change(record: Any) -> tuple[str, str]:
    entry = db.session.scalars(
        select(AuditEntry)
        .where(
            AuditEntry.register == record.register_name(),
            AuditEntry.record_id == record.id,
            AuditEntry.action == "edit",
        )
        .order_by(AuditEntry.id.desc())
        .limit(1)
    ).first()
    if entry is None:
        return _("Somebody else"), ""
    return entry.actor_name or _("the system"), moment(entry.at)
