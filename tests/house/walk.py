"""What the walk over all registers needs: which there are, who may what, how a record is typed and counted."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Engine, event

from app.records.fields import Kind, plain_value
from app.security.roles import Right, field_rights, rights
from app.views import MENU

VIEWS = {view.record.__tablename__: view for chapter in MENU for view in chapter.registers}
REGISTERS = sorted(VIEWS)
WRITTEN = [name for name in REGISTERS if VIEWS[name].kind in ("register", "lookup")]


def holders(register: str, verb: str, scope: str = "all") -> list[Right]:
    """The roles that hold this verb on the register, as far as that."""
    return [
        right
        for right in rights()
        if right.register == register and verb in right.verbs and right.scope == scope
    ]


def role_with(register: str, verbs: str, scope: str = "all") -> str | None:
    """A role that holds all these verbs on the register; not one that sees it masked."""
    for right in holders(register, verbs[0], scope):
        if set(verbs) <= set(right.verbs) and right.role != "auditor":
            return right.role
    return None


def hidden_from(role: str | None, register: str) -> set[str]:
    """The fields of the register that this role does not see."""
    return {
        limit.field
        for limit in field_rights()
        if (limit.register, limit.role, limit.right) == (register, role, "hidden")
    }


def role_without(register: str) -> str:
    """A role that has no right there, nor everybody."""
    with_one = {right.role for right in rights() if right.register == register}
    return next(
        role
        for role in (
            "receptionist",
            "archivist",
            "machine_room_staff",
            "order_clerk",
            "licence_clerk",
        )
        if role not in with_one
    )


def is_for_everybody(register: str) -> bool:
    return any(r.register == register and r.role == "employee" for r in rights())


def typed(record: Any, layout: Any) -> dict[str, Any]:
    """What a person would type to enter this record, field by field."""
    specs, found = record.specs(), {}
    for name in (name for section in layout for name in section.fields):
        spec = specs[name]
        if not spec.writable or spec.kind in (Kind.LINES, Kind.FILE):
            continue
        value = getattr(record, spec.name)
        if spec.kind is Kind.REFERENCE and value is None:
            other = getattr(record, spec.relation)
            value = other.id if other is not None else None
        if value is None:
            continue
        if spec.kind is Kind.BOOL:
            found[name] = "1" if value else ""
        elif spec.kind is Kind.CHOICES:
            found[name] = ",".join(value)
        else:
            found[name] = str(plain_value(value))
    return found


def referred(record: Any) -> list[Any]:
    """The records it refers to; the record itself stays unwritten."""
    return [
        other
        for spec in record.specs().values()
        if spec.kind is Kind.REFERENCE and (other := getattr(record, spec.relation)) is not None
    ]


@contextmanager
def statements() -> Iterator[list[str]]:
    """The SQL that runs meanwhile."""
    seen: list[str] = []

    def notice(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        seen.append(statement)

    event.listen(Engine, "before_cursor_execute", notice)
    try:
        yield seen
    finally:
        event.remove(Engine, "before_cursor_execute", notice)
