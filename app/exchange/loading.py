"""A sheet becomes records: tried first, loaded after, in parts that fit the memory.

Lines (child rows) come in the sheet as repeated rows. Columns headed "lines / field" (such as
"Advice / Amount") fill a line; rows that follow each other and have the same number or key, or leave
all columns of the record empty, are lines of one record. What the sheet says of lines takes the place
of all lines the record had.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import func, insert, select, text
from sqlalchemy.exc import IntegrityError

from app.audit import AuditEntry, record_event
from app.exchange import columns, questions
from app.exchange.columns import Target
from app.exchange.faults import Fault, Unfit
from app.exchange.models import ImportFault, ImportRun
from app.exchange.placing import BAD, CHANGED, NEW, SAME, Draft, Own, Placer
from app.exchange.recipe import RECIPES, Recipe
from app.exchange.references import References
from app.exchange.sheet import Sheet, is_empty
from app.exchange.values import HOME_CURRENCY, Reader, in_another_currency, reader_of
from app.extensions import db
from app.jobs import progress
from app.records import (
    REGISTERED,
    FieldSpec,
    Kind,
    Refusal,
    Refused,
    specs_of,
    within,
)
from app.security import scopes

#: rows that are placed and stored together
PART = 500
#: faults that are kept of one trial; a sheet with more is the wrong sheet
KEPT_FAULTS = 200_000
#: changed cells that are shown beforehand
SHOWN_CHANGES = 200

_FAULTS = ImportFault.__table__


@dataclass
class Counts:
    """What became of the rows."""

    rows: int = 0
    new: int = 0
    changed: int = 0
    same: int = 0
    bad: int = 0
    faults: int = 0
    warnings: int = 0
    cells: int = 0
    seconds: float = 0.0
    #: register → new, changed, same; of a recipe
    registers: dict[str, dict[str, int]] = field(default_factory=dict)
    #: (row, record, field, old, new)
    changes: list[tuple[int, str, str, str, str]] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        return {
            "rows": self.rows,
            "new": self.new,
            "changed": self.changed,
            "same": self.same,
            "bad": self.bad,
            "faults": self.faults,
            "warnings": self.warnings,
            "cells": self.cells,
            "seconds": round(self.seconds, 1),
            "registers": self.registers,
            "changes": self.changes[:SHOWN_CHANGES],
        }


# -- what a sheet may fill -------------------------------------------------------------------------


def targets_of(register: str, person: scopes.Person) -> list[Target]:
    """The fields a sheet may fill for this person: those of the layout, the number, and what every record has."""
    cls: Any = REGISTERED[register]
    specs: dict[str, FieldSpec] = cls.specs()
    languages = questions.languages()
    found: list[Target] = []
    names = ["number", *questions.press().fields_of(register), "owner_dept_id", "remark"]
    for name in dict.fromkeys(names):
        spec = specs.get(name)
        if spec is None or _is_closed(person, register, name):
            continue
        if spec.kind is Kind.LINES:
            line = getattr(cls, spec.relation).property.mapper.class_
            found += [
                columns.target_of(sub, languages, line=spec)
                for sub in specs_of(line).values()
                if columns.importable(sub) and sub.name not in (f"{line.parent}_id", "number")
            ]
        elif columns.importable(spec):
            found.append(columns.target_of(spec, languages))
    return found


def not_yours(register: str, person: scopes.Person) -> dict[str, str]:
    """Headers of fields that exist, but that a sheet of this person may not fill."""
    cls: Any = REGISTERED[register]
    open_names = {target.name for target in targets_of(register, person)}
    hidden = scopes.hidden_fields(person, register)
    found: dict[str, str] = {}
    for spec in cls.specs().values():
        if spec.name in open_names or spec.name in hidden or spec.kind is Kind.LINES:
            continue
        for header in columns.target_of(spec, questions.languages()).goes_by:
            found.setdefault(header, str(spec.label))
    return found


def _is_closed(person: scopes.Person, register: str, name: str) -> bool:
    return scopes.field_right(person, register, name) in ("hidden", "readonly")


def targets_of_recipe(recipe: Recipe) -> list[Target]:
    languages = questions.languages()
    return [columns.target_of(one.spec, languages) for one in recipe.inputs]


def targets_for(register: str, recipe: str, person: scopes.Person) -> list[Target]:
    return targets_of_recipe(RECIPES[recipe]) if recipe else targets_of(register, person)


def why_not_add(register: str, person: scopes.Person, *, by_recipe: bool = False) -> str:
    """Why this person enters nothing new by a sheet; "" where he may."""
    verb = "a" if by_recipe else "l"
    if scopes.may(person, verb, register):
        return ""
    return _(
        "There is no such record in “%(register)s”, and it is not yours to enter.",
        register=questions.press().title_of(register),
    )


# -- reading rows ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Wanted:
    """A column of the sheet that fills a field."""

    place: int
    header: str
    target: Target
    read: Reader


def wanted_columns(
    sheet: Sheet, mapping: Mapping[str, str], targets: Sequence[Target], date_order: str
) -> list[Wanted]:
    by_name = {target.name: target for target in targets}
    languages = questions.languages()
    return [
        Wanted(place, header, target, reader_of(target.spec, languages, date_order))
        for place, header in enumerate(sheet.header)
        if (target := by_name.get(mapping.get(header, "")))
    ]


def shown(cell: Any) -> str:
    """A cell as a fault quotes it."""
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer():
        return f"{cell:.0f}"
    return str(cell).strip()[:200]


@dataclass
class Task:
    """Everything a simulation or a load of one run needs to know."""

    run: ImportRun
    sheet: Sheet
    person: scopes.Person
    targets: list[Target]
    writes: bool = False

    def __post_init__(self) -> None:
        self.wanted = wanted_columns(
            self.sheet, self.run.mapping or {}, self.targets, self.run.date_order
        )
        self.references = References(self.person, questions.press().choosable)
        self.faults: list[Fault] = []
        self.counts = Counts()
        #: the run's own words: the session is emptied between parts
        self.run_id: int = self.run.id
        self.register: str = self.run.register
        self.keeps_empty: bool = self.run.keeps_empty
        self.mode: str = self.run.mode
        self.fixed_texts: dict[str, str] = dict(self.run.fixed or {})

    def note(self, faults: Sequence[Fault]) -> None:
        room = KEPT_FAULTS - len(self.faults)
        self.faults += list(faults)[: max(0, room)]
        for fault in faults:
            if fault.is_warning:
                self.counts.warnings += 1
            else:
                self.counts.faults += 1


def fixed_values(task: Task) -> dict[str, Any]:
    """One value for all new records, for fields that no column fills.

    :raises Refused: where one of them is no value
    """
    by_name = {target.name: target for target in task.targets}
    found: dict[str, Any] = {}
    refusals = []
    for name, words in task.fixed_texts.items():
        target = by_name.get(name)
        if target is None or target.line:
            refusals.append(Refusal(_("There is no field “%(name)s”.", name=name), name))
            continue
        try:
            value, _warning, _currency = reader_of(target.spec, questions.languages())(words)
            if target.spec.kind is Kind.REFERENCE and value is not None:
                meant = task.references.resolve(target.spec, [value])[value]
                if isinstance(meant, Unfit):
                    raise meant
                value = meant
        except Unfit as no:
            refusals.append(Refusal(f"{target.label}: {no.reason} {no.cure}".strip(), target.name))
        else:
            if value is not None:
                found[name] = value
    if refusals:
        raise Refused(refusals)
    return found


class Rows:
    """The drafts of a plain import, part by part."""

    def __init__(self, task: Task, cls: Any, keys: Sequence[tuple[str, ...]]) -> None:
        self.task = task
        self.cls = cls
        self.fixed = fixed_values(task)
        self.own = [w for w in task.wanted if not w.target.line]
        self.lines = [w for w in task.wanted if w.target.line]
        key_names = {name for key in keys for name in key}
        self.key_places = [w.place for w in self.own if w.target.name in key_names] or [
            w.place for w in self.own
        ]
        self.has_own_references = any(
            w.target.spec.references == cls.__tablename__ for w in self.own
        )
        #: the drafts of the sheet so far by every word they go by, for references among themselves
        self.named: dict[str, list[Draft]] = {}
        specs = cls.specs()
        self.currencies = {
            name: unit.removeprefix("@")
            for name, spec in specs.items()
            if (unit := str(spec.unit)).startswith("@") and unit[1:] in specs
        }

    def parts(self) -> Iterator[list[Draft]]:
        part: list[Draft] = []
        for draft in self._drafts():
            if len(part) >= PART:
                self._resolve(part)
                yield part
                part = []
            part.append(draft)
        if part:
            self._resolve(part)
            yield part

    def _drafts(self) -> Iterator[Draft]:
        """One for each row; rows of lines are gathered under the row that begins their record."""
        before: list[Any] | None = None
        draft: Draft | None = None
        for number, cells in self.task.sheet.rows():
            self.task.counts.rows += 1
            key = [cells[place] for place in self.key_places]
            empty = all(is_empty(cells[w.place]) for w in self.own)
            if draft is not None and self.lines and (empty or key == before):
                draft.rows = (*draft.rows, number)
                self._read_line(draft, number, cells)
                continue
            if draft is not None:
                yield draft
            before = key
            draft = Draft((number,), {}, fixed=dict(self.fixed))
            self._read(draft, cells)
            if self.lines:
                self._read_line(draft, number, cells)
        if draft is not None:
            yield draft

    def _read(self, draft: Draft, cells: Sequence[Any]) -> None:
        currencies: dict[str, tuple[str, str]] = {}
        for wanted in self.own:
            cell, name = cells[wanted.place], wanted.target.name
            draft.shown[name] = (wanted.header, shown(cell))
            try:
                value, warning, currency = wanted.read(cell)
            except Unfit as no:
                draft.faults.append(
                    Fault(draft.row, wanted.header, shown(cell), no.reason, no.cure)
                )
                continue
            if warning:
                draft.faults.append(
                    Fault(draft.row, wanted.header, shown(cell), warning, is_warning=True)
                )
            if currency:
                currencies[name] = (currency, wanted.header)
            if value is None or value == ():
                if not self.task.keeps_empty and name != "number":
                    draft.values[name] = value
                continue
            draft.values[name] = value
        for name, (currency, header) in currencies.items():
            self._say_currency(draft, name, currency, header)

    def _say_currency(self, draft: Draft, name: str, currency: str, header: str) -> None:
        """An amount that names its currency fills the field of the currency too, or contradicts it."""
        other = self.currencies.get(name)
        said = draft.values.get(other) if other else None
        if other and said in (None, "", currency):
            draft.values[other] = currency
        elif said or currency != HOME_CURRENCY:
            reason, cure = in_another_currency(currency)
            if said:
                cure = _("The currency column says %(said)s.", said=said)
            draft.faults.append(Fault(draft.row, header, draft.shown[name][1], reason, cure))

    def _read_line(self, draft: Draft, number: int, cells: Sequence[Any]) -> None:
        by_field: dict[str, dict[str, Any]] = {}
        for wanted in self.lines:
            cell, spec = cells[wanted.place], wanted.target.spec
            draft.shown[wanted.target.name] = (wanted.header, shown(cell))
            values = by_field.setdefault(wanted.target.line, {})
            try:
                value, warning, _currency = wanted.read(cell)
            except Unfit as no:
                draft.faults.append(Fault(number, wanted.header, shown(cell), no.reason, no.cure))
                continue
            if warning:
                draft.faults.append(
                    Fault(number, wanted.header, shown(cell), warning, is_warning=True)
                )
            if value is not None and value != ():
                values[spec.name] = value
        for name, values in by_field.items():
            if values:
                draft.lines.setdefault(name, []).append((number, values))

    # -- references --------------------------------------------------------------------------------

    def _resolve(self, drafts: Sequence[Draft]) -> None:
        """Texts of references become ids, for the whole part at once."""
        if self.has_own_references:
            self._name_them(drafts)
        for wanted in self.own:
            spec, name = wanted.target.spec, wanted.target.name
            if spec.kind is not Kind.REFERENCE:
                continue
            texts = [d.values[name] for d in drafts if isinstance(d.values.get(name), str)]
            found = self.task.references.resolve(spec, texts)
            for draft in drafts:
                said = draft.values.get(name)
                if not isinstance(said, str):
                    continue
                meant = found[said]
                if isinstance(meant, Unfit):
                    own = self._own(spec, said, draft)
                    if own is None:
                        del draft.values[name]
                        draft.fault(name, meant.reason, meant.cure)
                    else:
                        draft.values[name] = own
                else:
                    draft.values[name] = meant
        for wanted in self.lines:
            spec, field_name = wanted.target.spec, wanted.target.line
            if spec.kind is not Kind.REFERENCE:
                continue
            rows = [
                (draft, number, values)
                for draft in drafts
                for number, values in draft.lines.get(field_name, ())
                if isinstance(values.get(spec.name), str)
            ]
            found = self.task.references.resolve(spec, [v[spec.name] for _d, _n, v in rows])
            for draft, number, values in rows:
                said = values[spec.name]
                meant = found[said]
                if isinstance(meant, Unfit):
                    del values[spec.name]
                    draft.faults.append(
                        Fault(number, wanted.header, said, meant.reason, meant.cure)
                    )
                else:
                    values[spec.name] = meant

    def _name_them(self, drafts: Sequence[Draft]) -> None:
        names = {"number", *self.cls.found_by, self.cls.titled_by}
        for draft in drafts:
            for name in names:
                word = draft.values.get(name)
                if isinstance(word, str):
                    self.named.setdefault(word, []).append(draft)

    def _own(self, spec: FieldSpec, said: str, draft: Draft) -> Own | None:
        """A record that the same sheet brings in a row above."""
        if spec.references != self.cls.__tablename__:
            return None
        above = {id(d): d for d in self.named.get(said, ()) if d.row < draft.row and not d.is_bad}
        return Own(next(iter(above.values()))) if len(above) == 1 else None


# -- simulate and load -----------------------------------------------------------------------------


def keys_of(cls: Any) -> list[tuple[str, ...]]:
    found: list[tuple[str, ...]] = [("number",)] if hasattr(cls, "number") else []
    if cls.found_by:
        found.append(tuple(cls.found_by))
    return found


@contextmanager
def _calm() -> Iterator[None]:
    """What stands in the memory beforehand is not looked through again and again for garbage.

    A load makes and drops millions of objects; each search for garbage among them would walk over
    the whole application besides (a quarter of the time, measured).
    """
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


def simulate(task: Task) -> Counts:
    """Hold every row against every rule and store nothing; all faults of all rows."""
    started = time.monotonic()
    with db.session.no_autoflush, _calm():
        _work(task)
    db.session.rollback()
    task.counts.seconds = time.monotonic() - started
    return task.counts


def load(task: Task) -> Counts:
    """The same, and store: all rows, or those without faults. Runs inside `writing()`, commits nothing.

    :raises Refused: in the mode "all", when any row is bad
    """
    started = time.monotonic()
    task.writes = True
    before = db.session.scalar(select(func.max(AuditEntry.id))) or 0
    with within(importing=task.run_id) as context, _calm():
        _work(task)
        if task.mode == "all" and task.counts.bad:
            raise Refused(
                Refusal(
                    _(
                        "%(count)d rows have faults, and nothing is loaded unless all are good.",
                        count=task.counts.bad,
                    )
                )
            )
        task.counts.seconds = time.monotonic() - started
        run = db.session.get_one(ImportRun, task.run_id)
        record_event(
            "load",
            register=run.register,
            label=run.file_name,
            details={
                "import": run.id,
                "sha256": run.sha256,
                **{k: v for k, v in task.counts.as_dict().items() if k != "changes"},
            },
        )
        run.click, run.audit_from = context.click, before
        run.audit_to = db.session.scalar(select(func.max(AuditEntry.id)))
    run.registers = list(task.counts.registers) or [run.register]
    return task.counts


def _work(task: Task) -> None:
    if task.run.recipe:
        from app.exchange.cooking import cook

        cook(task, RECIPES[task.run.recipe])
        return
    cls: Any = REGISTERED[task.register]
    keys = keys_of(cls)
    placer = Placer(cls, task.person, keys, may_add=why_not_add(task.register, task.person))
    if task.writes and task.run.counts is not None:
        placer.doubted = _bad_rows(task.run_id)
    rows = Rows(task, cls, keys)
    total = task.sheet.total
    for part in rows.parts():
        place(task, placer, part, writes=task.writes)
        count(task, part, cls)
        placer.let_go(part)
        progress(task.counts.rows, total, _("Row %(n)d", n=part[-1].rows[-1]))
    if task.writes:
        placer.close()
    task.counts.registers = {
        task.register: {
            NEW: task.counts.new,
            CHANGED: task.counts.changed,
            SAME: task.counts.same,
        }
    }


def place(task: Task, placer: Placer, part: Sequence[Draft], *, writes: bool) -> None:
    """Decide on a part, and write it. What only the database or a late rule refuses is found out row by row."""
    if not writes:
        placer.place(part)
        return
    if task.mode == "all":
        placer.place(part)
        try:
            placer.store(part)
        except IntegrityError as error:
            raise Refused([Refusal(_in_words(error)), _since_the_trial()]) from None
        except Refused as no:
            raise Refused([*no.refusals, _since_the_trial()]) from None
        return
    # Opened first: the session writes what it holds before a savepoint, and it would hold bad rows too.
    nested = db.session.begin_nested()
    placer.place(part)
    try:
        placer.store(part)
        nested.commit()
    except (Refused, IntegrityError):
        nested.rollback()
        placer.let_go(part)
        _store_one_by_one(placer, part)


def _since_the_trial() -> Refusal:
    return Refusal(
        _("Something has changed since the trial. Try the sheet once more to see the rows.")
    )


def _bad_rows(run_id: int) -> frozenset[int]:
    """What the trial of this very sheet found bad."""
    found = select(ImportFault.row).where(
        ImportFault.run_id == run_id, ImportFault.is_warning.is_(False)
    )
    return frozenset(db.session.scalars(found.distinct()))


def _store_one_by_one(placer: Placer, part: Sequence[Draft]) -> None:
    placer.doubted = None
    for draft in part:
        if draft.is_bad or draft.outcome == SAME:
            continue
        placer.forget(draft)
        nested = db.session.begin_nested()
        placer.place([draft])
        if draft.is_bad:
            placer.let_go([draft])
            nested.rollback()
            continue
        try:
            placer.store([draft])
            nested.commit()
        except Refused as no:
            nested.rollback()
            for refusal in no.refusals:
                draft.fault(refusal.field or "", refusal)
        except IntegrityError as error:
            nested.rollback()
            draft.fault("", _in_words(error))
        if draft.is_bad:
            draft.outcome = BAD
            placer.let_go([draft])


def _in_words(error: IntegrityError) -> str:
    """What a broken constraint means; the press knows the words."""
    return questions.press().explain(error)


def count(task: Task, part: Sequence[Draft], cls: Any) -> None:
    counts = task.counts
    for draft in part:
        task.note(draft.faults)
        if draft.outcome == BAD:
            counts.bad += len(draft.rows)
        elif draft.outcome == NEW:
            counts.new += 1
        elif draft.outcome == SAME:
            counts.same += 1
        elif draft.outcome == CHANGED:
            counts.changed += 1
            counts.cells += len(draft.changes)
            if len(counts.changes) < SHOWN_CHANGES:
                counts.changes += changes_in_words(draft, cls, task.person)


def changes_in_words(
    draft: Draft, cls: Any, person: scopes.Person
) -> list[tuple[int, str, str, str, str]]:
    specs = cls.specs()
    label = getattr(draft.record, "number", None) or draft.record.title
    found = []
    for name, (old, new) in draft.changes.items():
        spec = specs.get(name)
        if spec is None or scopes.field_right(person, cls.__tablename__, name):
            continue
        if spec.kind is Kind.LINES:
            words = (
                _("%(count)d lines", count=old),
                _("%(count)d lines", count=new),
            )
        else:
            words = (_in_a_word(spec, old), _in_a_word(spec, new))
        found.append((draft.row, str(label), str(spec.label), *words))
    return found


def _in_a_word(spec: FieldSpec, value: Any) -> str:
    if value in (None, "", ()):
        return ""
    if spec.kind is Kind.REFERENCE:
        cls = REGISTERED.get(spec.references)
        other = db.session.get(cls, value) if cls is not None and value > 0 else None
        return other.title if other is not None else f"#{value}"
    if spec.kind is Kind.CHOICE:
        return spec.label_of(value)
    if spec.kind is Kind.CHOICES:
        return "、".join(spec.label_of(one) for one in value)
    if spec.kind is Kind.BOOL:
        return _("Yes") if value else _("No")
    return str(value)[:200]


# -- keeping what was found ------------------------------------------------------------------------


def keep_faults(run_id: int, faults: Sequence[Fault]) -> None:
    """The faults of this trial, in place of those of the last one."""
    connection = db.session.connection()
    connection.execute(_FAULTS.delete().where(_FAULTS.c.run_id == run_id))
    rows = [
        {
            "run_id": run_id,
            "row": fault.row,
            "header": fault.column[:150],
            "value": fault.value[:300],
            "reason": fault.reason,
            "cure": fault.cure,
            "is_warning": fault.is_warning,
            "kind": _kind(fault),
        }
        for fault in sorted(faults, key=lambda f: f.row)
    ]
    for start in range(0, len(rows), 5000):
        connection.execute(insert(_FAULTS), rows[start : start + 5000])


def _kind(fault: Fault) -> str:
    reason = fault.reason
    if fault.value:
        reason = reason.replace(fault.value, "…")
    return f"{fault.column}: {reason}"[:200] if fault.column else reason[:200]


def one_at_a_time(register: str) -> None:
    """Two loads into one register follow each other: the second one then finds what the first brought."""
    connection = db.session.connection()
    if connection.dialect.name == "postgresql":
        # A plan that was made while the table was empty reads it whole for each part: 100,000 rows
        # took eight minutes by it.
        connection.execute(text("SET LOCAL plan_cache_mode = force_custom_plan"))
        connection.execute(
            text("SELECT pg_advisory_xact_lock(7210043, hashtext(:register))"),
            {"register": register},
        )
