"""The law at the flush: whoever writes - form, REST, import, command or shell - meets it here."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import event, inspect
from sqlalchemy.orm import ORMExecuteState, Session
from sqlalchemy.orm.base import PassiveFlag

from app.extensions import db
from app.records import clock, numbering
from app.records.context import Context, acting
from app.records.fields import Choices, FieldSpec, Kind, specs_of
from app.records.record import REGISTERED, Fact, Kept, LineRecord, Record
from app.records.refusals import Refusal, Refused


@dataclass
class Flushed:
    """What one flush wrote, told to whoever asked (audit, search, roll-ups)."""

    context: Context
    added: list[Kept] = field(default_factory=list)
    #: (record, {column: (old, new)})
    changed: list[tuple[Kept, dict[str, tuple[Any, Any]]]] = field(default_factory=list)
    deleted: list[Kept] = field(default_factory=list)


Listener = Callable[[Session, Flushed], None]
_listeners: list[Listener] = []


def when_flushed(listener: Listener) -> Listener:
    """Tell this function about every flush, inside the transaction."""
    _listeners.append(listener)
    return listener


Consequence = Callable[[Kept], None]
_consequences: dict[str, list[Consequence]] = {}


def follows_from(register: str) -> Callable[[Consequence], Consequence]:
    """This function changes what follows from a record of the register, whoever writes it.

    It runs before rules are asked and may change other records; these meet their own rules in the
    same flush.
    """

    def keep(consequence: Consequence) -> Consequence:
        _consequences.setdefault(register, []).append(consequence)
        return consequence

    return keep


Guard = Callable[[Kept, Context, str], Iterable[Refusal]]
_guards: list[Guard] = []


def guarded_by(guard: Guard) -> Guard:
    """Ask this function about every record that is written; `act` is add, edit or delete.

    What a floor above knows (a case that runs) holds at the flush too.
    """
    _guards.append(guard)
    return guard


class BulkWriteRefused(RuntimeError):
    """A bulk statement on records would pass by rules, numbers and audit."""


def check(record: Kept) -> list[Refusal]:
    """Every reason why this record may not be stored as it is."""
    refusals = list(_values_that_do_not_fit(record))
    missing_fields = {r.field for r in refusals}
    for rule in type(record).ruled_by:
        for refusal in rule(record) or ():
            if refusal.field is None or refusal.field not in missing_fields:
                refusals.append(refusal)
    return refusals


def check_change(record: Kept) -> list[Refusal]:
    """Every reason why this stored record may not be changed as it is being changed."""
    context = acting()
    refusals = list(_refuse_moves_that_do_not_exist(record, context))
    refusals += _guarded(record, context, "edit")
    refusals += _refuse_other_lines(record)
    if getattr(record, "voided_at", None) is None:
        refusals += check(record)
        refusals += _refuse_what_was_taken_meanwhile(record)
    return refusals


@cache
def _kept_fields(record_class: type[Kept]) -> tuple[FieldSpec, ...]:
    """The fields whose values stand in the record's own row."""
    return tuple(
        spec
        for spec in specs_of(record_class).values()
        if not spec.calculated and spec.kind not in (Kind.FILE, Kind.LINES)
    )


@cache
def _words_of(choices: type[Choices]) -> frozenset[str]:
    return frozenset(stored for stored, _label in choices.options())


def _known(spec: FieldSpec) -> frozenset[str]:
    if isinstance(spec.choices, type):
        return _words_of(spec.choices)
    return frozenset(stored for stored, _label in spec.options())


def _values_that_do_not_fit(record: Kept) -> Iterable[Refusal]:
    # Every field of every row of a sheet passes here three times: the row's own dictionary answers
    # ten times as fast as its attributes, and what is not in it was never given or is not loaded.
    held, is_stored = record.__dict__, inspect(record).has_identity
    for spec in _kept_fields(type(record)):
        value = held.get(spec.name)
        if value is None and is_stored and spec.name not in held:
            value = getattr(record, spec.name)
        if value is None or value == "" or value == ():
            if spec.required and not _given_by_relation(record, spec):
                yield Refusal(_("%(label)s is required.", label=spec.label), spec.name)
            continue
        if spec.choices is not None and spec.kind in (Kind.CHOICE, Kind.CHOICES):
            known = _known(spec)
            for one in (value,) if spec.kind is Kind.CHOICE else value:
                if one not in known:
                    yield Refusal(
                        _(
                            "%(value)s is not one of the choices for %(label)s.",
                            value=one,
                            label=spec.label,
                        ),
                        spec.name,
                    )
        elif spec.length and isinstance(value, str) and len(value) > spec.length:
            yield Refusal(
                _(
                    "%(label)s has %(count)d characters; there is room for %(room)d.",
                    label=spec.label,
                    count=len(value),
                    room=spec.length,
                ),
                spec.name,
            )


def _given_by_relation(record: Kept, spec: Any) -> bool:
    return spec.kind is Kind.REFERENCE and getattr(record, spec.relation, None) is not None


def _refuse_what_may_not_be_deleted(record: Kept, context: Context) -> Iterable[Refusal]:
    if context.undoing is not None and getattr(record, "import_id", None) == context.undoing:
        return
    if record.append_only:
        yield Refusal(_("Entries of this register are never deleted."))
    elif isinstance(record, LineRecord):
        return
    elif record.deletable == "unused":
        return  # the foreign keys refuse where it is in use
    elif isinstance(record, Record) and record.is_mere_draft:
        return
    else:
        yield Refusal(
            _(
                "%(record)s is no draft any more. It can be voided with a reason, not deleted.",
                record=record,
            )
        )


def _refuse_moves_that_do_not_exist(record: Kept, context: Context) -> Iterable[Refusal]:
    if record.append_only:
        yield Refusal(
            _("Entries of this register are never changed. Write a new one that refers to it.")
        )
        return
    states = record.states
    if states is not None and record.changed("state"):
        before, after = record.as_stored("state"), record.state  # type: ignore[attr-defined]
        if context.undoing is None and not states.may_follow(before, after):
            labels = dict(states.words.options())
            yield Refusal(
                _(
                    "%(record)s is “%(before)s”; from there it cannot become “%(after)s”.",
                    record=record,
                    before=labels.get(before, before),
                    after=labels.get(after, after),
                ),
                "state",
            )
    if record.is_closed and not context.deciding:
        names = set(writable(type(record)))
        if states is not None and record.changed("state"):
            names.discard("remark")  # why it moves is written there
        if record.changed(*names):
            yield _is_closed(record)


def _is_closed(record: Kept, field: str | None = None) -> Refusal:
    if record.states is None:
        return Refusal(_("%(record)s can no longer be edited.", record=record), field)
    return Refusal(
        _(
            "%(record)s is “%(state)s” and can no longer be edited.",
            record=record,
            state=dict(record.states.words.options())[record.as_stored("state")],
        ),
        field,
    )


def _lines_of(record: Kept) -> Iterable[tuple[FieldSpec, str]]:
    for spec in specs_of(type(record)).values():
        if spec.kind is Kind.LINES and spec.relation:
            yield spec, spec.relation


def _refuse_other_lines(record: Kept) -> Iterable[Refusal]:
    """Asked beforehand, of the record: whether its lines are about to change although it is closed."""
    if not record.is_closed:
        return
    for spec, relation in _lines_of(record):
        held = record.__dict__.get(relation, ())
        if record.changed(relation) or any(db.session.is_modified(line) for line in held):
            yield _is_closed(record, spec.name)


def _refuse_lines_of_closed(lines: Iterable[LineRecord]) -> Iterable[Refusal]:
    """A line shares the law of its record: where that takes no edit, no line comes, goes or changes."""
    told: set[Kept] = set()
    for line in lines:
        for record in _records_of(line):
            if record not in told and record.is_closed:
                told.add(record)
                fields = [
                    spec.name
                    for spec, relation in _lines_of(record)
                    if inspect(type(record)).relationships[relation].mapper.class_ is type(line)
                ]
                yield _is_closed(record, fields[0] if fields else None)


def _records_of(line: LineRecord) -> set[Kept]:
    """The records a line belongs to: the one it is taken from, and the one it comes to."""
    if not line.parent:
        return set()
    relation = inspect(type(line)).relationships[line.parent]
    (key,) = relation.local_columns
    name = inspect(type(line)).get_property_by_column(key).key
    state = inspect(line)
    held = state.get_history(line.parent, PassiveFlag.PASSIVE_NO_INITIALIZE)
    found = {*held.sum(), state.dict.get(line.parent)}
    for pk in {*state.get_history(name, PassiveFlag.PASSIVE_OFF).sum()} - {None}:
        found.add(db.session.get(relation.mapper.class_, pk))
    return {record for record in found if isinstance(record, Kept)}


def _refuse_what_was_taken_meanwhile(record: Kept) -> Iterable[Refusal]:
    """Who comes back from being void may find his place taken."""
    if not isinstance(record, Record) or not record.comes_back:
        return
    cls = type(record)
    for index in cls.__table__.indexes:
        if not index.info.get("once"):
            continue
        names = [cls.__mapper__.get_property_by_column(column).key for column in index.columns]
        values = [getattr(record, name) for name in names]
        if None in values:
            continue
        query = cls.living().where(cls.id != record.id).limit(1)
        for name, value in zip(names, values, strict=True):
            query = query.where(getattr(cls, name) == value)
        with db.session.no_autoflush:
            other = db.session.scalar(query)
        if other is not None:
            yield Refusal(
                _(
                    "%(record)s cannot come back: %(other)s has the same “%(label)s” by now.",
                    record=record,
                    other=other.number or other,
                    label="、".join(str(cls.specs()[n].label) for n in names if n in cls.specs()),
                ),
                names[0],
            )


def _guarded(record: Kept, context: Context, act: str) -> Iterable[Refusal]:
    return [refusal for guard in _guards for refusal in guard(record, context, act)]


@cache
def writable(record_class: Any) -> tuple[str, ...]:
    return tuple(
        name
        for name, spec in specs_of(record_class).items()
        if spec.writable and spec.kind not in (Kind.FILE, Kind.LINES)
    )


def _touched(session: Session) -> list[Kept]:
    return [
        record
        for record in (*session.new, *session.dirty, *session.deleted)
        if isinstance(record, Kept)
    ]


@event.listens_for(Session, "before_flush")
def _before_flush(session: Session, _flush_context: Any, _instances: Any) -> None:
    for record in list(session.dirty):
        state = inspect(record)
        # A line taken out of its record is deleted by the flush itself, and then nobody is told.
        if isinstance(record, LineRecord) and state.mapper._is_orphan(state):
            session.delete(record)
    touched = _touched(session)
    if not touched:
        return
    for record in touched:
        for consequence in _consequences.get(record.register_name(), ()):
            with session.no_autoflush:
                consequence(record)
    context = acting()
    if not context.writes:
        raise RuntimeError("a page that only reads must not write; use POST, or writing()")
    now, actor_id = clock.now(), context.actor.id
    refusals: list[Refusal] = []
    with session.no_autoflush:
        for record in session.deleted:
            if isinstance(record, Kept):
                refusals += _refuse_what_may_not_be_deleted(record, context)
                refusals += _guarded(record, context, "delete")
        new = [r for r in session.new if isinstance(r, Kept)]
        dirty = [r for r in session.dirty if isinstance(r, Kept) and session.is_modified(r)]
        for record in new:
            if record.states is not None and record.state is None:  # type: ignore[attr-defined]
                record.state = record.states.start  # type: ignore[attr-defined]
            if isinstance(record, Record | Fact):
                record.created_at = record.changed_at = now
                record.created_by_id = record.changed_by_id = actor_id
                if context.importing is not None:
                    record.import_id = context.importing
            refusals += check(record)
            refusals += _guarded(record, context, "add")
        for record in dirty:
            if isinstance(record, Record | Fact):
                record.changed_at, record.changed_by_id = now, actor_id
            refusals += _refuse_moves_that_do_not_exist(record, context)
            refusals += _guarded(record, context, "edit")
            if getattr(record, "voided_at", None) is None:
                refusals += check(record)
                refusals += _refuse_what_was_taken_meanwhile(record)
        if not context.deciding:
            refusals += _refuse_lines_of_closed(
                r for r in (*new, *dirty, *session.deleted) if isinstance(r, LineRecord)
            )
        if refusals:
            raise Refused(refusals)
        numbering.number_records(
            session.connection(), (r for r in (*new, *dirty) if isinstance(r, Record))
        )
    seen = session.info.setdefault("flushed", Flushed(context))
    seen.context = context
    seen.added += new
    seen.changed += [(record, _difference(record)) for record in dirty]
    seen.deleted += [r for r in session.deleted if isinstance(r, Kept)]


def _difference(record: Kept) -> dict[str, tuple[Any, Any]]:
    found = {}
    state = inspect(record)
    for attribute in state.mapper.column_attrs:
        history = state.attrs[attribute.key].history
        if history.has_changes():
            old = history.deleted[0] if history.deleted else None
            new = history.added[0] if history.added else None
            if old != new:
                found[attribute.key] = (old, new)
    return found


@event.listens_for(Session, "after_flush")
def _after_flush(session: Session, _flush_context: Any) -> None:
    seen: Flushed | None = session.info.pop("flushed", None)
    if seen is None:
        return
    for listener in _listeners:
        listener(session, seen)


@event.listens_for(Session, "after_rollback")
def _forget(session: Session) -> None:
    session.info.pop("flushed", None)


@event.listens_for(Session, "do_orm_execute")
def _refuse_bulk_writes(state: ORMExecuteState) -> None:
    """`session.execute(update(Customer)...)` would be seen by nobody."""
    if not (state.is_update or state.is_delete or state.is_insert):
        return
    table = getattr(state.statement, "table", None)
    if table is not None and table.name in REGISTERED:
        raise BulkWriteRefused(f"bulk statement on the register {table.name}")


def delete(record: Kept) -> None:
    """Take a draft back as if it had never been written."""
    db.session.delete(record)


def void(record: Record, reason: str) -> None:
    """Void a record (作废): it stays, struck out, with who, when and why.

    :raises Refused: without a reason, or when it is void already
    """
    if record.is_void:
        raise Refused(Refusal(_("%(record)s is void already.", record=record)))
    if record.append_only:
        raise Refused(
            Refusal(
                _("Entries of this register are never changed. Write a new one that refers to it.")
            )
        )
    if not (reason or "").strip():
        raise Refused(Refusal(_("Say why it is voided."), "reason"))
    context = acting()
    record.voided_at, record.voided_by_id = clock.now(), context.actor.id
    record.void_reason = reason.strip()
