"""How entries come into the book: by the flush for every change, by name for reads, prints and the rest."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import Any

from sqlalchemy import insert
from sqlalchemy.orm import Session

from app.audit.models import AuditEntry
from app.extensions import db
from app.records import clock
from app.records.attachments import Attachment
from app.records.context import Context, acting
from app.records.fields import plain_value
from app.records.flush import Flushed, when_flushed
from app.records.record import Kept, LineRecord

#: columns that follow from the entry itself
_SELF_EVIDENT = frozenset(
    {
        "version",
        "created_at",
        "created_by_id",
        "changed_at",
        "changed_by_id",
        "voided_by_id",
        "import_id",
    }
)
_TABLE = AuditEntry.__table__


def _head(context: Context) -> dict[str, Any]:
    actor = context.actor
    return {
        "at": clock.now(),
        "actor_id": actor.id,
        "actor_name": actor.name,
        "for_id": actor.for_id,
        "for_name": actor.for_name,
        "channel": "import" if context.importing is not None else context.channel,
        "ip": context.ip,
        "click": context.click,
    }


def _place(record: Kept) -> dict[str, Any]:
    place = {
        "register": record.register_name(),
        "record_id": record.id,
        "record_label": record.title[:300],
        "parent_register": "",
        "parent_id": None,
    }
    if isinstance(record, LineRecord) and record.parent:
        above = getattr(record, record.parent)
        if above is not None:
            place |= {"parent_register": above.register_name(), "parent_id": above.id}
    elif isinstance(record, Attachment):
        place |= {"parent_register": record.register, "parent_id": record.record_id}
    return place


@cache
def _columns(record_class: type[Kept]) -> tuple[str, ...]:
    return tuple(
        attribute.key
        for attribute in record_class.__mapper__.column_attrs
        if attribute.key not in _SELF_EVIDENT and attribute.key != "id"
    )


def _values(record: Kept, *, new: bool) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    # What was just inserted holds in its dictionary all it was given; the attributes themselves
    # answer ten times as slowly.
    held = record.__dict__
    for name in _columns(type(record)):
        value = held.get(name) if new or name in held else getattr(record, name)
        if value is None or value in ("", ()):
            continue
        value = plain_value(value)
        found[name] = [None, value] if new else [value, None]
    return found


def _of_the_book(records: Iterable[Kept]) -> list[Kept]:
    return [record for record in records if record.in_the_book]


@when_flushed
def write_changes(session: Session, flushed: Flushed) -> None:
    """One entry for each record of the flush, in the same transaction, with full old and new values."""
    head = _head(flushed.context)
    entries = []
    for record in _of_the_book(flushed.added):
        entries.append(
            head | _place(record) | {"action": "add", "details": _values(record, new=True)}
        )
    for record, difference in flushed.changed:
        if not record.in_the_book:
            continue
        changes = {
            name: [plain_value(old), plain_value(new)]
            for name, (old, new) in difference.items()
            if name not in _SELF_EVIDENT
        }
        if changes:
            action = "void" if "voided_at" in changes else "edit"
            entries.append(head | _place(record) | {"action": action, "details": changes})
    for record in _of_the_book(flushed.deleted):
        entries.append(
            head | _place(record) | {"action": "delete", "details": _values(record, new=False)}
        )
    if entries:
        session.connection().execute(insert(_TABLE), entries)


def record_event(
    action: str,
    *,
    register: str = "",
    record_id: int | None = None,
    label: str = "",
    details: Any = None,
    context: Context | None = None,
) -> None:
    """Enter an act that changes no record: a read, a print, an export, a sign-in, a setting.

    Inside a click that writes it belongs to that transaction; a page that only reads gets a short
    transaction of its own, so that looking never waits for those who write.
    """
    context = context or acting()
    entry = _head(context) | {
        "action": action,
        "register": register,
        "record_id": record_id,
        "record_label": label[:300],
        "parent_register": "",
        "parent_id": None,
        "details": details,
    }
    if context.writes:
        db.session.connection().execute(insert(_TABLE), [entry])
        return
    with db.engine.connect().execution_options(writes=True) as connection, connection.begin():
        connection.execute(insert(_TABLE), [entry])
