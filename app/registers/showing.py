"""The page of one record: its sections, lines, files, neighbours and history."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from flask import url_for
from flask_babel import gettext as _
from sqlalchemy import func, literal, select, union_all

from app.extensions import db
from app.records.attachments import Attachment
from app.records.fields import Kind
from app.records.record import REGISTERED, Kept
from app.registers import approving, pages, query, timeline
from app.registers.articles import source_of
from app.registers.cells import cell, moment
from app.registers.form import line_specs
from app.security import scopes

if TYPE_CHECKING:
    from app.registers.view import RegisterView


def visible_fields(record: Any, person: scopes.Person) -> frozenset[str] | None:
    """The fields of a record held only through a field group; None: no such limit."""
    limited = scopes.limited_fields(person, "r", type(record))
    if limited is None:
        return None
    return None if scopes.held_in_full(person, type(record), [record.id], "r") else limited


def show_page(view: RegisterView, record: Any, person: scopes.Person) -> pages.ShowPage:
    visible = visible_fields(record, person)
    may_edit = view.why_not_edit(record, person) is None
    sections, tables = contents(view, record, person, visible, may_edit=may_edit)
    if visible is None:
        sections.append(_kept(record, person))
    related = _related_tables(view, record, person) if visible is None else []
    return pages.ShowPage(
        head=view.show_head(record, person),
        sections=sections,
        tables=[*tables, *(one for one in related if one.rows)],
        empty=[(one.title, one.add_url) for one in related if not one.rows],
        tabs=(),
        figures=view.figures(record) if visible is None else (),
        notices=view.notices(record, person),
        timeline=timeline.of(record, person) if visible is None else (),
        timeline_more_url=f"/{record.register_name()}/timeline/{record.id}",
        files=stored_files(record, person, may_edit=may_edit) if visible is None else (),
        upload_url=url_for(f"{record.register_name()}.upload", pk=record.id) if may_edit else "",
        file_hint=_("Documents, pictures and sheets, up to %(limit)d MB each.", limit=20),
        approval=approving.panel(record, person) if visible is None else None,
    )


def contents(
    view: RegisterView,
    record: Any,
    person: scopes.Person,
    visible: frozenset[str] | None = None,
    *,
    may_edit: bool = False,
) -> tuple[list[pages.ValueSection], list[pages.Table]]:
    """What the record says to this person: its sections, and its lines.

    :param visible: the only fields he sees; None: no such limit
    """
    specs = record.specs()
    sections, tables = [], []
    for section in view.layout:
        values = []
        for name in section.fields:
            spec = specs[name]
            if visible is not None and name not in visible:
                continue
            right = scopes.field_right(person, record.register_name(), name)
            if right == "hidden":
                continue
            if spec.kind is Kind.LINES:
                tables.append(_lines(record, spec, person, masked=right == "masked"))
                continue
            if spec.kind is Kind.FILE:
                continue
            values.append(
                pages.Value(
                    name,
                    str(spec.label),
                    cell(record, spec, person, full=True),
                    wide=spec.kind is Kind.PROSE,
                    fill_url=f"/{record.register_name()}/edit/{record.id}#{name}"
                    if may_edit
                    else "",
                    help=str(spec.help) if spec.help is not None else "",
                )
            )
        if values:
            sections.append(
                pages.ValueSection(
                    str(section.title),
                    values,
                    source=source_of(section.article) if section.article else None,
                    note=str(section.note or ""),
                )
            )
    return sections, tables


def _kept(record: Any, person: scopes.Person) -> pages.ValueSection:
    """Who keeps the record, since when: what every register has."""
    specs = record.specs()
    names = [n for n in ("owner_dept_id", "remark", "created_at", "changed_at") if n in specs]
    values = [
        pages.Value(
            n, str(specs[n].label), cell(record, specs[n], person, full=True), wide=n == "remark"
        )
        for n in names
        if getattr(record, n) is not None
    ]
    if getattr(record, "is_void", False):
        values.append(
            pages.Value(
                "void",
                _("Voided"),
                pages.Cell(text=f"{moment(record.voided_at, full=True)} · {record.void_reason}"),
                wide=True,
            )
        )
    return pages.ValueSection(_("Record keeping"), values)


def _lines(record: Any, spec: Any, person: scopes.Person, *, masked: bool = False) -> pages.Table:
    """The lines of a record; masked ones show how many there are, and of each value its edges."""
    rows = getattr(record, spec.relation)
    line = getattr(type(record), spec.relation).property.mapper.class_
    specs = line_specs(line) + [s for s in line.specs().values() if s.calculated]
    shown = [[cell(r, s, person) for s in specs] for r in rows]
    if masked:
        shown = [
            [replace(c, text=scopes.mask(c.text) if c.text else "", url="") for c in row]
            for row in shown
        ]
    return pages.Table(
        str(spec.label),
        [
            pages.Column(
                s.name, str(s.label), s.kind.value, unit=str(s.unit), wide=s.kind is Kind.PROSE
            )
            for s in specs
        ],
        [pages.Row(r.id, "", cells) for r, cells in zip(rows, shown, strict=True)],
        note="" if rows else _("No lines."),
    )


_FEW = 8


def _related_tables(view: RegisterView, record: Kept, person: scopes.Person) -> list[pages.Table]:
    wanted = [
        r for r in view.related if r.register in REGISTERED and scopes.may(person, "r", r.register)
    ]
    if not wanted:
        return []
    counts = _counts(record, person, wanted)
    tables = []
    for one in wanted:
        cls: Any = REGISTERED[one.register]
        other = view.view_of(one.register)
        statement = query.scoped(cls, person).where(getattr(cls, one.via) == record.id)
        if hasattr(cls, "voided_at"):
            statement = statement.where(cls.voided_at.is_(None))
        hidden = scopes.hidden_fields(person, one.register)
        names = [n for n in other.list_columns if n != one.via and n not in hidden][:6]
        specs = cls.specs()
        records = []
        if counts[one.register]:
            statement = statement.options(*query.loading(cls, names))
            records = list(
                db.session.scalars(statement.order_by(cls.id.desc()).limit(_FEW)).unique()
            )
        many = counts[one.register]
        address = f"/{one.register}/list/?where={one.via}:is:{record.id}"
        tables.append(
            pages.Table(
                str(other.title),
                [
                    pages.Column(
                        n, str(specs[n].label), specs[n].kind.value, wide=n == other.name_column
                    )
                    for n in names
                ],
                [
                    pages.Row(
                        r.id,
                        f"/{one.register}/show/{r.id}",
                        [cell(r, specs[n], person) for n in names],
                    )
                    for r in records
                ],
                total=f"{many:,}" if many <= query.COUNTED else f"{query.COUNTED:,}+",
                all_url=address if many > _FEW else "",
                add_url=f"/{one.register}/add?{one.via}={record.id}"
                if other.may_add(person)
                else "",
                add_label=_("New"),
            )
        )
    return tables


def _counts(record: Kept, person: scopes.Person, wanted: Sequence[Any]) -> dict[str, int]:
    """How many rows each neighbour has, in one query."""
    parts = []
    for one in wanted:
        cls: Any = REGISTERED[one.register]
        inner = (
            query.scoped(cls, person)
            .with_only_columns(literal(1))
            .where(getattr(cls, one.via) == record.id)
        )
        if hasattr(cls, "voided_at"):
            inner = inner.where(cls.voided_at.is_(None))
        inner = inner.limit(query.COUNTED + 1)
        parts.append(
            select(
                literal(one.register).label("register"), func.count().label("many")
            ).select_from(inner.subquery())
        )
    return {row.register: row.many for row in db.session.execute(union_all(*parts))}


def _size(count: int) -> str:
    return f"{count / (1 << 20):.1f} MB" if count >= 1 << 20 else f"{max(1, count >> 10)} KB"


def stored_files(
    record: Kept, person: scopes.Person, *, may_edit: bool = False
) -> list[pages.StoredFile]:
    register = record.register_name()
    rows = db.session.scalars(
        select(Attachment)
        .where(Attachment.register == register, Attachment.record_id == record.id)
        .order_by(Attachment.id)
    )
    specs = record.specs()
    hidden = scopes.hidden_fields(person, register)
    return [
        pages.StoredFile(
            row.id,
            row.name,
            _size(row.size),
            url_for(f"{register}.download", pk=record.id, file_id=row.id),
            delete=_removal(register, record.id, row) if may_edit else None,
            note=" · ".join(
                [
                    *([str(specs[row.field].label)] if row.field in specs else []),
                    moment(row.added_at, full=True),
                ]
            ),
        )
        for row in rows
        if row.field not in hidden
    ]


def _removal(register: str, record_id: int, file: Attachment) -> pages.Action:
    return pages.Action(
        "remove",
        _("Remove…"),
        f"/{register}/files/{record_id}/{file.id}/remove",
        icon="trash",
        method="post",
        grave=True,
        confirm=_("Remove the file “%(name)s”?", name=file.name),
    )
