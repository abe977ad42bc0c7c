"""The list page of a register, made of a page of rows and what the person keeps of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from flask import request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import or_, select
from werkzeug.datastructures import MultiDict

from app.extensions import db
from app.records.fields import FieldSpec, Kind
from app.records.reading import Unreadable, read
from app.records.record import REGISTERED
from app.registers import pages, query
from app.registers.articles import sources_of
from app.registers.cells import cell, text_of
from app.registers.models import ChosenColumns, SavedView
from app.security import scopes

if TYPE_CHECKING:
    from app.registers.view import RegisterView


def asked_from(args: MultiDict[str, str], default_order: str = "") -> query.Asked:
    """What the address of a list asks for. Nonsense in it is ignored, never a failure."""

    def number(name: str, fallback: int) -> int:
        text = args.get(name, "")
        return int(text) if text.isdecimal() and len(text) < 9 else fallback

    conditions = []
    for text in args.getlist("where"):
        name, _colon, rest = text.partition(":")
        relation, _colon, value = rest.partition(":")
        if name and relation:
            conditions.append((name, relation, value))
    return query.Asked(
        query=args.get("q", "").strip()[:100],
        conditions=tuple(conditions[:20]),
        order=args.get("order", default_order)[:60],
        page=number("page", 1),
        size=number("size", query.SIZES[0]),
        cursor=args.get("at", "")[:600],
        with_void=args.get("void") == "1",
        view=args.get("view", "")[:60],
    )


def address(asked: query.Asked, **changes: Any) -> str:
    """The query part of the address that asks for the same with some changes."""
    values = {
        "view": asked.view,
        "q": asked.query,
        "where": [":".join(c) for c in asked.conditions],
        "order": asked.order,
        "page": asked.page if asked.page > 1 else "",
        "size": asked.size if asked.size != query.SIZES[0] else "",
        "at": asked.cursor,
        "void": "1" if asked.with_void else "",
    } | changes
    kept = {name: value for name, value in values.items() if value not in ("", None, [], 0)}
    return "?" + urlencode(kept, doseq=True) if kept else "?"


def offered_columns(view: RegisterView, person: scopes.Person) -> dict[str, FieldSpec]:
    """All fields a person may put into this list."""
    record_class = view.record
    hidden = scopes.hidden_fields(person, record_class.__tablename__)
    found: dict[str, FieldSpec] = {}
    specs = record_class.specs()
    names = [*view.list_columns, *(n for section in view.layout for n in section.fields)]
    names += [
        n for n in ("number", "state", "created_at", "changed_at", "owner_dept_id") if n in specs
    ]
    for name in names:
        spec = specs[name]
        if name not in hidden and spec.kind not in (Kind.LINES, Kind.FILE):
            found.setdefault(name, spec)
    return found


def chosen_columns(view: RegisterView, person: scopes.Person) -> list[str]:
    offered = offered_columns(view, person)
    stored = None
    if person.user_id is not None:
        stored = db.session.scalar(
            select(ChosenColumns.columns).where(
                ChosenColumns.user_id == person.user_id,
                ChosenColumns.register == view.record.__tablename__,
            )
        )
    names = stored.split(",") if stored else list(view.list_columns)
    kept = [name for name in names if name in offered]
    fixed = [name for name in view.fixed_columns if name in offered]
    return fixed + [name for name in kept if name not in fixed]


def conditions(asked: query.Asked, record_class: Any, base: str) -> list[pages.Condition]:
    specs = record_class.specs()
    shown = []
    for index, (name, relation, value) in enumerate(asked.conditions):
        spec = specs.get(name)
        if spec is None:
            continue
        rest = [":".join(c) for i, c in enumerate(asked.conditions) if i != index]
        shown.append(
            pages.Condition(
                name,
                str(spec.label),
                relation,
                dict(query.relations(spec.kind)).get(relation, relation),
                value,
                _value_label(spec, value),
                base + address(asked, where=rest, page="", at=""),
            )
        )
    return shown


def _value_label(spec: FieldSpec, value: str) -> str:
    if not value:
        return ""
    if spec.kind is Kind.REFERENCE:
        names = []
        for part in value.split(","):
            other = (
                db.session.get(REGISTERED[spec.references], int(part))
                if part.isdecimal()
                else None
            )
            names.append(other.title if other is not None else part)
        return "、".join(names)
    if spec.kind in (Kind.CHOICE, Kind.STATE, Kind.CHOICES):
        return "、".join(spec.label_of(part) for part in value.split(","))
    try:
        return text_of(spec, read(spec, value))
    except Unreadable:
        return value


def filters(view: RegisterView, person: scopes.Person) -> list[pages.FilterChoice]:
    found = []
    for name, spec in offered_columns(view, person).items():
        right = scopes.field_right(person, view.record.__tablename__, name)
        if spec.calculated or right == "masked":
            continue
        found.append(
            pages.FilterChoice(
                name,
                str(spec.label),
                spec.kind.value,
                query.relations(spec.kind),
                [(v, str(label)) for v, label in spec.options()],
                url_for("Options.options", register=spec.references) if spec.references else "",
            )
        )
    return found


def saved_views(
    view: RegisterView, person: scopes.Person, asked: query.Asked, base: str
) -> list[pages.SavedView]:
    """The tabs above the table: all, those of the register, one's own, those shared with one's roles."""
    plain = not asked.view and not asked.conditions
    shown = [pages.SavedView(_("All"), base, active=plain)]
    for declared in view.all_views():
        shown.append(
            pages.SavedView(
                str(declared.label),
                f"{base}?{urlencode({'view': declared.name})}",
                active=asked.view == declared.name,
                alarming=declared.alarming,
            )
        )
    if person.user_id is None:
        return shown
    rows = db.session.scalars(
        select(SavedView)
        .where(
            SavedView.register == view.record.__tablename__,
            or_(
                SavedView.user_id == person.user_id,
                SavedView.role_id.in_(sorted(person.role_ids) or [0]),
            ),
        )
        .order_by(SavedView.label)
    )
    for row in rows:
        own = row.user_id == person.user_id
        name = f"own-{row.id}"
        shown.append(
            pages.SavedView(
                row.label,
                f"{base}?{row.address}&view={name}",
                active=asked.view == name,
                delete_url=f"/{view.record.__tablename__}/views/{row.id}/delete" if own else "",
                shared_with="" if row.role_id is None else "role",
            )
        )
    return shown


def list_page(view: RegisterView, person: scopes.Person) -> pages.ListPage:
    record_class = view.record
    register = record_class.__tablename__
    base = f"/{register}/list/"
    asked = asked_from(request.args, view.order)
    searched, where = view.under_its_view(asked)
    notices = []
    names = chosen_columns(view, person)
    try:
        found = query.page(record_class, searched, person, names, where=where)
    except query.BadCondition as no:
        notices.append(
            pages.Notice("bad", str(no), pages.Action("clear", _("Clear the conditions"), base))
        )
        found = query.page(record_class, query.Asked(order=asked.order), person, names)
    specs = record_class.specs()
    ordered, descending = query.order_of(record_class, asked, person)
    columns = [_column(specs[n], view, asked, ordered, descending, base, person) for n in names]
    name_at = names.index(view.name_column) if view.name_column in names else 0
    limited = scopes.limited_fields(person, "r", record_class)
    rows = [
        _row(view, record, names, specs, person, name_at, _visible(limited, found, record))
        for record in found.records
    ]
    return pages.ListPage(
        head=view.list_head(person, found),
        columns=columns,
        rows=rows,
        pager=_pager(found, asked, base),
        views=saved_views(view, person, asked, base),
        query=asked.query,
        conditions=conditions(asked, record_class, base),
        filters=filters(view, person),
        column_choices=_column_choices(view, person, names),
        bulk=view.bulk_actions(person),
        bulk_url=f"/{register}/action_post",
        empty=None if rows else _empty(view, person, asked, base),
        url=base,
        clear_url=base,
        changed=bool(asked.conditions or asked.query),
        save_view_url=f"/{register}/views",
        columns_url=f"/{register}/columns",
        density="normal",
        state=_state(asked),
        notices=notices,
        share_with=view.sharing_roles(person),
    )


def _visible(
    limited: frozenset[str] | None, found: query.Page, record: Any
) -> frozenset[str] | None:
    """The fields seen of a row held only through a field group; None: all of them."""
    return None if limited is None or found.in_full.get(record.id, True) else limited


def _row(
    view: RegisterView,
    record: Any,
    names: list[str],
    specs: dict[str, FieldSpec],
    person: scopes.Person,
    name_at: int,
    visible: frozenset[str] | None,
) -> pages.Row:
    cells = [
        cell(record, specs[n], person)
        if visible is None or n in visible
        else pages.Cell(kind=specs[n].kind.value, text="—")
        for n in names
    ]
    return pages.Row(
        record.id,
        f"/{record.register_name()}/show/{record.id}",
        cells,
        actions=view.row_actions(record, person),
        name_at=name_at,
        struck=bool(getattr(record, "is_void", False)),
    )


def _column(
    spec: FieldSpec,
    view: RegisterView,
    asked: query.Asked,
    ordered: str,
    descending: bool,
    base: str,
    person: scopes.Person,
) -> pages.Column:
    sortable = spec.sortable and scopes.field_right(
        person, view.record.__tablename__, spec.name
    ) not in ("hidden", "masked")
    is_sorted = ordered == spec.name and sortable
    following = spec.name if (is_sorted and descending) or not is_sorted else f"-{spec.name}"
    return pages.Column(
        spec.name,
        str(spec.label),
        spec.kind.value,
        unit="" if str(spec.unit).startswith("@") else str(spec.unit),
        sort_url=base + address(asked, order=following, page="", at="") if sortable else "",
        sorted=("desc" if descending else "asc") if is_sorted else "",
        fixed=spec.name in view.fixed_columns,
        wide=spec.name == view.name_column,
    )


def _column_choices(
    view: RegisterView, person: scopes.Person, names: list[str]
) -> list[pages.ColumnChoice]:
    offered = offered_columns(view, person)
    rest = [name for name in offered if name not in names]
    return [
        pages.ColumnChoice(
            name, str(offered[name].label), name in names, name in view.fixed_columns
        )
        for name in (*names, *rest)
    ]


def _pager(found: query.Page, asked: query.Asked, base: str) -> pages.Pager:
    by_cursor = bool(asked.cursor)
    size = found.size
    last_page = -(-min(found.total, query.COUNTED) // size) if found.total else 1
    first = 0 if by_cursor else (found.page - 1) * size + (1 if found.records else 0)
    total = f"{found.total:,}" if found.exact else f"{query.COUNTED:,}+"
    numbers: list[tuple[str, str, bool]] = []
    if not by_cursor:
        numbers = pages.numbers(
            found.page, last_page, lambda number: base + address(asked, page=number, at="")
        )
    beyond = not by_cursor and found.page >= last_page and not found.exact
    if by_cursor or beyond:
        next_url = base + address(asked, page="", at=found.after) if found.has_next else ""
    else:
        next_url = base + address(asked, page=found.page + 1, at="") if found.has_next else ""
    if by_cursor:
        previous_url = (
            base + address(asked, page="", at=found.before) if found.has_previous else ""
        )
    else:
        previous_url = base + address(asked, page=found.page - 1, at="") if found.page > 1 else ""
    return pages.Pager(
        first=first,
        last=first + len(found.records) - 1 if first else len(found.records),
        total=total,
        exact=found.exact,
        count_url=base.replace("/list/", "/count") + address(asked, page="", at=""),
        size=size,
        sizes=[(n, base + address(asked, size=n, page="", at="")) for n in query.SIZES],
        previous_url=previous_url,
        next_url=next_url,
        pages=numbers,
        first_url=base + address(asked, page="", at="") if by_cursor or found.page > 1 else "",
        last_url=base + address(asked, page="", at="last")
        if not found.exact
        else (base + address(asked, page=last_page, at="") if found.page < last_page else ""),
    )


def _empty(
    view: RegisterView, person: scopes.Person, asked: query.Asked, base: str
) -> pages.Empty:
    if asked.query or asked.conditions or asked.view:
        return pages.Empty(
            _("Nothing fits these conditions."),
            pages.Action("clear", _("Clear the conditions"), base),
        )
    add = None
    if view.may_add(person):
        add = pages.Action(
            "add", _("Enter the first one"), f"/{view.record.__tablename__}/add", primary=True
        )
    return pages.Empty(_("There is no entry here yet."), add)


def _state(asked: query.Asked) -> list[tuple[str, str]]:
    kept = [("where", ":".join(c)) for c in asked.conditions]
    for name, value in (
        ("view", asked.view),
        ("order", asked.order),
        ("size", str(asked.size) if asked.size != query.SIZES[0] else ""),
        ("void", "1" if asked.with_void else ""),
    ):
        if value:
            kept.append((name, value))
    return kept


def heading_facts(found: query.Page) -> list[pages.Cell]:
    total = f"{found.total:,}" if found.exact else f"{query.COUNTED:,}+"
    return [
        pages.Cell(text=ngettext("%(total)s entry", "%(total)s entries", found.total, total=total))
    ]


__all__ = ["address", "asked_from", "list_page", "sources_of"]
