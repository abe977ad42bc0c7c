"""Sheets in and out over pages: four steps of an import, its history and undoing, exports and templates."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
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
from flask_babel import gettext as _
from flask_babel import ngettext, pgettext
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from app.audit import record_event
from app.exchange import columns, loading, questions, runs, undoing
from app.exchange.models import ImportFault, ImportRun, RunState
from app.exchange.out import Book, OutColumn, write_sheet
from app.exchange.recipe import recipes_of
from app.exchange.sheet import letter
from app.extensions import db
from app.jobs import Job, cancel
from app.records import REGISTERED, Fact, FieldSpec, Kind, Refused
from app.registers import listing, pages, query, sheets
from app.registers.articles import sources_of
from app.registers.cells import moment
from app.registers.form import choosable
from app.registers.page import Page, asks_for, expose, send_stored, signed_in, turned_away
from app.registers.saving import refusal_of, saving
from app.security import scopes, users

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_FAULTS_A_PAGE = 25
_GOING_ON = (RunState.SIMULATING, RunState.LOADING, RunState.UNDOING)
_TONES: dict[RunState, pages.Tone] = {
    RunState.LOADED: "ok",
    RunState.UNDONE: "mute",
    **dict.fromkeys(_GOING_ON, "run"),
}


class Press:
    """What the exchange asks of the press."""

    def fields_of(self, register: str) -> list[str]:
        view = current_app.extensions["registers"].get(register)
        if view is None:
            return [spec.name for spec in REGISTERED[register].specs().values()]
        return [name for section in view.layout for name in section.fields]

    def title_of(self, register: str) -> str:
        return str(current_app.extensions["registers"][register].title)

    def is_loadable(self, register: str) -> bool:
        view = current_app.extensions["registers"].get(register)
        if view is None or view.record.append_only:
            return False
        return view.kind in ("register", "lookup") or issubclass(view.record, Fact)

    def choosable(self, person: scopes.Person, spec: FieldSpec) -> Any:
        if not scopes.may(person, "r", spec.references):
            return None
        return choosable(person, REGISTERED[spec.references], spec.among)

    def explain(self, error: IntegrityError) -> str:
        return str(refusal_of(error))

    def export(
        self, register: str, person: scopes.Person, where: Sequence[str], which: str
    ) -> tuple[list[OutColumn], Iterator[list[Any]]]:
        """Columns and rows for the command line.

        :raises BadCondition: when a condition says nothing
        """
        view = current_app.extensions["registers"][register]
        conditions = tuple(_condition(words) for words in where)
        specs = sheets.columns_of(view, person, which)
        asked = query.Asked(conditions=conditions, order=view.order)
        statement = sheets.statement_of(view, person, asked)
        rows = sheets.rows_of(statement, view, person, specs)
        return [sheets.out_column(spec) for spec in specs], rows


def _condition(words: str) -> tuple[str, str, str]:
    name, _colon, rest = words.partition(":")
    relation, _colon, value = rest.partition(":")
    return name, relation, value


questions.answer_by(Press())


def _view(register: str) -> Any:
    view = current_app.extensions["registers"].get(register)
    return view if view is not None else abort(404)


# -- imports ---------------------------------------------------------------------------------------


class Imports(Page):
    """Bring a sheet into a register: file, columns, trial, load; and take it back (design §11)."""

    route_base = ""
    default_view = "history"

    # -- 1: the file ---------------------------------------------------------------------------

    @expose("/import/<string:register>", methods=["GET"])
    @asks_for("l")
    def start(self, register: str) -> Any:
        return self._start_page(register)

    def _start_page(self, register: str, errors: Sequence[str] = (), status: int = 200) -> Any:
        view = _view(register)
        if not questions.press().is_loadable(register):
            abort(404)
        head = pages.Head(
            register,
            _("Import: %(register)s", register=view.title),
            sources=sources_of(view.record.sources),
            actions=[
                pages.Action(
                    "template",
                    _("Template"),
                    f"/import/{register}/template.xlsx",
                    icon="download",
                )
            ],
            trail=view.trail(),
            help_url=f"/{register}/help",
        )
        return render_template(
            "exchange/start.html",
            page={"head": head},
            register=register,
            recipes=recipes_of(register),
            errors=errors,
            history=_history(register, 5),
            going_on=_under_way(),
            limit=current_app.config["MAX_CONTENT_LENGTH"] >> 20,
        ), status

    @expose("/import/<string:register>", methods=["POST"])
    @asks_for("l")
    def receive(self, register: str) -> Any:
        if not questions.press().is_loadable(register):
            abort(404)
        file = request.files.get("file")
        if file is None or not file.filename:
            return self._start_page(register, [_("Choose a file first.")], 422)
        try:
            with saving():
                run, matched = runs.receive(
                    register,
                    file.stream,
                    file.filename,
                    g.person,
                    recipe=request.form.get("recipe", ""),
                    encoding=request.form.get("encoding", ""),
                )
                missing = _missing(run, matched, g.person)
                certain = not missing and all(
                    one.target or not (one.candidates or one.suggestion) for one in matched
                )
                if certain and any(one.target for one in matched):
                    runs.order(run, "try_import")
        except Refused as no:
            return self._start_page(register, [str(r) for r in no.refusals], 422)
        step = "" if certain and run.state != RunState.UPLOADED else "/columns"
        return redirect(f"/imports/{run.id}{step}")

    @expose("/import/<string:register>/template.xlsx", methods=["GET"])
    @asks_for("l")
    def template(self, register: str) -> Any:
        """An empty sheet with the headers, and a second one that says what goes where."""
        view = _view(register)
        targets = loading.targets_of(register, g.person)
        buffer = io.BytesIO()
        book = Book(buffer)
        heads = [
            OutColumn(
                t.name,
                f"{t.label} *" if t.required else t.label,
                t.spec.kind,
                t.spec.scale,
                required=t.required,
            )
            for t in targets
        ]
        book.sheet(str(view.title), heads, ())
        book.sheet(
            _("Notes"),
            [
                OutColumn("column", _("Column"), Kind.LINE),
                OutColumn("required", _("Required"), Kind.BOOL),
                OutColumn("what", _("What goes in"), Kind.TITLE, width=28),
                OutColumn("choices", _("Choices"), Kind.PROSE, width=60),
                OutColumn("help", _("Note"), Kind.PROSE, width=60),
            ],
            (
                (
                    t.label,
                    _("Yes") if t.required else "",
                    what_goes_in(t.spec),
                    "、".join(str(label) for _value, label in t.spec.options()),
                    _note_on(t),
                )
                for t in targets
            ),
        )
        book.close()
        buffer.seek(0)
        name = _("%(register)s template.xlsx", register=view.title)
        return send_file(buffer, mimetype=_XLSX, as_attachment=True, download_name=name)

    # -- 2: the columns --------------------------------------------------------------------------

    def _run(self, run_id: int) -> ImportRun:
        run = db.session.get(ImportRun, run_id)
        if run is None or not runs.may_see(run, g.person):
            abort(404)
        if run.register not in current_app.extensions["registers"]:
            abort(404)
        return runs.settle(run)

    @expose("/imports/<int:run_id>/columns", methods=["GET", "POST"])
    @signed_in
    def columns(self, run_id: int) -> Any:
        run = self._run(run_id)
        if run.created_by_id != g.person.user_id or run.state not in (
            RunState.UPLOADED,
            RunState.SIMULATED,
        ):
            return redirect(f"/imports/{run.id}")
        errors: list[str] = []
        typed = request.form if request.method == "POST" else None
        if typed is not None:
            try:
                with saving():
                    run = self._run(run_id)
                    sheet = typed.get("sheet", run.sheet)
                    if sheet != run.sheet:
                        run.sheet = sheet
                        with runs.sheet_of(run, g.person) as opened:
                            matched = runs.match(run, opened, g.person)
                        run.mapping = {one.header: one.target for one in matched}
                        return redirect(f"/imports/{run.id}/columns")
                    self._set_columns(run, typed)
                    runs.order(run, "try_import")
            except Refused as no:
                errors = [str(r) for r in no.refusals]
                run = self._run(run_id)
            else:
                return redirect(f"/imports/{run.id}")
        return self._columns_page(run, errors, typed), 422 if errors else 200

    def _set_columns(self, run: ImportRun, typed: Any) -> None:
        headers = typed.getlist("header")
        targets = typed.getlist("target")
        fixed = {
            name.removeprefix("fixed-"): "、".join(v for v in typed.getlist(name) if v)
            for name in typed
            if name.startswith("fixed-")
        }
        runs.set_columns(
            run,
            dict(zip(headers, targets, strict=False)),
            fixed,
            g.person,
            date_order=typed.get("date_order", "")
            if typed.get("date_order") in ("dmy", "mdy")
            else "",
            keeps_empty=typed.get("keeps_empty") == "1",
        )

    def _columns_page(self, run: ImportRun, errors: Sequence[str], typed: Any) -> str:
        view = _view(run.register)
        targets = loading.targets_for(run.register, run.recipe, g.person)
        with runs.sheet_of(run, g.person) as sheet:
            matched = runs.match(run, sheet, g.person)
            firsts = _first_values(sheet)
            names, total = sheet.names, sheet.total
            warnings = sheet.warnings
        chosen = dict(run.mapping or {})
        if typed is not None:
            chosen |= dict(zip(typed.getlist("header"), typed.getlist("target"), strict=False))
        labels = {t.name: t.label for t in targets}
        rows = [
            {
                "header": one.header,
                "first": firsts.get(one.header, ""),
                "target": chosen.get(one.header, one.target),
                "why": _why(one, labels),
                "uncertain": bool(one.candidates or one.suggestion or one.note),
            }
            for one in matched
        ]
        filled = {row["target"] for row in rows if row["target"]}
        missing = [] if run.recipe else columns.missing(targets, filled, ())
        return render_template(
            "exchange/columns.html",
            page={"head": _run_head(run, view, total)},
            run=run,
            rows=rows,
            options=[(t.name, t.label, t.required) for t in targets],
            errors=errors,
            warnings=warnings,
            missing=[_fixed_field(t, run, typed) for t in missing],
            others=[
                _fixed_field(t, run, typed)
                for t in targets
                if not run.recipe
                and not t.line
                and t.name not in filled
                and t not in missing
                and t.name != "number"
            ],
            sheets=[name for name in names if name],
            going_on=_under_way(),
            history=_history(run.register, 5),
        )

    # -- 3 and 4: the trial, the load ---------------------------------------------------------------

    @expose("/imports/<int:run_id>", methods=["GET"])
    @signed_in
    def show(self, run_id: int) -> Any:
        run = self._run(run_id)
        view = _view(run.register)
        counts = run.counts or {}
        faults, pager, kinds = _faults(run)
        mine = run.created_by_id == g.person.user_id
        return render_template(
            "exchange/result.html",
            page={"head": _run_head(run, view, counts.get("rows"))},
            run=run,
            mine=mine,
            counts=counts,
            figures=_figures(run, counts),
            faults=faults,
            pager=pager,
            kinds=kinds,
            kind=request.args.get("kind", ""),
            changes=counts.get("changes", ()),
            mapping=_mapping(run),
            parts=_parts(counts),
            going_on=_under_way() if run.state not in _GOING_ON else (),
            history=_history(run.register, 5),
            progress=_progress(run),
            moment=moment,
            who=_who(run.created_by_id),
            undone_by=_who(run.undone_by_id),
            why_not_undo=why_not_undo(run, g.person),
            loadable=mine and run.state == RunState.SIMULATED,
            good_rows=counts.get("rows", 0) - counts.get("bad", 0),
        )

    @expose("/imports/<int:run_id>.json", methods=["GET"])
    @signed_in
    def progress(self, run_id: int) -> Any:
        run = self._run(run_id)
        return jsonify(_progress(run))

    @expose("/imports/<int:run_id>/load", methods=["POST"])
    @signed_in
    def load(self, run_id: int) -> Any:
        run = self._run(run_id)
        if run.created_by_id != g.person.user_id:
            abort(404)
        if not scopes.may(g.person, "l", run.register):
            return turned_away()
        if run.state != RunState.SIMULATED:
            flash(_("It must be tried first."), "danger")
            return redirect(f"/imports/{run.id}")
        mode = request.form.get("mode", "")
        if mode == "all" and run.counts["bad"]:
            flash(
                ngettext(
                    "%(num)d row has faults; mend it, or load the good rows only.",
                    "%(num)d rows have faults; mend them, or load the good rows only.",
                    run.counts["bad"],
                ),
                "danger",
            )
            return redirect(f"/imports/{run.id}")
        with saving():
            run = self._run(run_id)
            run.mode = "all" if mode == "all" else "good"
            runs.order(run, "load_import")
        return redirect(f"/imports/{run_id}")

    @expose("/imports/<int:run_id>/stop", methods=["POST"])
    @signed_in
    def stop(self, run_id: int) -> Any:
        run = self._run(run_id)
        if run.created_by_id != g.person.user_id or run.job_id is None:
            abort(404)
        job = db.session.get(Job, run.job_id)
        if job is not None and not job.has_ended:
            cancel(job.id)
        flash(_("It stops as soon as it can; nothing is changed."), "info")
        return redirect(f"/imports/{run_id}")

    @expose("/imports/<int:run_id>/undo", methods=["POST"])
    @signed_in
    def undo(self, run_id: int) -> Any:
        run = self._run(run_id)
        if (no := why_not_undo(run, g.person)) is not None:
            flash(no, "danger")
            return redirect(f"/imports/{run.id}")
        reason = request.form.get("reason", "").strip()
        if not reason:
            flash(_("Say why the import is undone."), "danger")
            return redirect(f"/imports/{run.id}")
        reasons = undoing.reasons_against(run)
        if reasons:
            view = _view(run.register)
            return render_template(
                "exchange/not_undone.html",
                page={"head": _run_head(run, view, (run.counts or {}).get("rows"))},
                run=run,
                reasons=reasons,
            ), 409
        with saving():
            run = self._run(run_id)
            run.undo_reason = reason[:500]
            runs.order(run, "undo_import")
        return redirect(f"/imports/{run_id}")

    @expose("/imports/<int:run_id>/errors.xlsx", methods=["GET"])
    @signed_in
    def errors(self, run_id: int) -> Any:
        """The rows with faults as they came, with a column that says why; the whole sheet with `?all=1`."""
        run = self._run(run_id)
        buffer = io.BytesIO()
        write_errors(run, g.person, buffer, whole=request.args.get("all") == "1")
        buffer.seek(0)
        record_event(
            "export",
            register=run.register,
            label=run.file_name,
            details={"import": run.id, "what": "errors"},
        )
        name = _("%(file)s with reasons.xlsx", file=Path(run.file_name).stem)
        return send_file(buffer, mimetype=_XLSX, as_attachment=True, download_name=name)

    @expose("/imports/<int:run_id>/file", methods=["GET"])
    @signed_in
    def file(self, run_id: int) -> Any:
        run = self._run(run_id)
        record_event(
            "export",
            register=run.register,
            label=run.file_name,
            details={"import": run.id, "what": "file"},
        )
        return send_stored(runs.file_of(run), run.file_name)

    # -- history ---------------------------------------------------------------------------------

    @expose("/imports/", methods=["GET"])
    @signed_in
    def history(self) -> Any:
        register = request.args.get("register", "")
        rows = runs.history(register, g.person, 200)
        opened = current_app.extensions["registers"]
        head = pages.Head("", _("Imports"), trail=[])
        return render_template(
            "exchange/history.html",
            page={"head": head},
            rows=[_history_row(run) for run in rows if run.register in opened],
            going_on=_under_way(),
        )


def why_not_undo(run: ImportRun, person: scopes.Person) -> str | None:
    """Why this person cannot take the import back now; None: he can, unless something was built on it."""
    if run.state != RunState.LOADED:
        return _("It is not loaded.")
    may_void = (
        person.unlimited
        or run.created_by_id == person.user_id
        or scopes.may(person, "d", run.register)
    )
    if not scopes.may(person, "l", run.register) or not may_void:
        return _("Your roles do not let you undo it.")
    return None


def what_goes_in(spec: FieldSpec) -> str:
    """What kind of value a column wants, in words."""
    if spec.kind is Kind.REFERENCE:
        title = questions.press().title_of(spec.references) if _is_open(spec.references) else ""
        return _("Number, or the name where it is the only one, of: %(register)s", register=title)
    words = {
        Kind.MONEY: _("Amount"),
        Kind.QUANTITY: _("Quantity"),
        Kind.PERCENT: _("Per cent, 12.5 for 12.5 %%") % {},
        Kind.WHOLE: _("Whole number"),
        Kind.DATE: _("Day, like 2026-11-24"),
        Kind.INSTANT: _("Day and time, like 2026-11-24 09:30"),
        Kind.TIME: _("Time, like 09:30"),
        Kind.BOOL: _("Yes or no"),
        Kind.CHOICE: _("One of the choices"),
        Kind.CHOICES: _("One or more of the choices, parted by 、"),
        Kind.EMAIL: _("E-mail address"),
        Kind.PHONE: _("Telephone number"),
        Kind.URL: _("Web address"),
    }
    return words.get(spec.kind, pgettext("value", "Text"))


def _note_on(target: columns.Target) -> str:
    said = "" if target.spec.help is None else str(target.spec.help)
    if target.line:
        lines = _(
            "A line of the record: repeat the row, or leave the columns of the record empty."
        )
        return f"{lines} {said}".strip()
    return said


def _is_open(register: str) -> bool:
    return register in current_app.extensions["registers"]


def _missing(
    run: ImportRun, matched: Sequence[columns.Matched], person: scopes.Person
) -> list[columns.Target]:
    if run.recipe:
        targets = loading.targets_for(run.register, run.recipe, person)
        filled = {one.target for one in matched}
        return [t for t in targets if t.required and t.name not in filled]
    targets = loading.targets_of(run.register, person)
    return columns.missing(targets, [one.target for one in matched], run.fixed or ())


def _run_head(run: ImportRun, view: Any, rows: int | None) -> pages.Head:
    facts = [pages.Cell(text=run.file_name)]
    if run.sheet:
        facts.append(pages.Cell(text=_("sheet “%(name)s”", name=run.sheet)))
    if rows:
        facts.append(
            pages.Cell(text=ngettext("%(rows)s row", "%(rows)s rows", rows, rows=f"{rows:,}"))
        )
    return pages.Head(
        run.register,
        _("Import: %(register)s", register=view.title),
        chips=[_chip(run)],
        facts=facts,
        trail=view.trail(),
        actions=[
            pages.Action("another", _("Another file"), f"/import/{run.register}", icon="upload")
        ],
        help_url=f"/{run.register}/help",
    )


def _chip(run: ImportRun) -> pages.Chip:
    return pages.Chip(run.state_label, _TONES.get(RunState(run.state), "draft"))


def _first_values(sheet: Any) -> dict[str, str]:
    """The first value of each column that has one, within the first rows."""
    found: dict[str, str] = {}
    for number, (_row, cells) in enumerate(sheet.rows()):
        for header, value in zip(sheet.header, cells, strict=True):
            if header not in found and (text := loading.shown(value)):
                found[header] = text[:60]
        if number >= 50 or len(found) == len(sheet.header):
            break
    return found


def _why(one: columns.Matched, labels: dict[str, str]) -> str:
    if one.note:
        return one.note
    if one.suggestion:
        return _("Perhaps “%(label)s”; please check.", label=labels[one.suggestion])
    if one.target == columns.LEFT_OUT:
        return _("left out last time")
    return {
        columns.BY_LABEL: _("same name"),
        columns.BY_NAME: _("name of the field"),
        columns.BY_ALIAS: _("known as this"),
        columns.BY_KEPT: _("as last time"),
    }.get(one.by, _("no such field"))


def _fixed_field(target: columns.Target, run: ImportRun, typed: Any) -> pages.FormField:
    spec = target.spec
    name = f"fixed-{target.name}"
    if typed is not None and name in typed:
        value = "、".join(typed.getlist(name))
    else:
        value = (run.fixed or {}).get(target.name, "")
    options = [(str(stored), str(label)) for stored, label in spec.options()]
    kind = spec.kind.value
    if spec.kind in (Kind.PROSE, Kind.REFERENCE, Kind.DATE, Kind.INSTANT, Kind.MONEY):
        kind = "line"
    if spec.kind is Kind.BOOL:
        kind, options = "choice", [("1", _("Yes")), ("0", _("No"))]
    return pages.FormField(
        name=name,
        label=target.label,
        kind=kind,
        value=value,
        values=value.split("、") if kind == "choices" else (),
        options=options,
        width=12 if kind == "choices" else 6,
        help=what_goes_in(spec) if kind == "line" else "",
        required=False,
    )


def _figures(run: ImportRun, counts: dict[str, Any]) -> list[pages.KeyFigure]:
    if not counts:
        return []
    tried = run.state in (RunState.SIMULATED, RunState.LOADING)
    good = counts["new"] + counts["changed"]
    after = (
        _("in %(seconds)s s, nothing is written yet", seconds=counts["seconds"])
        if tried
        else _("in %(seconds)s s", seconds=counts["seconds"])
    )
    return [
        pages.KeyFigure(_("All rows"), f"{counts['rows']:,}", note=after),
        pages.KeyFigure(
            _("Can be loaded") if tried else _("Loaded"),
            f"{good:,}",
            note=_(
                "%(new)s new · %(changed)s changed",
                new=f"{counts['new']:,}",
                changed=f"{counts['changed']:,}",
            ),
        ),
        pages.KeyFigure(
            _("With faults"),
            f"{counts['bad']:,}",
            note=ngettext("%(num)d fault", "%(num)d faults", counts["faults"])
            + (
                " · " + ngettext("%(num)d warning", "%(num)d warnings", counts["warnings"])
                if counts["warnings"]
                else ""
            ),
        ),
        pages.KeyFigure(_("As they are already"), f"{counts['same']:,}", note=_("skipped")),
    ]


def _parts(counts: dict[str, Any]) -> list[tuple[str, int, int, int]]:
    """Of a recipe: what each register gets."""
    found = counts.get("registers") or {}
    if len(found) < 2:
        return []
    return [
        (questions.press().title_of(register), one["new"], one["changed"], one["same"])
        for register, one in found.items()
        if _is_open(register)
    ]


def _faults(run: ImportRun) -> tuple[list[ImportFault], pages.Pager, list[tuple[str, str, int]]]:
    kind = request.args.get("kind", "")
    text = request.args.get("page", "1")
    page = int(text) if text.isdecimal() and len(text) < 7 and int(text) > 0 else 1
    of_run = ImportFault.run_id == run.id
    rows = db.session.execute(
        select(ImportFault.kind, func.count())
        .where(of_run)
        .group_by(ImportFault.kind)
        .order_by(func.count().desc(), ImportFault.kind)
        .limit(100)
    ).all()
    kinds = [(name, name, many) for name, many in rows]
    total = db.session.scalar(select(func.count()).where(of_run)) or 0
    statement = select(ImportFault).where(of_run)
    if kind in dict(rows):
        statement = statement.where(ImportFault.kind == kind)
        total = dict(rows)[kind]
    else:
        kind = ""
    last = max(1, -(-total // _FAULTS_A_PAGE))
    page = min(page, last)
    found = list(
        db.session.scalars(
            statement.order_by(ImportFault.is_warning, ImportFault.id)
            .offset((page - 1) * _FAULTS_A_PAGE)
            .limit(_FAULTS_A_PAGE)
        )
    )

    def url(number: int) -> str:
        return f"/imports/{run.id}?{urlencode({'page': number, **({'kind': kind} if kind else {})})}#faults"

    return found, pages.numbered(page, _FAULTS_A_PAGE, total, url), kinds


def _mapping(run: ImportRun) -> list[tuple[str, str]]:
    targets = loading.targets_for(run.register, run.recipe, g.person)
    labels = {target.name: target.label for target in targets}
    found = [(header, labels.get(name, "")) for header, name in (run.mapping or {}).items()]
    found += [
        (
            _("for all new records"),
            f"{labels.get(name, name)}: {_shown_fixed(targets, name, value)}",
        )
        for name, value in (run.fixed or {}).items()
    ]
    return found


def _shown_fixed(targets: Sequence[columns.Target], name: str, value: str) -> str:
    spec = next((t.spec for t in targets if t.name == name), None)
    if spec is None or not spec.choices:
        return value
    return "、".join(spec.label_of(part) for part in value.split("、"))


def _progress(run: ImportRun) -> dict[str, Any]:
    """What the bar of a run asks for; `url` leads to the result when it is there."""
    job = db.session.get(Job, run.job_id) if run.job_id else None
    state = job.as_dict() if job is not None else {}
    finished = run.state not in _GOING_ON or bool(job is not None and job.has_ended)
    return {
        "done": state.get("done") or 0,
        "total": state.get("total") or 0,
        "text": f"{run.file_name} · {state.get('note') or run.state_label}",
        "finished": finished,
        "url": f"/imports/{run.id}" if finished else "",
    }


def _who(user_id: int | None) -> str:
    if user_id is None:
        return _("the console")
    user = db.session.get(current_app.appbuilder.sm.user_model, user_id)  # type: ignore[attr-defined]
    return "" if user is None else users.display_name(user)


def _history(register: str, many: int) -> list[dict[str, Any]]:
    return [
        _history_row(run)
        for run in runs.history(register, g.person, many * 2)
        if run.state in (RunState.LOADED, RunState.UNDONE)
    ][:many]


def _history_row(run: ImportRun) -> dict[str, Any]:
    counts = run.counts or {}
    return {
        "id": run.id,
        "url": f"/imports/{run.id}",
        "when": moment(run.loaded_at or run.created_at),
        "register": questions.press().title_of(run.register) if _is_open(run.register) else "",
        "file": run.file_name,
        "rows": counts.get("new", 0) + counts.get("changed", 0),
        "bad": counts.get("bad", 0),
        "state": _chip(run),
        "who": _who(run.created_by_id),
        "error": run.error,
    }


def _under_way() -> list[dict[str, Any]]:
    """Imports of this person that are being worked at, for the bars at the side."""
    found = []
    for job in runs.under_way(g.person):
        run_id = job.arguments.get("run_id")
        run = db.session.get(ImportRun, run_id) if run_id else None
        if run is not None:
            found.append({"run": run, "url": f"/imports/{run.id}", **_progress(run)})
    return found


def write_errors(
    run: ImportRun, person: scopes.Person, target: io.BytesIO, *, whole: bool = False
) -> int:
    """The sheet as it came, its faulty cells marked, with a last column that says why; counts the rows."""
    reasons: dict[int, list[str]] = {}
    marked: dict[int, set[str]] = {}
    for fault in db.session.scalars(
        select(ImportFault).where(ImportFault.run_id == run.id).order_by(ImportFault.id)
    ):
        words = f"{fault.column}: {fault.reason}" if fault.column else fault.reason
        reasons.setdefault(fault.row, []).append(f"{words} {fault.cure}".strip())
        marked.setdefault(fault.row, set()).add(fault.column)
    with runs.sheet_of(run, person) as sheet:
        heads = [OutColumn(letter(i), header) for i, header in enumerate(sheet.header)]
        heads.append(OutColumn("reason", pgettext("fault", "Reason"), Kind.PROSE, width=60))
        places = {header: place for place, header in enumerate(sheet.header)}
        marks: set[tuple[int, int]] = set()

        def rows() -> Iterator[list[Any]]:
            written = 0
            for number, cells in sheet.rows():
                if number not in reasons and not whole:
                    continue
                written += 1
                marks.update(
                    (written, places[column])
                    for column in marked.get(number, ())
                    if column in places
                )
                yield [*cells, "\n".join(reasons.get(number, ()))]

        book = Book(target)
        written = book.sheet(run.sheet or "1", heads, rows(), marks=marks)
        book.close()
    return written


# -- exports ---------------------------------------------------------------------------------------


class Exports(Page):
    """A list as a file: the same rows, order and columns, under the right to take them away."""

    route_base = "/export"
    default_view = "xlsx"

    @expose("/<string:register>.xlsx", methods=["GET"])
    @asks_for("x")
    def xlsx(self, register: str) -> Any:
        return self._export(register, "xlsx")

    @expose("/<string:register>.csv", methods=["GET"])
    @asks_for("x")
    def csv(self, register: str) -> Any:
        return self._export(register, "csv")

    def _export(self, register: str, ending: str) -> Any:
        view = _view(register)
        person = g.person
        asked = listing.asked_from(request.args, view.order)
        ids = [
            int(part)
            for part in request.args.get("ids", "").split(",")
            if part.isdecimal() and len(part) < 19
        ][:10_000]
        specs = sheets.columns_of(view, person, request.args.get("columns", ""))
        try:
            statement = sheets.statement_of(view, person, asked, ids)
        except query.BadCondition as no:
            return turned_away(str(no), view.title, 422)
        rows = sheets.rows_of(statement, view, person, specs)
        heads = [sheets.out_column(spec) for spec in specs]
        # Written whole before it is sent: what fails half-way must not look like a short list.
        with tempfile.NamedTemporaryFile(suffix=f".{ending}") as file:
            many = write_sheet(Path(file.name), str(view.title), heads, rows)
            stream = Path(file.name).open("rb")  # noqa: SIM115 - closed by the answer
        record_event(
            "export",
            register=register,
            label=str(view.title),
            details={
                "rows": many,
                "format": ending,
                "columns": [spec.name for spec in specs],
                "q": asked.query,
                "where": [":".join(c) for c in asked.conditions],
                "view": asked.view,
                "ids": ids[:200],
            },
        )
        name = f"{view.title}.{ending}"
        mimetype = _XLSX if ending == "xlsx" else "text/csv; charset=utf-8"
        return send_file(stream, mimetype=mimetype, as_attachment=True, download_name=name)
