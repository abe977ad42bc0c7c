"""A whole import taken back: what it brought goes, what it changed gets its former values again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import Date, Select, Time, and_, func, not_, or_, select
from sqlalchemy.exc import IntegrityError

from app.audit import AuditEntry, record_event
from app.exchange.models import ImportRun, RunState
from app.exchange.questions import press
from app.extensions import Base, db
from app.jobs import progress
from app.records import REGISTERED, Fact, LineRecord, Refusal, Refused, clock, void, within
from app.records.fields import ChoiceWords, Exact, Instant

PART = 300
#: so many reasons are listed; who has more will not undo anyway
SHOWN = 100

#: acts that look and do not build
_LOOKS = ("read", "print", "export", "unmask", "load", "undo")
#: tables that speak of records by register and id without building on them
_ONLOOKERS = frozenset({"audit_log", "search_document", "import_run", "issued_print"})
_BOOK = AuditEntry.__table__


def _added(run: ImportRun) -> Iterator[tuple[Any, Select[Any]]]:
    """The registers it wrote to, the last one first, each with the ids it brought there."""
    for register in reversed(run.registers or [run.register]):
        cls: Any = REGISTERED[register]
        yield cls, select(cls.id).where(cls.import_id == run.id)


def _entries(run: ImportRun) -> Any:
    """The entries of the load in the audit book."""
    return and_(
        _BOOK.c.id > (run.audit_from or 0),
        _BOOK.c.id <= (run.audit_to or 0),
        _BOOK.c.click == run.click,
    )


def reasons_against(run: ImportRun) -> list[str]:
    """What was built on the import since: each with the record and, where known, who and when."""
    found: list[str] = []
    taken_back = select(ImportRun.click).where(
        ImportRun.state == RunState.UNDONE.value, ImportRun.click != ""
    )
    undoings = select(ImportRun.undo_click).where(
        ImportRun.state == RunState.UNDONE.value, ImportRun.undo_click != ""
    )
    for cls, ids in _added(run):
        register = cls.__tablename__
        changed = select(_BOOK.c.record_id).where(
            _entries(run), _BOOK.c.register == register, _BOOK.c.action.in_(("edit", "void"))
        )
        for touched in (ids, changed):
            found += _later_acts(run, register, touched, taken_back, undoings)
        found += _referring(run, cls, ids)
        found += _spoken_of(register, ids)
        if cls.append_only and db.session.scalar(ids.limit(1)) is not None:
            found.append(_("Entries of “%(name)s” are never taken back.", name=_title(register)))
    return list(dict.fromkeys(found))[:SHOWN]


def _title(register: str) -> str:
    try:
        return press().title_of(register)
    except KeyError:
        return register


def _later_acts(
    run: ImportRun, register: str, touched: Select[Any], taken_back: Any, undoings: Any
) -> list[str]:
    own = and_(_BOOK.c.register == register, _BOOK.c.record_id.in_(touched))
    below = and_(_BOOK.c.parent_register == register, _BOOK.c.parent_id.in_(touched))
    rows = db.session.execute(
        select(_BOOK.c.record_label, _BOOK.c.actor_name, _BOOK.c.at)
        .where(
            _BOOK.c.id > (run.audit_to or 0),
            or_(own, below),
            _BOOK.c.action.not_in(_LOOKS),
            not_(_BOOK.c.click.in_(taken_back)),
            not_(_BOOK.c.click.in_(undoings)),
        )
        .order_by(_BOOK.c.id)
        .limit(SHOWN)
    )
    return [
        _(
            "%(record)s was changed by %(who)s on %(when)s.",
            record=label,
            who=who,
            when=f"{clock.in_office(at):%Y-%m-%d %H:%M}",
        )
        for label, who, at in rows
    ]


def _referring(run: ImportRun, cls: Any, ids: Select[Any]) -> list[str]:
    """Records of other origin that refer to what the import brought."""
    found: list[str] = []
    brought = set(run.registers or [run.register])
    for other in REGISTERED.values():
        table = other.__table__
        for key in table.foreign_keys:
            if key.column.table is not cls.__table__:
                continue
            if issubclass(other, LineRecord) and other.parent:
                above = getattr(other, other.parent).property.mapper.class_
                if above is cls:
                    continue  # its own lines go with it
            column = key.parent
            condition: Any = column.in_(ids)
            if "import_id" in table.c and other.__tablename__ in brought:
                condition &= or_(table.c.import_id.is_(None), table.c.import_id != run.id)
            if "voided_at" in table.c:
                condition &= table.c.voided_at.is_(None)
            number = table.c.number if "number" in table.c else table.c.id
            rows = db.session.execute(
                select(number, column).where(condition).order_by(table.c.id).limit(20)
            ).all()
            labels = _labels(cls, [pk for _number, pk in rows])
            found += [
                _(
                    "%(other)s in “%(register)s” refers to %(record)s.",
                    other=other_number or "–",
                    register=_title(other.__tablename__),
                    record=labels.get(pk, f"#{pk}"),
                )
                for other_number, pk in rows
            ]
    return found


def _labels(cls: Any, ids: Sequence[int]) -> dict[int, str]:
    if not ids:
        return {}
    return {one.id: one.title for one in db.session.scalars(select(cls).where(cls.id.in_(ids)))}


def _spoken_of(register: str, ids: Select[Any]) -> list[str]:
    """Files, approval cases and whatever else hangs on records by register and id."""
    found = []
    for table in Base.metadata.tables.values():
        if table.name in _ONLOOKERS or not {"register", "record_id"} <= set(table.c.keys()):
            continue
        condition = (table.c.register == register) & table.c.record_id.in_(ids)
        many = db.session.scalar(select(func.count()).select_from(table).where(condition)) or 0
        if many:
            found.append(
                _(
                    "%(count)d entries of “%(table)s” hang on records of this import.",
                    count=many,
                    table=_title(table.name),
                )
            )
    return found


def undo(run: ImportRun) -> dict[str, Any]:
    """Take it all back, inside `writing()`; commits nothing.

    :raises Refused: with every reason, where something was built on it
    """
    if not run.undo_reason.strip():
        raise Refused(Refusal(_("Say why the import is undone."), "reason"))
    if reasons := reasons_against(run):
        raise Refused([Refusal(reason) for reason in reasons])
    run_id, reason = run.id, run.undo_reason
    counts = {"restored": 0, "removed": 0, "voided": 0}
    total = (run.counts or {}).get("new", 0) + (run.counts or {}).get("changed", 0)
    with within(undoing=run_id) as context:
        before = set(db.session)
        _restore(run, counts, total, before)
        for cls, ids in list(_added(run)):
            _remove(cls, ids, reason, counts, total, before)
        run.undo_click = context.click
        record_event(
            "undo",
            register=run.register,
            label=run.file_name,
            details={"import": run_id, "reason": reason, **counts},
        )
    return counts


def _let_go(before: set[Any]) -> None:
    """Forget what this part brought into the session; what was there is somebody else's."""
    for one in list(db.session):
        if one not in before and one in db.session:
            db.session.expunge(one)


def _restore(run: ImportRun, counts: dict[str, int], total: int, before: set[Any]) -> None:
    """Former values, from the entries of the load, the latest first."""
    query = (
        select(_BOOK.c.id, _BOOK.c.register, _BOOK.c.record_id, _BOOK.c.action, _BOOK.c.details)
        .where(
            _entries(run),
            # Records that were added go as a whole; only lines that were added need their entry.
            or_(
                _BOOK.c.action.in_(("edit", "delete")),
                and_(_BOOK.c.action == "add", _BOOK.c.parent_register != ""),
            ),
        )
        .order_by(_BOOK.c.id.desc())
        .limit(PART)
    )
    below = (run.audit_to or 0) + 1
    while True:
        rows = db.session.execute(query.where(_BOOK.c.id < below)).all()
        if not rows:
            return
        below = rows[-1].id
        seen = False
        for row in rows:
            cls: Any = REGISTERED.get(row.register)
            if cls is None or cls is ImportRun:
                continue
            seen |= _restore_one(cls, row, run.id, counts)
        if seen:
            try:
                db.session.flush()
            except IntegrityError as error:
                raise Refused(Refusal(press().explain(error))) from None
            _let_go(before)
            progress(counts["restored"], total or None, _("Former values"))


def _restore_one(cls: Any, row: Any, run_id: int, counts: dict[str, int]) -> bool:
    is_line = issubclass(cls, LineRecord)
    if row.action == "delete":
        again = cls(id=row.record_id)
        for name, (old, _new) in row.details.items():
            setattr(again, name, _typed(cls, name, old))
        db.session.add(again)
        return True
    if row.action == "add" and not is_line:
        return False
    record = db.session.get(cls, row.record_id)
    if record is None or getattr(record, "import_id", None) == run_id:
        return False  # goes as a whole
    if row.action == "add":
        above = getattr(record, record.parent) if record.parent else None
        if getattr(above, "import_id", None) != run_id:
            db.session.delete(record)
        return True
    for name, (old, _new) in row.details.items():
        setattr(record, name, _typed(cls, name, old))
    counts["restored"] += not is_line
    return True


def _typed(cls: Any, name: str, value: Any) -> Any:
    """A value as the audit book keeps it, back as the column holds it."""
    if value is None:
        return None
    kind = cls.__mapper__.column_attrs[name].columns[0].type
    if isinstance(kind, Exact):
        return Decimal(value)
    if isinstance(kind, Instant):
        return datetime.fromisoformat(value)
    if isinstance(kind, Date):
        return date.fromisoformat(value)
    if isinstance(kind, Time):
        return time.fromisoformat(value)
    return tuple(value) if isinstance(kind, ChoiceWords) else value


def _remove(
    cls: Any,
    ids: Select[Any],
    reason: str,
    counts: dict[str, int],
    total: int,
    before: set[Any],
) -> None:
    """Drafts and figures go; what has a number stays, struck out."""
    below: int | None = None
    while True:
        query = select(cls).where(cls.id.in_(ids)).order_by(cls.id.desc()).limit(PART)
        if below is not None:
            query = query.where(cls.id < below)
        records = list(db.session.scalars(query).unique())
        if not records:
            return
        below = records[-1].id
        for record in records:
            if isinstance(record, Fact) or not getattr(record, "number", None):
                db.session.delete(record)
                counts["removed"] += 1
            elif not record.is_void:
                void(record, reason)
                counts["voided"] += 1
        db.session.flush()
        _let_go(before)
        done = counts["restored"] + counts["removed"] + counts["voided"]
        progress(done, total or None, _("Taking back"))
