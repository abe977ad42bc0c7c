"""From rows to records: found or new, filled, held against every rule; stored only where one loads.

Simulation and load go through the very same lines below; all that differs is `store`, which only a
load calls. Many rows are asked at once: what exists, what is unique, what a rule compares with.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import func, inspect, select, text, tuple_
from sqlalchemy.orm import selectinload

from app.exchange.faults import Fault
from app.exchange.models import ImportRun, RunState
from app.extensions import db
from app.records import FieldSpec, Kind, Refusal, acting, check, numbering
from app.records.flush import check_change
from app.records.neighbours import Index, known, one_of
from app.records.record import Kept
from app.security import scopes

_MANY = 300
_NUMBER = ("number",)

NEW, CHANGED, SAME, BAD = "new", "changed", "same", "bad"


@dataclass(frozen=True)
class Own:
    """A reference to a record that the same sheet brings, in a row above."""

    draft: Draft


@dataclass(slots=True, eq=False)
class Draft:
    """One record as the sheet wants it, and what became of it."""

    rows: tuple[int, ...]
    #: what the sheet says, typed; what it does not say is not in here
    values: dict[str, Any]
    #: field → (header, text), for faults
    shown: dict[str, tuple[str, str]] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    #: field of lines → the values of each line, and the row it stands in
    lines: dict[str, list[tuple[int, dict[str, Any]]]] = field(default_factory=dict)
    #: given to new records only, for fields that have no column
    fixed: dict[str, Any] = field(default_factory=dict)
    record: Any = None
    stored_id: int | None = None
    outcome: str = ""
    #: field → (old, new), for a record that is there already
    changes: dict[str, tuple[Any, Any]] = field(default_factory=dict)
    #: it was voided by the undoing of an earlier import
    comes_back: bool = False
    #: lines that were touched on a stored record
    touched: list[Any] = field(default_factory=list)

    @property
    def row(self) -> int:
        return self.rows[0]

    @property
    def is_bad(self) -> bool:
        return any(not fault.is_warning for fault in self.faults)

    def fault(self, name: str, reason: Any, cure: Any = "", *, value: Any = None) -> None:
        column, text = self.shown.get(name) or self.shown.get(f"{name}_id") or ("", "")
        self.faults.append(
            Fault(self.row, column, text if value is None else str(value), str(reason), str(cure))
        )


class Placer:
    """Places the drafts of one register, part by part, from the top of the sheet to its end.

    :param keys: sets of fields by which a stored record is found again, the first one that is filled
    :param keeps: a record that is there already stays as it is
    """

    def __init__(
        self,
        cls: Any,
        person: scopes.Person,
        keys: Sequence[tuple[str, ...]],
        *,
        may_add: str = "",
        keeps: bool = False,
        agree: Sequence[str] = (),
    ) -> None:
        self.cls = cls
        self.register: str = cls.__tablename__
        self.person = person
        self.keys = keys
        #: why nothing new may be entered; "" where it may
        self.may_add = may_add
        self.keeps = keeps
        self.agree = agree
        self.index = Index()
        self.specs: dict[str, FieldSpec] = cls.specs()
        self.unique = _unique_columns(cls)
        #: what was in the session before: it is somebody else's
        self._before = set(db.session)
        #: rows that the trial found bad; the rules of the others are asked by the flush alone
        self.doubted: frozenset[int] | None = None
        self._given: list[str] = []
        self._seen: dict[tuple[str, ...], dict[tuple[Any, ...], int]] = {}
        self._taken: dict[int, int] = {}
        self._locked = self._locked_fields()
        self._undone: dict[int, bool] = {}
        self._line_specs = {
            s.name: s for s in self.specs.values() if s.kind is Kind.LINES and s.relation
        }
        self._defaults = _defaults_of(cls)
        self._stateful = hasattr(cls, "state") and cls.states is not None

    def _locked_fields(self) -> frozenset[str]:
        """Fields this person cannot change on a record that is there."""
        locked = {
            name
            for name in self.specs
            if scopes.field_right(self.person, self.register, name) in ("masked", "readonly")
        }
        group = scopes.limited_fields(self.person, "e", self.cls)
        if group is not None and scopes.rows_in_full(self.person, "e", self.cls) is not None:
            locked |= set(self.specs) - group
        return frozenset(locked)

    # -- placing -----------------------------------------------------------------------------------

    def place(self, drafts: Sequence[Draft]) -> None:
        """Decide for each draft whether it is new, changed, the same or bad."""
        with db.session.no_autoflush:
            self._say_as_stored(drafts)
            self._find(drafts)
            self._refuse_doubles(drafts)
            self.index.prime(self.cls, [draft.values for draft in drafts])
            with known(self.index):
                for draft in drafts:
                    self._fill(draft)

    def _say_as_stored(self, drafts: Sequence[Draft]) -> None:
        """Keys as the record itself would keep them: a day of a month becomes its first one."""
        names = {name for key in self.keys for name in key} & set(self.cls.__mapper__.validators)
        if not names:
            return
        probe = self.cls()
        for draft in drafts:
            for name in names & draft.values.keys():
                if draft.values[name] is not None and not isinstance(draft.values[name], Own):
                    setattr(probe, name, draft.values[name])
                    draft.values[name] = getattr(probe, name)

    def _find(self, drafts: Sequence[Draft]) -> None:
        """Which of them are there already, by the first key that is filled."""
        for key in self.keys:
            if any(name not in self.cls.__mapper__.column_attrs for name in key):
                continue
            asked: dict[tuple[Any, ...], list[Draft]] = {}
            for draft in drafts:
                words = tuple(draft.values.get(name) for name in key)
                if all(isinstance(word, Own) or word not in (None, "") for word in words):
                    asked.setdefault(words, []).append(draft)
            found = self._ids(
                key,
                [words for words in asked if not _is_open(words)],
                _all if key == _NUMBER else self._was_undone,
            )
            for words, meant in asked.items():
                pks = found.get(words, [])
                for draft in meant:
                    if len(pks) > 1:
                        self._refuse_two_of_them(draft, key[0], pks)
                    elif pks and draft.stored_id is None:
                        draft.stored_id = pks[0]
                    elif pks and draft.stored_id != pks[0]:
                        draft.fault(
                            key[0],
                            _("The number and this value belong to two different records."),
                            _("Keep the one that is meant."),
                        )
        ids = {draft.stored_id for draft in drafts if draft.stored_id is not None}
        records = self._load(sorted(ids))
        mine = self._mine(sorted(ids)) if ids and not self.keeps else ids
        for draft in drafts:
            if draft.stored_id is not None:
                draft.record = records.get(draft.stored_id)
                self._refuse_what_is_not_mine(draft, draft.stored_id in mine)

    def _ids(
        self,
        key: tuple[str, ...],
        words: Iterable[tuple[Any, ...]],
        void: Callable[[int | None], bool],
    ) -> dict[tuple[Any, ...], list[int]]:
        """The records with these values: the living ones, else the void ones that count.

        :param void: whether a void record counts, by the import that brought it
        """
        columns = [getattr(self.cls, name) for name in key]
        has_void = hasattr(self.cls, "voided_at")
        asked = [self.cls.id, *columns]
        asked += [self.cls.voided_at, self.cls.import_id] if has_void else []
        living: dict[tuple[Any, ...], list[int]] = {}
        gone: dict[tuple[Any, ...], list[int]] = {}
        words = list(words)
        for start in range(0, len(words), _MANY):
            part = words[start : start + _MANY]
            condition = (
                one_of(columns[0], [word for (word,) in part])
                if len(columns) == 1
                else tuple_(*columns).in_(part)
            )
            for pk, *values in db.session.execute(select(*asked).where(condition)):
                voided_at, import_id = values[len(key) :] if has_void else (None, None)
                if voided_at is None:
                    living.setdefault(tuple(values[: len(key)]), []).append(pk)
                elif void(import_id):
                    gone.setdefault(tuple(values[: len(key)]), []).append(pk)
        return gone | living

    def _refuse_two_of_them(self, draft: Draft, name: str, pks: Sequence[int]) -> None:
        numbers = ""
        if hasattr(self.cls, "number"):
            statement = select(self.cls.number).where(self.cls.id.in_(pks[:8]))
            found = db.session.scalars(scopes.narrow(statement, self.person, "r", self.cls))
            numbers = "、".join(str(number) for number in found if number)
        draft.fault(
            name,
            _("%(count)d records have this value.", count=len(pks)),
            _("Write the number: %(numbers)s.", numbers=numbers) if numbers else "",
        )

    def _load(self, ids: Sequence[int]) -> dict[int, Any]:
        found: dict[int, Any] = {}
        options = [
            selectinload(getattr(self.cls, spec.relation)) for spec in self._line_specs.values()
        ]
        for start in range(0, len(ids), _MANY):
            statement = select(self.cls).where(one_of(self.cls.id, ids[start : start + _MANY]))
            for record in db.session.scalars(statement.options(*options)).unique():
                found[record.id] = record
        return found

    def _mine(self, ids: Sequence[int]) -> set[int]:
        found: set[int] = set()
        if not scopes.may(self.person, "e", self.register):
            return found
        for start in range(0, len(ids), _MANY):
            statement = select(self.cls.id).where(one_of(self.cls.id, ids[start : start + _MANY]))
            found |= set(db.session.scalars(scopes.narrow(statement, self.person, "e", self.cls)))
        return found

    def _refuse_what_is_not_mine(self, draft: Draft, is_mine: bool) -> None:
        record = draft.record
        key = next((k[0] for k in self.keys if draft.values.get(k[0])), "")
        if record is None:
            return
        if record.append_only and not self.keeps:
            draft.fault(key, _("Entries of this register are never changed."), _("Leave it out."))
        elif not is_mine:
            # Out of scope is as if it were not there, but its number is taken.
            draft.fault(
                key, _("There is such a record already, and it is not yours to change."), ""
            )
        elif getattr(record, "voided_at", None) is not None and not self._was_undone(
            record.import_id
        ):
            draft.fault(
                key,
                _("%(record)s is void.", record=record.title),
                _("Leave it out, or enter it under another number."),
            )

    def _was_undone(self, run_id: int | None) -> bool:
        """What was voided because its import was undone may be brought by a better sheet."""
        if run_id is None:
            return False
        if run_id not in self._undone:
            run = db.session.get(ImportRun, run_id)
            self._undone[run_id] = run is not None and run.state == RunState.UNDONE
        return self._undone[run_id]

    # -- doubles -----------------------------------------------------------------------------------

    def _refuse_doubles(self, drafts: Sequence[Draft]) -> None:
        """What may stand only once: against the rows above, and against what is stored."""
        for draft in drafts:
            if draft.stored_id is not None:
                before = self._taken.setdefault(draft.stored_id, draft.row)
                if before != draft.row:
                    draft.fault(
                        self.keys[0][0],
                        _("Row %(row)d speaks of the same record.", row=before),
                        _("Keep one of the two rows."),
                    )
        for columns in self.unique:
            asked: dict[tuple[Any, ...], list[Draft]] = {}
            seen = self._seen.setdefault(columns, {})
            for draft in drafts:
                if not any(name in draft.values for name in columns):
                    continue
                words = tuple(self._value_of(draft, name) for name in columns)
                if any(word in (None, "") for word in words):
                    continue
                before = seen.setdefault(words, draft.row)
                if before != draft.row and self._taken.get(draft.stored_id or 0) != before:
                    draft.fault(
                        columns[0],
                        _(
                            "%(label)s: row %(row)d has the same value, which may stand only once.",
                            label=self._label(columns[0]),
                            row=before,
                        ),
                        _("Keep one of the two rows."),
                    )
                elif not _is_open(words):
                    asked.setdefault(words, []).append(draft)
            # A number is never given twice; every other value of a void record is free again.
            counts = _all if columns == _NUMBER else _none
            for words, pks in self._ids(columns, asked, counts).items():
                for draft in asked.get(words, ()):
                    if any(pk != draft.stored_id for pk in pks):
                        draft.fault(
                            columns[0],
                            _(
                                "%(label)s: this value is there already and may stand only once.",
                                label=self._label(columns[0]),
                            ),
                            self._by_number(pks[0]),
                        )

    def _by_number(self, pk: int) -> str:
        """How to change the record that has the value; its number only to whom it is shown."""
        if not hasattr(self.cls, "number"):
            return ""
        statement = select(self.cls.number).where(self.cls.id == pk)
        number = db.session.scalar(scopes.narrow(statement, self.person, "r", self.cls))
        return (
            _("To change that record, write its number: %(number)s.", number=number)
            if number
            else ""
        )

    def _label(self, name: str) -> str:
        spec = self.specs.get(name)
        return str(spec.label) if spec else name

    @staticmethod
    def _value_of(draft: Draft, name: str) -> Any:
        if name in draft.values:
            return draft.values[name]
        return getattr(draft.record, name) if draft.record is not None else draft.fixed.get(name)

    # -- filling -----------------------------------------------------------------------------------

    def _fill(self, draft: Draft) -> None:
        fresh = draft.record is None
        if fresh and draft.stored_id is None:
            if self.may_add:
                draft.fault(self.keys[0][0] if self.keys else "", self.may_add)
            record = self._new(draft)
            if self._is_doubted(draft):
                self._judge(draft, check(record))
        elif draft.record is not None and self.keeps:
            self._compare(draft)
        elif draft.record is not None and not draft.is_bad:
            self._change(draft)
            if self._is_doubted(draft):
                self._judge(draft, check_change(draft.record))
        if draft.is_bad:
            draft.outcome = BAD
        elif fresh or draft.comes_back:
            draft.outcome = NEW
        elif self.keeps or not self._is_modified(draft):
            draft.outcome = SAME
        else:
            draft.outcome = CHANGED
        if not self.keeps:
            self.index.enter(self.cls, draft.values, draft.row, draft.stored_id)

    def _is_doubted(self, draft: Draft) -> bool:
        """A row that was good in the trial is not asked a second time: the flush asks a third."""
        return (
            self.doubted is None or bool(draft.faults) or not self.doubted.isdisjoint(draft.rows)
        )

    def _new(self, draft: Draft) -> Any:
        record = draft.record = self.cls()
        for name, default in self._defaults.items():
            if name not in draft.values and name not in draft.fixed:
                setattr(record, name, default() if callable(default) else default)
        if self._stateful:
            record.state = self.cls.states.start
        for name, value in (draft.fixed | draft.values).items():
            self._set(record, name, value)
        self._set_lines(draft, record)
        return record

    def _set(self, record: Any, name: str, value: Any) -> None:
        if isinstance(value, Own):
            other = value.draft
            if other.stored_id is not None:
                value = other.stored_id
            elif other.record is not None and inspect(other.record).pending:
                setattr(record, self.specs[name].relation, other.record)
                return
            else:
                value = -other.row  # a simulation stores nothing; any id stands for "there"
        setattr(record, name, value)

    def _change(self, draft: Draft) -> None:
        record = draft.record
        if getattr(record, "voided_at", None) is not None:
            record.voided_at = record.voided_by_id = record.void_reason = None
            record.import_id = acting().importing
            draft.comes_back = True
        for name, value in draft.values.items():
            old = getattr(record, name)
            if not isinstance(value, Own) and (
                old == value or (old in (None, "", ()) and value in (None, "", ()))
            ):
                continue
            if name in self._locked:
                draft.fault(
                    name,
                    _("“%(label)s” is not yours to change.", label=self._label(name)),
                    _("Empty this cell."),
                )
                continue
            self._set(record, name, value)
            draft.changes[name] = (old, getattr(record, name))
        self._set_lines(draft, record)

    def _set_lines(self, draft: Draft, record: Any) -> None:
        """Lines of the sheet take the place of the record's lines, the first for the first, and so on."""
        for name, wanted in draft.lines.items():
            spec = self._line_specs[name]
            relation = getattr(self.cls, spec.relation)
            line_class = relation.property.mapper.class_
            stored = list(getattr(record, spec.relation)) if record.id is not None else []
            draft.touched += stored
            kept = []
            for place, (_row, values) in enumerate(wanted):
                line = stored[place] if place < len(stored) else line_class()
                for sub, default in _defaults_of(line_class).items() if line.id is None else ():
                    if sub not in values:
                        setattr(line, sub, default() if callable(default) else default)
                for sub_name, value in values.items():
                    if getattr(line, sub_name) != value:
                        setattr(line, sub_name, value)
                if line.order_no != place:
                    line.order_no = place
                kept.append(line)
            draft.touched += kept
            if kept != stored:
                setattr(record, spec.relation, kept)
                if record.id is not None:
                    draft.changes[name] = (len(stored), len(kept))
            self._judge_lines(draft, name, wanted, kept)

    def _judge_lines(
        self, draft: Draft, name: str, wanted: Sequence[tuple[int, Any]], lines: Sequence[Any]
    ) -> None:
        for (row, _values), line in zip(wanted, lines, strict=True):
            parent = f"{line.parent}_id"
            for refusal in check(line):
                if refusal.field in (parent, line.parent):
                    continue
                column, text = draft.shown.get(f"{name}.{refusal.field}", ("", ""))
                already = any(f.row == row and f.column == column for f in draft.faults)
                if not (column and already):
                    draft.faults.append(Fault(row, column, text, str(refusal)))

    def _compare(self, draft: Draft) -> None:
        """A record that stays as it is must still be the one the sheet means."""
        for name in self.agree:
            stored, said = getattr(draft.record, name), draft.values.get(name)
            if said not in (None, "", ()) and stored != said:
                draft.fault(
                    name,
                    _(
                        "%(record)s is called “%(stored)s” in the register, “%(said)s” in the sheet.",
                        record=getattr(draft.record, "number", None) or draft.record.title,
                        stored=stored,
                        said=said,
                    ),
                    _("Correct the one that is wrong."),
                )

    def _judge(self, draft: Draft, refusals: Iterable[Refusal]) -> None:
        unreadable = {fault.column for fault in draft.faults if fault.column}
        for refusal in refusals:
            name = refusal.field or ""
            column = (draft.shown.get(name) or draft.shown.get(f"{name}_id") or ("", ""))[0]
            # What could not be read is empty for the rules; "required" would be said twice.
            if column and column in unreadable:
                continue
            draft.fault(name, refusal, self._cure(draft, name))

    def _cure(self, draft: Draft, name: str) -> str:
        spec = self.specs.get(name) or self.specs.get(f"{name}_id")
        if spec is None:
            return ""
        if spec.name not in draft.shown and spec.name not in draft.values:
            return _("Add a column “%(label)s”, or give one value for all rows.", label=spec.label)
        return ""

    def _is_modified(self, draft: Draft) -> bool:
        return bool(draft.changes) or bool(db.session.is_modified(draft.record))

    # -- storing -----------------------------------------------------------------------------------

    def store(self, drafts: Sequence[Draft]) -> None:
        """Write the good ones, let go of the others; flushes, and empties the session."""
        session = db.session
        good = [draft for draft in drafts if not draft.is_bad and draft.outcome in (NEW, CHANGED)]
        for draft in drafts:
            if draft.is_bad and draft.record is not None:
                for one in (draft.record, *draft.touched):
                    if one in session:
                        session.expunge(one)
        self._give_ids([d.record for d in good if d.record.id is None])
        for draft in good:
            if draft.outcome == NEW:
                session.add(draft.record)
                if number := getattr(draft.record, "number", None):
                    self._given.append(number)
        self.index.writing = True
        try:
            with known(self.index):
                session.flush()
        finally:
            self.index.writing = False
        for draft in good:
            draft.stored_id = draft.record.id

    def _give_ids(self, records: Sequence[Any]) -> None:
        """Ids beforehand, so that nothing has to come back from the insert.

        To learn them SQLAlchemy inserts row by row on SQLite; on PostgreSQL it writes one statement
        with 30,000 placeholders, which the driver takes apart in Python for longer than it all takes.
        """
        connection, many = db.session.connection(), len(records)
        if many < 2:
            return
        if connection.dialect.name == "sqlite":
            # Who holds the one write lock may count.
            last = connection.execute(select(func.coalesce(func.max(self.cls.id), 0))).scalar_one()
            ids = list(range(last + 1, last + 1 + many))
        else:
            ids = list(
                connection.execute(
                    text(
                        "SELECT nextval(pg_get_serial_sequence(:table, 'id')) "
                        "FROM generate_series(1, :many)"
                    ),
                    {"table": f'public."{self.register}"', "many": many},
                ).scalars()
            )
        for record, pk in zip(records, ids, strict=True):
            record.id = pk

    def forget(self, draft: Draft) -> None:
        """Let a draft be placed once more, alone."""
        draft.record, draft.stored_id, draft.outcome, draft.changes = None, None, "", {}
        draft.comes_back, draft.touched = False, []
        self.index.leave(self.cls, draft.values, draft.row)

    def let_go(self, drafts: Sequence[Draft]) -> None:
        """Forget the records of this part, so that the next one finds room."""
        # All go and the few others come back: one by one, each would be asked for everything it refers to.
        others = [record for record in db.session if record in self._before]
        db.session.expunge_all()
        db.session.add_all(others)
        for draft in drafts:
            draft.record = None

    def close(self) -> None:
        """Numbers from the sheet that look like our own are not given again."""
        if self.cls.numbered and self._given:
            numbering.keep_clear(
                db.session.connection(), self.register, self.cls.numbered, self._given
            )
        self._given = []


def _defaults_of(cls: Any) -> dict[str, Any]:
    """What a form would have filled in: the declared defaults, and "no" where nothing was ticked."""
    found = {}
    for name, spec in cls.specs().items():
        if spec.default is not None:
            found[name] = spec.default
        elif spec.kind is Kind.BOOL and not spec.calculated:
            column = cls.__mapper__.column_attrs[name].columns[0]
            if not column.nullable:
                found[name] = False
    return found


def _all(_import_id: int | None) -> bool:
    return True


def _none(_import_id: int | None) -> bool:
    return False


def _is_open(words: Iterable[Any]) -> bool:
    """Whether a part of the key is a record that is not stored yet."""
    return any(isinstance(word, Own) or (type(word) is int and word < 0) for word in words)


def _unique_columns(cls: type[Kept]) -> list[tuple[str, ...]]:
    """Columns that may hold a value only once, one by one or together."""
    by_column = {
        attribute.columns[0].name: attribute.key for attribute in cls.__mapper__.column_attrs
    }
    found: list[tuple[str, ...]] = []
    for index in cls.__table__.indexes:
        # What is unique under a further condition is asked by a rule of the record.
        if index.unique and (index.info.get("once") or not index.dialect_kwargs):
            names = tuple(by_column[column.name] for column in index.columns)
            found.append(names)
    return list(dict.fromkeys(found))
