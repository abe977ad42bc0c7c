"""Measures over pages and REST: chart, table, what lies behind each figure, workbook, paper, frozen results."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from flask import (
    abort,
    current_app,
    flash,
    g,
    jsonify,
    redirect,
    render_template,
    request,
    send_file,
)
from flask_appbuilder.api import BaseApi
from flask_babel import gettext as _
from flask_babel import pgettext
from sqlalchemy import BigInteger, cast, func, type_coerce

from app.analytics import frozen, paper, sheets, shown
from app.analytics.frozen import FrozenResult, Movement
from app.analytics.measure import (
    MEASURES,
    Act,
    Behind,
    Column,
    Further,
    Measure,
    Result,
    of_name,
)
from app.analytics.parameters import Asked, Parameter, name_for
from app.audit import record_event
from app.extensions import db
from app.records import clock
from app.records.fields import Kind
from app.records.record import REGISTERED
from app.records.refusals import Refused
from app.registers import pages, query
from app.registers.api import Answer, answers
from app.registers.articles import sources_of
from app.registers.cells import cell, moment
from app.registers.page import Page, expose, signed_in, turned_away
from app.registers.saving import saving
from app.security import scopes

_SIZE = 50
_MOST_ROWS = 1_000_000
_BEHIND = 100


# -- what the templates read ---------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Asking:
    """One parameter as an input."""

    name: str
    label: str
    kind: str
    value: str = ""
    chosen: str = ""
    options: Sequence[tuple[str, str]] = ()
    options_url: str = ""
    help: str = ""
    errors: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Figure:
    """One cell of the table of a measure."""

    text: str
    kind: str = "text"
    url: str = ""
    #: with all its places, for the title
    exact: str = ""
    tone: str = ""
    secondary: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    cells: Sequence[Figure]
    #: a thick rule below: here a class ends
    ends: bool = False


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table of figures."""

    title: str
    columns: Sequence[Column]
    lines: Sequence[Line]
    totals: Sequence[Figure] = ()
    unit: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class MeasurePage:
    head: pages.Head
    url: str
    asking: Sequence[Asking]
    formula: str = ""
    option: Mapping[str, Any] | None = None
    said: str = ""
    further: Sequence[Further] = ()
    sheet: Sheet | None = None
    beside: Sequence[Sheet] = ()
    notices: Sequence[pages.Notice] = ()
    movement: str = ""
    movement_url: str = ""
    pager: pages.Pager | None = None
    empty: pages.Empty | None = None


@dataclass(frozen=True, slots=True)
class BehindPage:
    head: pages.Head
    figure: str
    #: what the rows add up to, and how that becomes the figure
    sum: str
    reckoning: str
    table: pages.Table
    more: str = ""
    back_url: str = ""


@dataclass(frozen=True, slots=True)
class FrozenPage:
    head: pages.Head
    rows: Sequence[Line] = ()
    columns: Sequence[Column] = ()
    against: Sequence[tuple[str, str, bool]] = ()
    matrix: Sequence[tuple[str, Sequence[tuple[str, bool]]]] = ()
    said: str = ""
    empty: pages.Empty | None = None
    notices: Sequence[pages.Notice] = field(default_factory=tuple)


@dataclass(frozen=True, slots=True)
class Overview:
    head: pages.Head
    #: (title, address, purpose, icon, articles)
    entries: Sequence[tuple[str, str, str, str, str]] = ()


# -- pages -----------------------------------------------------------------------------------------


def measured(function: Callable[..., Any]) -> Callable[..., Any]:
    """The route needs the right to read what the measure is reckoned from."""

    @wraps(function)
    def inside(self: Any, name: str, **kwargs: Any) -> Any:
        measure = of_name(name)
        if measure is None:
            abort(404)
        if not measure.may(g.person):
            text = _("Your roles do not let you read what this analysis is made of.")
            return turned_away(text, measure.title)
        return function(self, measure, **kwargs)

    return signed_in(inside)


def _raw() -> dict[str, str]:
    """What the address asks for; inputs left empty ask for nothing."""
    return {name: value for name, value in request.args.items() if value.strip()}


class MeasurePages(Page):
    """`/measures/`: the analyses and what may be done with them."""

    route_base = "/measures"
    default_view = "overview"

    @expose("/")
    @signed_in
    def overview(self) -> Any:
        entries = [
            (
                str(m.title),
                f"/measures/{m.name}",
                str(m.purpose),
                m.icon,
                "、".join(source.label for source in sources_of(m.sources)),
            )
            for m in MEASURES.values()
            if m.may(g.person)
        ]
        if not entries:
            text = _("Your roles do not let you read what the analyses are made of.")
            return turned_away(text, _("Analyses"))
        page = Overview(pages.Head("measures", _("Analyses")), entries)
        return render_template("analytics/overview.html", page=page)

    @expose("/<string:name>")
    @measured
    def show(self, measure: Measure) -> Any:
        raw = _raw()
        word = raw.pop("page", "1")
        number = int(word) if word.isdecimal() and 0 < int(word) < 100_000 else 1
        raw |= {"offset": str((number - 1) * _SIZE), "limit": str(_SIZE)}
        try:
            asked = measure.ask(raw, g.person)
        except Refused as no:
            return render_template("analytics/measure.html", page=_refused(measure, no)), 422
        result = measure.compute(g.person, asked)
        page = _page(measure, asked, result, number)
        return render_template("analytics/measure.html", page=page)

    @expose("/<string:name>.xlsx")
    @measured
    def workbook(self, measure: Measure) -> Any:
        return _file(
            measure,
            _MOST_ROWS,
            sheets.workbook,
            "xlsx",
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            "export",
        )

    @expose("/<string:name>.pdf")
    @measured
    def paper(self, measure: Measure) -> Any:
        return _file(measure, paper.MOST, paper.pdf, "pdf", "application/pdf", "print")

    @expose("/<string:name>/rows")
    @measured
    def behind(self, measure: Measure) -> Any:
        """The rows behind one figure, and their sum."""
        raw = _raw()
        try:
            asked = measure.ask(raw, g.person)
        except Refused as no:
            return render_template("analytics/measure.html", page=_refused(measure, no)), 422
        found = _row_and_column(measure, asked)
        if found is None:
            abort(404)
        row, column, unit = found
        page = _behind_page(measure, asked, row, column, unit)
        return render_template("analytics/behind.html", page=page)

    @expose("/<string:name>/act/<string:act>", methods=["POST"])
    @measured
    def act(self, measure: Measure, act: str) -> Any:
        wanted = next((one for one in measure.acts() if one.name == act), None)
        if wanted is None:
            abort(404)
        back = f"/measures/{measure.name}?{request.query_string.decode()}".rstrip("?")
        if not scopes.may(g.person, wanted.verb, "measures"):
            text = _("Your roles give you no right to this.")
            return turned_away(text, measure.title)
        try:
            with saving():
                asked = measure.ask(_raw(), g.person)
                said = wanted.run(g.person, asked)
        except Refused as no:
            flash(str(no), "danger")
        else:
            flash(said, "success")
        return redirect(back)

    @expose("/<string:name>/frozen/")
    @measured
    def frozen(self, measure: Measure) -> Any:
        if not measure.freezes:
            abort(404)
        return render_template("analytics/frozen.html", page=_frozen_list(measure))

    @expose("/<string:name>/frozen/<string:pk>")
    @measured
    def movement(self, measure: Measure, pk: str) -> Any:
        result = frozen.of_id(measure.name, pk) if measure.freezes else None
        if result is None:
            abort(404)
        return render_template("analytics/frozen.html", page=_frozen_page(measure, result))


def _head(measure: Measure, **more: Any) -> pages.Head:
    return pages.Head(
        "measures",
        str(measure.title),
        sources=sources_of(measure.sources),
        trail=_trail(measure),
        **more,
    )


def _trail(measure: Measure) -> list[pages.Link]:
    """The chapter of what it is reckoned from, then the overview."""
    chapter = current_app.extensions["chapters"].get(measure.reads[0])
    links = [pages.Link(str(chapter.label), f"/chapter/{chapter.name}")] if chapter else []
    return [*links, pages.Link(_("Analyses"), "/measures/")]


def _asking(
    parameter: Parameter, value: Any, typed: str | None = None, errors: Sequence[str] = ()
) -> Asking:
    written = parameter.written(value)
    return Asking(
        parameter.name,
        str(parameter.label),
        parameter.kind,
        value=typed if typed is not None else "" if written is None else str(written),
        chosen=parameter.shown(value) if typed is None else "",
        options=[(word, str(label)) for word, label in parameter.options],
        options_url=f"/options/{parameter.register}" if parameter.register else "",
        help=str(parameter.help) if parameter.help else "",
        errors=errors,
    )


def _refused(measure: Measure, no: Refused) -> MeasurePage:
    """The page with what was typed and what is wrong with it, and no figures."""
    errors = no.by_field()
    known = {p.name for p in measure.parameters}
    rest = [text for name, texts in errors.items() if name not in known for text in texts]
    links = [(str(p.label), f"#p-{p.name}") for p in measure.parameters if p.name in errors]
    text = " ".join(rest) or _("Please look at these fields again.")
    return MeasurePage(
        _head(measure),
        f"/measures/{measure.name}",
        [_typed(p, errors.get(p.name, ())) for p in measure.parameters],
        notices=[pages.Notice("bad", text, links=links)],
    )


def _typed(parameter: Parameter, errors: Sequence[str]) -> Asking:
    """What was typed, right or wrong; where nothing was, what would have been taken."""
    typed = request.args.get(parameter.name, "")
    if not typed and parameter.default is not None:
        default = parameter.default() if callable(parameter.default) else parameter.default
        typed = str(parameter.written(default))
    return _asking(parameter, None, typed, errors)


def _may_export(measure: Measure) -> bool:
    return all(scopes.may(g.person, "x", register) for register in measure.reads)


def _page(measure: Measure, asked: Asked, result: Result, number: int) -> MeasurePage:
    here = request.query_string.decode()
    query_ = f"?{here}" if here else ""
    no = "" if _may_export(measure) else _("Your roles let you read the figures, not export them.")
    actions = [
        pages.Action(
            "xlsx",
            "Excel",
            f"/measures/{measure.name}.xlsx{query_}",
            icon="file-spreadsheet",
            reason=no,
        ),
        pages.Action(
            "pdf", "PDF", f"/measures/{measure.name}.pdf{query_}", icon="file-type-pdf", reason=no
        ),
    ]
    if measure.freezes:
        actions.insert(
            0,
            pages.Action(
                "frozen",
                _("Frozen results"),
                f"/measures/{measure.name}/frozen/",
                icon="history",
            ),
        )
    actions += [
        _action(measure, act, query_)
        for act in measure.acts()
        if scopes.may(g.person, act.verb, "measures")
    ]
    former, movement, movement_url = _compared(measure, asked, result)
    notices = [pages.Notice("warn", str(flag)) for flag in result.flags]
    empty = None
    if not result.rows:
        empty = pages.Empty(
            _("There are no figures for this choice. Choose another period, or fewer conditions.")
        )
    return MeasurePage(
        _head(
            measure,
            actions=actions,
            facts=[pages.Cell(text=_("%(count)s rows", count=f"{result.count:,}"))]
            if result.rows
            else [],
        ),
        f"/measures/{measure.name}",
        [
            *(_asking(p, asked[p.name]) for p in measure.parameters),
            *_asking_compare(measure, asked),
        ],
        formula=measure.formula(asked),
        option=measure.option(asked, result) if result.rows and number == 1 else None,
        said=result.said,
        further=measure.further(asked, result) if result.rows and number == 1 else (),
        sheet=_sheet(measure, asked, result, former),
        beside=[_small(title, columns, rows, result) for title, columns, rows in result.beside],
        notices=notices,
        movement=movement,
        movement_url=movement_url,
        pager=_pager(measure, result, number),
        empty=empty,
    )


def _action(measure: Measure, act: Act, query_: str) -> pages.Action:
    return pages.Action(
        act.name,
        str(act.label),
        f"/measures/{measure.name}/act/{act.name}{query_}",
        icon=act.icon,
        method="post",
        primary=act.primary,
        confirm=str(act.confirm or ""),
    )


def _sheet(measure: Measure, asked: Asked, result: Result, former: dict[int, str]) -> Sheet:
    columns = shown.columns_of(measure.columns, result.rows)
    if former:
        columns.append(Column("former", _("Class before"), "former", only_shown=True))
    places = {c.name: shown.places_for(c, result.rows) for c in columns}
    lines = []
    for row in result.rows:
        if former:
            row = row | {"former": _moved(former.get(row["key"], ""), row["class"])}
        cells = [_figure(measure, asked, row, column, places[column.name]) for column in columns]
        lines.append(Line(cells, ends=bool(row.get("ends_class")) and row is not result.rows[-1]))
    totals = [Figure(_("Total"))]
    for column in columns[1:]:
        value = result.totals.get(column.name)
        text = "" if value is None else shown.text(value, column, places[column.name])
        totals.append(Figure(text, column.kind, exact=shown.exactly(value)))
    return Sheet(_("Details"), columns, lines, totals, result.unit)


def _moved(before: str, now: str) -> str:
    if not before:
        return _("new")
    return _("same") if before == now else f"{before} → {now}"


def _figure(
    measure: Measure, asked: Asked, row: Mapping[str, Any], column: Column, places: int
) -> Figure:
    value = row.get(column.name)
    text = (
        shown.season(asked.values.get("grain"), value)
        if column.kind == "season"
        else shown.text(value, column, places)
    )
    url = tone = ""
    if column.behind and value is not None and row.get("key") is not None:
        url = _behind_url(measure, row["key"], column.name)
    if column.kind == "name":
        url = _record_url(measure, asked, row)
    if value is False:
        tone = "warn"
    if column.kind == "former" and "→" in str(value):
        before, _arrow, now = str(value).partition(" → ")
        tone = "ok" if now < before else "bad"
    if column.name == "difference" and isinstance(value, Decimal):
        text = f"{shown.signed(value * 100)} %"
        tone = "warn" if row.get("marked") else ""
    return Figure(
        text,
        column.kind,
        url,
        shown.exactly(value),
        tone,
    )


def _behind_url(measure: Measure, key: Any, column: str) -> str:
    kept = {n: v for n, v in request.args.items() if n not in ("page", "row", "column") and v}
    return f"/measures/{measure.name}/rows?{urlencode(kept | {'row': key, 'column': column})}"


def _record_url(measure: Measure, asked: Asked, row: Mapping[str, Any]) -> str:
    register = measure.ranks(asked)
    if row.get("key") and scopes.may(g.person, "r", register):
        return f"/{register}/show/{row['key']}"
    return ""


def _small(
    title: str, columns: Sequence[Column], rows: Sequence[Mapping[str, Any]], result: Result
) -> Sheet:
    places = {c.name: shown.places_for(c, rows) for c in columns}
    lines = [
        Line(
            [
                Figure(
                    shown.text(row.get(c.name), c, places[c.name]),
                    c.kind,
                    exact=shown.exactly(row.get(c.name)),
                )
                for c in columns
            ]
        )
        for row in rows
    ]
    totals = [Figure(_("Total"))]
    for column in columns[1:]:
        value = result.count if column.name == "count" else result.totals.get(column.name)
        text = "" if value is None else shown.text(value, column, places[column.name])
        totals.append(Figure(text, column.kind))
    return Sheet(title, columns, lines, totals, result.unit)


def _pager(measure: Measure, result: Result, number: int) -> pages.Pager | None:
    if result.count <= _SIZE:
        return None

    def url(to: int) -> str:
        kept = {n: v for n, v in request.args.items() if n != "page" and v}
        return f"/measures/{measure.name}?{urlencode(kept | {'page': to})}#table"

    return pages.numbered(number, _SIZE, result.count, url)


# -- sheets and paper ------------------------------------------------------------------------------


def _file(
    measure: Measure,
    limit: int,
    make: Callable[[Measure, Asked, Result], bytes],
    ending: str,
    mimetype: str,
    act: str,
) -> Any:
    if not _may_export(measure):
        text = _("Your roles let you read the figures, not export them.")
        return turned_away(text, measure.title)
    raw = {n: v for n, v in _raw().items() if n != "page"}
    try:
        asked = measure.ask(raw, g.person, limit=limit)
    except Refused as no:
        return render_template("analytics/measure.html", page=_refused(measure, no)), 422
    result = measure.compute(g.person, asked)
    content = make(measure, asked, result)
    record_event(
        act,
        register=measure.reads[0],
        label=str(measure.title),
        details={
            "measure": measure.name,
            "parameters": measure.written_parameters(asked),
            "rows": len(result.rows),
            "format": ending,
        },
    )
    return send_file(
        io.BytesIO(content),
        mimetype=mimetype,
        as_attachment=ending != "pdf",
        download_name=f"{measure.title}_{clock.today()}.{ending}",
    )


# -- behind a figure -------------------------------------------------------------------------------


def _row_and_column(
    measure: Measure, asked: Asked
) -> tuple[Mapping[str, Any], Column, str] | None:
    key = asked.more.get("row", "")
    if not key.isdecimal() or len(key) > 15:
        return None
    behind = [c for c in measure.columns if c.behind]
    name = asked.more.get("column") or (behind[0].name if behind else "")
    column = next((c for c in behind if c.name == name), None)
    if column is None:
        return None
    whole = Asked(asked.values, asked.given, 0, _MOST_ROWS, asked.more)
    result = measure.compute(g.person, whole)
    row = next((row for row in result.rows if row.get("key") == int(key)), None)
    return (row, column, result.unit) if row is not None else None


def behind_statement(behind: Behind, person: scopes.Person) -> Any:
    """The rows behind a figure: under its conditions, and under the person's own reach."""
    return query.scoped(behind.record_class, person).where(*behind.conditions)


def sum_behind(behind: Behind, person: scopes.Person) -> Decimal:
    """What the rows behind a figure add up to."""
    cls = behind.record_class
    names = (
        ("opening_stock", "closing_stock") if behind.sums == "average_stock" else (behind.sums,)
    )
    total = Decimal(0)
    for name in names:
        column = getattr(cls, name)
        statement = behind_statement(behind, person).with_only_columns(
            cast(func.coalesce(func.sum(type_coerce(column, BigInteger)), 0), BigInteger)
        )
        whole = int(db.session.scalar(statement) or 0)
        total += Decimal(whole).scaleb(-column.type.scale)
    return total / len(names)


def _behind_page(
    measure: Measure, asked: Asked, row: Mapping[str, Any], column: Column, unit: str
) -> BehindPage:
    behind = measure.behind(g.person, asked, row, column.name)
    cls = behind.record_class
    register = cls.__tablename__
    total = sum_behind(behind, g.person)
    statement = behind_statement(behind, g.person)
    many = query.count(statement)
    names = [
        name for name in ("month", "customer_id", "product_id", behind.sums) if name in cls.specs()
    ]
    if behind.sums == "average_stock":
        names[-1:] = ["opening_stock", "closing_stock", "average_stock"]
    specs = cls.specs()
    loaded = statement.options(*query.loading(cls, names)).order_by(
        cls.month.desc(), cls.id.desc()
    )
    records = list(db.session.scalars(loaded.limit(_BEHIND)).unique())
    table = pages.Table(
        str(_title_of(register)),
        [
            pages.Column(
                n,
                str(specs[n].label),
                # The month is what leads to the record, and stands left like a name.
                Kind.LINE.value if n == "month" else specs[n].kind.value,
            )
            for n in names
        ],
        [
            pages.Row(
                r.id,
                f"/{register}/show/{r.id}",
                [
                    pages.Cell(kind=Kind.LINE.value, text=f"{r.month:%Y-%m}")
                    if n == "month"
                    else cell(r, specs[n], g.person)
                    for n in names
                ],
            )
            for r in records
        ],
        total=f"{many:,}" if many <= query.COUNTED else f"{query.COUNTED:,}+",
    )
    of = row.get("name") or row.get("business_type") or ""
    if column.name == "average" or "season" in row:
        of = shown.season(asked.values.get("grain"), row["season"])
    kept = {n: v for n, v in request.args.items() if n not in ("row", "column", "page") and v}
    reckoning = ""
    if behind.divided_by != 1:
        reckoning = _(
            "%(sum)s ÷ %(count)d = %(figure)s",
            sum=shown.number(total, 2),
            count=behind.divided_by,
            figure=shown.number(total / behind.divided_by, 2),
        )
    more = ""
    if many > len(records):
        more = _("The latest %(shown)d of them are listed; the sum is of all.", shown=len(records))
    return BehindPage(
        pages.Head(
            "measures",
            _("Behind the figure: %(name)s", name=of),
            facts=[pages.Cell(text=f"{column.label}")],
            trail=[
                *_trail(measure),
                pages.Link(str(measure.title), f"/measures/{measure.name}?{urlencode(kept)}"),
            ],
        ),
        figure=f"{shown.text(row.get(column.name), column, 2)} {unit}".strip(),
        sum=shown.number(total, 2),
        reckoning=reckoning,
        table=table,
        more=more,
        back_url=f"/measures/{measure.name}?{urlencode(kept)}",
    )


def _title_of(register: str) -> Any:
    from app.registers.view import VIEWS

    view = VIEWS.get(register)
    return view.title if view is not None else register


# -- frozen results --------------------------------------------------------------------------------


def _asking_compare(measure: Measure, asked: Asked) -> list[Asking]:
    if not measure.freezes:
        return []
    results = frozen.all_of(measure.name)
    if not results:
        return []
    return [
        Asking(
            "compare",
            _("Compare with"),
            "optional",
            value=asked.more.get("compare", ""),
            options=[(str(r.id), r.label) for r in results],
        )
    ]


def _compared(measure: Measure, asked: Asked, result: Result) -> tuple[dict[int, str], str, str]:
    """The classes before, of what is on the page; where the whole movement is told."""
    chosen = frozen.of_id(measure.name, asked.more.get("compare", "")) if measure.freezes else None
    if chosen is None:
        return {}, "", ""
    if chosen.parameters.get("of") != asked.values.get("of"):
        return {}, _("The frozen result ranks something else; it cannot be compared."), ""
    classes = frozen.classes_of(chosen, [row["key"] for row in result.rows])
    up = sum(1 for r in result.rows if classes.get(r["key"], "") > r["class"])
    down = sum(1 for r in result.rows if "" < classes.get(r["key"], "") < r["class"])
    said = _(
        "Against “%(label)s”, on this page: %(up)d up, %(down)d down.",
        label=chosen.label,
        up=up,
        down=down,
    )
    return classes or {0: ""}, said, f"/measures/{measure.name}/frozen/{chosen.id}"


_FROZEN = (
    Column("label", "", "name"),
    Column("frozen_at", "", "text"),
    Column("frozen_by", "", "text"),
    Column("A", "A", "whole"),
    Column("B", "B", "whole"),
    Column("C", "C", "whole"),
)


def _frozen_list(measure: Measure) -> FrozenPage:
    labels = [_("Result"), _("Frozen at"), _("Frozen by"), "A", "B", "C"]
    columns = [Column(c.name, label, c.kind) for c, label in zip(_FROZEN, labels, strict=True)]
    lines = []
    for result in frozen.all_of(measure.name):
        counts = {one["class"]: one["count"] for one in result.totals.get("classes", ())}
        lines.append(
            Line(
                [
                    Figure(result.label, "name", f"/measures/{measure.name}/frozen/{result.id}"),
                    Figure(moment(result.frozen_at, full=True)),
                    Figure(result.frozen_by),
                    *(Figure(f"{counts.get(word, 0):,}", "whole") for word in "ABC"),
                ]
            )
        )
    empty = (
        None
        if lines
        else pages.Empty(
            _("Nothing is frozen yet. Open the analysis of a period and freeze its result.")
        )
    )
    return FrozenPage(
        pages.Head(
            "measures",
            _("Frozen results: %(name)s", name=measure.title),
            trail=[
                *_trail(measure),
                pages.Link(str(measure.title), f"/measures/{measure.name}"),
            ],
        ),
        lines,
        columns,
        empty=empty,
    )


def _frozen_page(measure: Measure, result: FrozenResult) -> FrozenPage:
    """The movement from a frozen result to another one."""
    others = [
        one
        for one in frozen.all_of(measure.name)
        if one.id != result.id and one.parameters.get("of") == result.parameters.get("of")
    ]
    asked = request.args.get("against", "")
    against = next((one for one in others if str(one.id) == asked), None)
    if against is None:
        against = next(
            (one for one in others if one.id < result.id), others[0] if others else None
        )
    head = pages.Head(
        "measures",
        result.label,
        facts=[
            pages.Cell(
                text=_(
                    "frozen %(when)s by %(who)s",
                    when=moment(result.frozen_at, full=True),
                    who=result.frozen_by or "–",
                )
            )
        ],
        trail=[
            *_trail(measure),
            pages.Link(str(measure.title), f"/measures/{measure.name}"),
            pages.Link(_("Frozen results"), f"/measures/{measure.name}/frozen/"),
        ],
    )
    if against is None:
        return FrozenPage(
            head,
            empty=pages.Empty(_("There is no other result to compare it with yet.")),
        )
    before, after = sorted((result, against), key=lambda one: one.id)
    moved = frozen.movement(before, after)
    return FrozenPage(
        head,
        _moved_lines(result, moved),
        [
            Column("name", pgettext("measure", "Name"), "name"),
            Column("code", _("Number"), "code"),
            Column("move", _("Movement"), "former"),
            Column("amount", _("Amount"), "money"),
        ],
        against=[(str(one.id), one.label, one.id == against.id) for one in others],
        matrix=_matrix(moved),
        said=_(
            "From “%(before)s” to “%(after)s”: %(up)d rose, %(down)d fell.",
            before=before.label,
            after=after.label,
            up=moved.up,
            down=moved.down,
        ),
    )


def _matrix(moved: Movement) -> list[tuple[str, list[tuple[str, bool]]]]:
    """Class before × class after."""
    return [
        (
            word or _("not ranked"),
            [
                (f"{moved.counts.get((word, later), 0):,}", word == later)
                for later in ("A", "B", "C", "")
            ],
        )
        for word in ("A", "B", "C", "")
    ]


def _moved_lines(result: FrozenResult, moved: Movement) -> list[Line]:
    """Those who moved, as far as this person may read them."""
    register = str(result.parameters.get("of") or "customer")
    cls: Any = REGISTERED[register]
    if not scopes.may(g.person, "r", register):
        return []
    ids = [one[0] for one in moved.moved]
    records = {
        r.id: r
        for r in db.session.scalars(query.scoped(cls, g.person).where(cls.id.in_(ids))).unique()
    }
    places = 3 if result.parameters.get("base") == "quantity" else 4
    return [
        Line(
            [
                Figure(name_for(g.person, records[item]), "name", f"/{register}/show/{item}"),
                Figure(records[item].number or "", "code"),
                Figure(f"{before} → {after}", "former", tone="ok" if after < before else "bad"),
                Figure(shown.number(Decimal(amount).scaleb(-places), 2), "money"),
            ]
        )
        for item, before, after, amount in moved.moved
        if item in records
    ]


# -- REST --------------------------------------------------------------------------------------------


class MeasureApi(BaseApi):
    """`/api/v1/measures/<name>`: the same figures for programs, under the same rights."""

    route_base = "/api/v1/measures"
    resource_name = "measures"
    base_permissions: list[str] = []
    csrf_exempt = True  # tokens only: no browser session opens this door
    openapi_spec_tag = "Measures"

    @expose("/", methods=["GET"])
    @answers
    def all(self) -> Any:
        return jsonify(
            result=[
                {
                    "name": m.name,
                    "title": str(m.title),
                    "parameters": [
                        {
                            "name": p.name,
                            "label": str(p.label),
                            "kind": p.kind,
                            "choices": [word for word, _label in p.options],
                        }
                        for p in m.parameters
                    ],
                    "columns": [c.name for c in m.columns if not c.only_shown],
                }
                for m in MEASURES.values()
                if m.may(g.person)
            ]
        )

    @expose("/<string:name>", methods=["GET"])
    @answers
    def get(self, name: str) -> Any:
        measure = of_name(name)
        if measure is None:
            raise Answer(404, _("There is no measure “%(name)s”.", name=name))
        if not measure.may(g.person):
            raise Answer(403, _("Your roles do not let you read what this analysis is made of."))
        asked = measure.ask(request.args, g.person)
        return jsonify(measure.as_json(asked, measure.compute(g.person, asked)))
