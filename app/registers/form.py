"""How a register is filled: one WTForms form for each register and person, from the declaration."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from sqlalchemy import select
from werkzeug.datastructures import FileStorage, MultiDict
from wtforms import Field, FieldList, Form
from wtforms import FormField as SubForm
from wtforms.widgets import TextInput

from app.extensions import db
from app.records import attachments
from app.records.fields import FieldSpec, Kind, plain_value, specs_of
from app.records.reading import Unreadable, read, written
from app.records.record import REGISTERED, Kept, LineRecord
from app.records.refusals import Refusal
from app.registers import pages
from app.registers.articles import source_of
from app.registers.cells import text_of
from app.registers.declare import Section
from app.security import scopes

_WIDTHS = {
    Kind.DATE: 3,
    Kind.TIME: 3,
    Kind.BOOL: 3,
    Kind.WHOLE: 3,
    Kind.PERCENT: 3,
    Kind.QUANTITY: 3,
    Kind.WORD: 3,
    Kind.PHONE: 3,
    Kind.MONEY: 4,
    Kind.CHOICE: 3,
    Kind.EMAIL: 4,
    Kind.INSTANT: 4,
    Kind.REFERENCE: 4,
    Kind.TITLE: 6,
    Kind.LINE: 6,
    Kind.URL: 6,
    Kind.CHOICES: 12,
    Kind.PROSE: 12,
    Kind.FILE: 12,
    Kind.LINES: 12,
}


class TypedField(Field):
    """An input of a register: what was typed stays, what it means is read by its kind."""

    widget = TextInput()

    def __init__(self, spec: FieldSpec, **options: Any) -> None:
        self.spec = spec
        self.data: Any = None
        self.typed: list[str] | None = None
        super().__init__(label=spec.label, **options)

    def process_formdata(self, valuelist: list[Any]) -> None:
        if self.spec.kind is Kind.FILE:
            self.data = [f for f in valuelist if isinstance(f, FileStorage) and f.filename]
            return
        self.typed = [v for v in valuelist if isinstance(v, str)]
        raw: Any = self.typed
        if self.spec.kind is not Kind.CHOICES:
            raw = self.typed[-1] if self.typed else None
        try:
            self.data = read(self.spec, raw)
        except Unreadable as no:
            self.data = None
            raise ValueError(str(no)) from None
        if self.spec.required and self.data in (None, "", ()):
            raise ValueError(_("%(label)s is required.", label=self.spec.label))

    def _value(self) -> str:
        if self.typed is not None:
            return (
                ",".join(self.typed)
                if self.spec.kind is Kind.CHOICES
                else (self.typed or [""])[-1]
            )
        return written(self.spec, self.data)

    def values(self) -> list[str]:
        if self.typed is not None:
            return [part for text in self.typed for part in text.split(",") if part]
        return list(self.data or ())


def line_class(record_class: type[Kept], spec: FieldSpec) -> type[LineRecord]:
    return getattr(record_class, spec.relation).property.mapper.class_


def line_specs(line: type[LineRecord]) -> list[FieldSpec]:
    """The fields of a line that are typed in: neither its place nor its parent."""
    parent = f"{line.parent}_id"
    return [s for s in specs_of(line).values() if s.writable and s.name != parent]


class _LineId(Field):
    def process_formdata(self, valuelist: list[Any]) -> None:
        self.data = valuelist[0] if valuelist else ""

    def _value(self) -> str:
        return str(self.data or "")


class Filling:
    """One form of a register for one person: what may be filled, what was typed, what is wrong."""

    def __init__(
        self,
        record_class: type[Kept],
        layout: Sequence[Section],
        person: scopes.Person,
        verb: str,
        record: Kept | None = None,
    ) -> None:
        self.record_class = record_class
        self.record = record
        self.person = person
        self.layout = layout
        register = record_class.__tablename__
        group = scopes.limited_fields(person, verb, record_class)
        if (
            group is not None
            and record is not None
            and scopes.held_in_full(person, type(record), [record.id], verb)
        ):
            group = None
        specs = record_class.specs()
        self.shown: dict[str, FieldSpec] = {}
        self.open: dict[str, FieldSpec] = {}
        for name in (name for section in layout for name in section.fields):
            spec = specs[name]
            right = scopes.field_right(person, register, name)
            if right == "hidden":
                continue
            self.shown[name] = spec
            masked = right == "masked" and record is not None
            if (
                spec.writable
                and right != "readonly"
                and not masked
                and (group is None or name in group)
            ):
                self.open[name] = spec
        members: dict[str, Any] = {}
        for name, spec in self.open.items():
            if spec.kind is Kind.LINES:
                line = line_class(record_class, spec)
                sub = type(
                    f"{line.__name__}Form",
                    (Form,),
                    {"line_id": _LineId(), **{s.name: TypedField(s) for s in line_specs(line)}},
                )
                members[name] = FieldList(SubForm(sub))
            else:
                members[name] = TypedField(spec)
        self._form_class = type(f"{record_class.__name__}Form", (Form,), members)
        self.form: Form = self._form_class()
        self.errors: dict[str, list[str]] = {}
        self.line_errors: dict[tuple[str, int, str], list[str]] = {}

    # -- filling -------------------------------------------------------------------------------

    def from_record(
        self, record: Kept | None = None, preset: dict[str, Any] | None = None
    ) -> Filling:
        source = record or self.record
        data: dict[str, Any] = {}
        for name, spec in self.open.items():
            if spec.kind is Kind.FILE:
                continue
            if source is None:
                data[name] = (preset or {}).get(name, _default(spec))
            elif spec.kind is Kind.LINES:
                data[name] = [
                    self._line_data(spec, line) for line in getattr(source, spec.relation)
                ]
            else:
                data[name] = getattr(source, name)
        self.form = self._form_class(data=data)
        for name, value in (preset or {}).items():
            if source is None and name in self.open and isinstance(value, str):
                field = self.form[name]
                if isinstance(field, TypedField):
                    try:
                        field.data = read(field.spec, value)
                    except Unreadable:
                        field.data = None
        return self

    def _line_data(self, spec: FieldSpec, line: LineRecord) -> dict[str, Any]:
        return {
            "line_id": str(line.id),
            **{s.name: getattr(line, s.name) for s in line_specs(type(line))},
        }

    def from_typed(
        self, typed: MultiDict[str, Any], files: MultiDict[str, Any] | None = None
    ) -> Filling:
        """Read what was sent. Fields that were not in the form stay as they are."""
        together: MultiDict[str, Any] = MultiDict(typed)
        for name, spec in self.open.items():
            if spec.kind is Kind.FILE and files is not None:
                together.setlist(name, files.getlist(name))
            elif spec.kind in (Kind.BOOL, Kind.CHOICES) and name not in together:
                together.setlist(name, [])
                together.add(name, "")
        self.form = self._form_class(formdata=together)
        self.form.validate()
        for name, field in self.form._fields.items():
            if isinstance(field, TypedField) and field.errors:
                self.errors[name] = [str(e) for e in field.errors]
            elif isinstance(field, FieldList):
                for place, entry in enumerate(field.entries):
                    for sub_name, sub in entry.form._fields.items():
                        if sub.errors:
                            self.line_errors[name, place, sub_name] = [str(e) for e in sub.errors]
        self._check_references()
        return self

    def _check_references(self) -> None:
        """A reference must lead to a row that exists and that this person may see."""
        for name, field in self.form._fields.items():
            if isinstance(field, TypedField):
                if no := self._unseen(field):
                    self.errors.setdefault(name, []).append(no)
            elif isinstance(field, FieldList):
                for place, entry in enumerate(field.entries):
                    for sub_name, sub in entry.form._fields.items():
                        if isinstance(sub, TypedField) and (no := self._unseen(sub)):
                            self.line_errors.setdefault((name, place, sub_name), []).append(no)

    def _unseen(self, field: TypedField) -> str:
        spec = field.spec
        if spec.kind is not Kind.REFERENCE or field.data is None:
            return ""
        if self.record is not None and getattr(self.record, spec.name, None) == field.data:
            return ""  # what stood there may stay, even where the person does not see it
        if not may_refer(self.person, spec, field.data):
            return _(
                "%(label)s: this entry is not there, or not yours to choose.", label=spec.label
            )
        return ""

    def _names(self, field: TypedField) -> bool:
        """What the record holds may be named; what was typed or came with the address only in scope."""
        stands = self.record is not None and field.typed is None
        return stands or may_refer(self.person, field.spec, field.data)

    @property
    def is_clean(self) -> bool:
        return not self.errors and not self.line_errors

    def values(self) -> dict[str, Any]:
        return {
            name: field.data
            for name, field in self.form._fields.items()
            if isinstance(field, TypedField) and field.spec.kind is not Kind.FILE
        }

    def apply(self, record: Kept) -> None:
        """Write what was read onto a record, lines included; flushes nothing."""
        with db.session.no_autoflush:
            for name, value in self.values().items():
                if getattr(record, name) != value:
                    setattr(record, name, value)
                    _forget_relation(record, self.open[name])
            for name, spec in self.open.items():
                if spec.kind is Kind.LINES:
                    self._apply_lines(record, spec, self.form[name])

    def _apply_lines(self, record: Kept, spec: FieldSpec, field: FieldList) -> None:
        kind = line_class(self.record_class, spec)
        stored = {
            str(line.id): line for line in getattr(record, spec.relation) if line.id is not None
        }
        kept = []
        for place, entry in enumerate(field.entries):
            values = {
                n: f.data for n, f in entry.form._fields.items() if isinstance(f, TypedField)
            }
            if all(v in (None, "", (), False) for v in values.values()):
                continue
            line = stored.pop(str(entry.form.line_id.data or ""), None) or kind()
            for name, value in values.items():
                if getattr(line, name) != value:
                    setattr(line, name, value)
            if line.order_no != place:
                line.order_no = place
            kept.append(line)
        setattr(record, spec.relation, kept)

    def store_files(self, record: Kept) -> None:
        for name, spec in self.open.items():
            if spec.kind is Kind.FILE:
                for file in self.form[name].data or ():
                    attachments.attach(record, file.stream, file.filename, name)

    def refuse(self, refusals: Iterable[Refusal]) -> None:
        """Put each refusal at its field; what belongs to no shown field stands on top."""
        for refusal in refusals:
            name = refusal.field or ""
            if name not in self.shown:
                name = name if name + "_id" not in self.shown else name + "_id"
            self.errors.setdefault(name if name in self.shown else "", []).append(str(refusal))

    # -- the page ------------------------------------------------------------------------------

    def base(self) -> str:
        """The values as they stand in the form, to see later who changed what."""
        return json.dumps(
            {
                name: plain_value(field.data)
                for name, field in self.form._fields.items()
                if isinstance(field, TypedField) and field.spec.kind is not Kind.FILE
            },
            ensure_ascii=False,
        )

    def sections(self) -> list[pages.FormSection]:
        made = []
        for number, section in enumerate(self.layout):
            fields = [
                self._field(self.shown[name]) for name in section.fields if name in self.shown
            ]
            if fields:
                made.append(
                    pages.FormSection(
                        str(section.title),
                        fields,
                        note=str(section.note or ""),
                        anchor=f"section-{number}",
                    )
                )
        return made

    def _field(self, spec: FieldSpec) -> pages.FormField:
        common: dict[str, Any] = {
            "name": spec.name,
            "label": str(spec.label),
            "kind": spec.kind.value,
            "help": str(spec.help) if spec.help is not None else "",
            "note": source_of(spec.article).label if spec.article else "",
            "errors": self.errors.get(spec.name, []),
            "unit": "" if str(spec.unit).startswith("@") else str(spec.unit),
            "width": spec.width or _WIDTHS.get(spec.kind, 4),
            "required": spec.required,
            "max_length": spec.length or None,
        }
        if spec.name not in self.open:
            value = ""
            if (
                self.record is not None
                and not spec.calculated
                and spec.kind not in (Kind.LINES, Kind.FILE)
            ):
                value = self._read_only(spec)
            elif self.record is not None and spec.calculated:
                value = text_of(spec, getattr(self.record, spec.name))
            return pages.FormField(**common, value=value, readonly=True)
        if spec.kind is Kind.LINES:
            return pages.FormField(**common, lines=self._lines(spec))
        if spec.kind is Kind.FILE:
            return pages.FormField(**common)
        return _input(self.form[spec.name], common, self._names)

    def _read_only(self, spec: FieldSpec) -> str:
        value = getattr(self.record, spec.name)
        right = scopes.field_right(self.person, self.record_class.__tablename__, spec.name)
        if value not in (None, "", ()) and right == "masked":
            return scopes.mask(value)
        if spec.kind is Kind.REFERENCE:
            other = getattr(self.record, spec.relation)
            return other.title if other is not None else ""
        return text_of(spec, value)

    def _lines(self, spec: FieldSpec) -> pages.LinesField:
        line = line_class(self.record_class, spec)
        specs = line_specs(line)
        rows = [
            pages.LinesRow(
                str(entry.form.line_id.data or ""),
                [
                    _input(
                        entry.form[s.name],
                        _line_common(
                            s,
                            f"{spec.name}-{place}-{s.name}",
                            self.line_errors.get((spec.name, place, s.name), []),
                        ),
                        self._names,
                    )
                    for s in specs
                ],
            )
            for place, entry in enumerate(self.form[spec.name].entries)
        ]
        empty = type("Blank", (Form,), {s.name: TypedField(s) for s in specs})()
        blank = pages.LinesRow(
            "",
            [
                _input(
                    empty[s.name],
                    _line_common(s, f"{spec.name}-__index__-{s.name}", []),
                    self._names,
                )
                for s in specs
            ],
        )
        columns = [
            pages.Column(s.name, str(s.label), s.kind.value, unit=str(s.unit)) for s in specs
        ]
        return pages.LinesField(spec.name, columns, rows, blank, self.errors.get(spec.name, []))


def _line_common(spec: FieldSpec, name: str, errors: list[str]) -> dict[str, Any]:
    return {
        "name": name,
        "label": str(spec.label),
        "kind": spec.kind.value,
        "errors": errors,
        "required": spec.required,
        "max_length": spec.length or None,
        "unit": "",
    }


def _input(
    field: TypedField, common: dict[str, Any], names: Callable[[TypedField], bool]
) -> pages.FormField:
    """:param names: whether this person may read the name of what a reference leads to"""
    spec = field.spec
    common = dict(common, value=field._value())
    if spec.kind in (Kind.CHOICE, Kind.CHOICES):
        common["options"] = [(value, str(label)) for value, label in spec.options()]
        if spec.kind is Kind.CHOICES:
            common["values"] = field.values()
    elif spec.kind is Kind.REFERENCE:
        common["options_url"] = url_for("Options.options", register=spec.references)
        if spec.extra.get("query"):
            common["options_url"] += "?" + spec.extra["query"]
        if field.data is not None and names(field):
            other = db.session.get(REGISTERED[spec.references], field.data)
            if other is not None:
                common["chosen"] = other.title
                common["chosen_secondary"] = getattr(other, "number", None) or ""
    return pages.FormField(**common)


def _default(spec: FieldSpec) -> Any:
    return spec.default() if callable(spec.default) else spec.default


def _forget_relation(record: Kept, spec: FieldSpec) -> None:
    """A changed foreign key must not leave the former row hanging on the relationship."""
    if spec.kind is Kind.REFERENCE and spec.relation:
        value = getattr(record, spec.name)
        other = db.session.get(REGISTERED[spec.references], value) if value is not None else None
        setattr(record, spec.relation, other)


def choosable(person: scopes.Person, record_class: type[Kept], among: Any = None) -> Any:
    """The rows of a register that a person may put into a reference."""
    statement = scopes.narrow(select(record_class), person, "r", record_class)
    if hasattr(record_class, "voided_at"):
        statement = statement.where(record_class.voided_at.is_(None))
    if among is not None:
        statement = statement.where(among(record_class))
    return statement


def may_refer(person: scopes.Person, spec: FieldSpec, pk: int) -> bool:
    record_class = REGISTERED[spec.references]
    if not scopes.may(person, "r", spec.references):
        return False
    statement = choosable(person, record_class, spec.among)
    return (
        db.session.scalar(
            statement.with_only_columns(record_class.id).where(record_class.id == pk)
        )
        is not None
    )
