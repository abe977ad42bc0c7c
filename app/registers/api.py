"""REST for every register: one class, the same columns, rules and rights as the pages.

FAB's ModelRestApi would expose every column, know no row scope on POST, and cost three seconds of
start-up for each register; this one reads the same declarations the pages read.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

import prison
from flask import current_app, g, jsonify, request, send_file
from flask_appbuilder.api import BaseApi, expose
from flask_babel import gettext as _
from flask_jwt_extended import verify_jwt_in_request
from flask_jwt_extended.exceptions import JWTExtendedException
from jwt.exceptions import PyJWTError

from app.audit import record_event
from app.extensions import db
from app.records.fields import FieldSpec, Kind, plain_value, specs_of
from app.records.flush import check
from app.records.reading import Unreadable, read
from app.records.record import Kept, LineRecord
from app.records.refusals import Conflict, NotAllowed, Refusal, Refused
from app.registers import query, showing
from app.registers.cells import is_own
from app.registers.form import line_class, line_specs, may_refer
from app.registers.saving import saving
from app.security import scopes

_MAX = 200


class Answer(Exception):
    """An answer that is not the usual one."""

    def __init__(self, status: int, message: Any) -> None:
        super().__init__(status)
        self.status, self.message = status, message


def answers(function: Callable[..., Any]) -> Callable[..., Any]:
    """Who asks (by token only), and every refusal as the contract says it: 401, 403, 404, 409, 422."""

    @wraps(function)
    def inside(self: Any, *args: Any, **kwargs: Any) -> Any:
        try:
            verify_jwt_in_request()
        except (JWTExtendedException, PyJWTError):
            return _message(401, _("Sign in first: send a token of /api/v1/security/login."))
        user = self.appbuilder.sm.acting_user()
        if user is None:
            return _message(401, _("Sign in first: send a token of /api/v1/security/login."))
        g.person = scopes.person_of(user)
        try:
            return function(self, *args, **kwargs)
        except Answer as answer:
            return _message(answer.status, answer.message)
        except Conflict as no:
            return _message(409, no.by_field())
        except NotAllowed as no:
            return _message(403, str(no))
        except Refused as no:
            return _message(422, no.by_field())

    return inside


def _message(status: int, message: Any) -> Any:
    return jsonify(message=message), status


class RegisterApi(BaseApi):
    """`/api/v1/<register>/`: list, get, post, put, delete."""

    route_base = "/api/v1"
    resource_name = "register"
    base_permissions: list[str] = []
    csrf_exempt = True  # tokens only: no browser session opens this door
    openapi_spec_tag = "Registers"

    @expose("/_openapi", methods=["GET"])
    @answers
    def description(self) -> Any:
        """The description that `sync` wrote: building it for 240 registers takes longer than an answer may."""
        path = Path(current_app.config["DATA_DIR"], "openapi.json")
        if not path.exists():
            raise Answer(404, _("Run `flask sync` first: it writes the description."))
        return send_file(path, mimetype="application/json")

    def _view(self, register: str, verb: str) -> Any:
        view = current_app.extensions["registers"].get(register)
        if view is None:
            raise Answer(404, _("There is no register “%(name)s”.", name=register))
        if not scopes.may(g.person, verb, register):
            raise Answer(
                403,
                _("Your roles give you no right to this in “%(register)s”.", register=view.title),
            )
        return view

    @expose("/<string:register>/", methods=["GET"])
    @answers
    def get_list(self, register: str) -> Any:
        view = self._view(register, "r")
        try:
            asked = prison.loads(request.args["q"]) if request.args.get("q") else {}
        except prison.decoder.ParserException:
            raise Answer(400, _("The parameter q is no rison.")) from None
        asked = asked if isinstance(asked, dict) else {}
        columns = [name for name in asked.get("columns", ()) if isinstance(name, str)]
        specs = fields_of(view, g.person)
        unknown = [name for name in columns if name not in specs]
        if unknown:
            raise Answer(422, {name: [_("There is no such field.")] for name in unknown})
        names = columns or list(specs)
        try:
            page = query.page(
                view.record,
                _asked(asked),
                g.person,
                [n for n in names if n in view.record.specs()],
            )
        except query.BadCondition as no:
            raise Answer(422, {"q": [str(no)]}) from None
        limited = scopes.limited_fields(g.person, "r", view.record)
        rows = []
        for record in page.records:
            visible = None if limited is None or page.in_full.get(record.id, True) else limited
            rows.append(as_json(record, {n: specs[n] for n in names}, g.person, visible))
        return jsonify(
            count=page.total,
            count_is_exact=page.exact,
            ids=[record.id for record in page.records],
            result=rows,
            next=page.after if page.has_next else None,
        )

    @expose("/<string:register>/<int:pk>", methods=["GET"])
    @answers
    def get(self, register: str, pk: int) -> Any:
        view = self._view(register, "r")
        record = self._record(view, pk, "r")
        if view.record.reads_logged:
            record_event("read", register=register, record_id=pk, label=record.title)
        visible = showing.visible_fields(record, g.person)
        return jsonify(id=pk, result=as_json(record, fields_of(view, g.person), g.person, visible))

    @expose("/<string:register>/", methods=["POST"])
    @answers
    def post(self, register: str) -> Any:
        view = self._view(register, "a")
        if not view.may_add(g.person):
            raise Answer(403, _("Entries of this register are not written by hand."))
        record = view.record()
        with saving():
            fill(view, record, _body(), g.person, "a")
            db.session.add(record)
            db.session.flush()
        return jsonify(id=record.id, result=self._seen(view, record)), 201

    @expose("/<string:register>/<int:pk>", methods=["PUT"])
    @answers
    def put(self, register: str, pk: int) -> Any:
        view = self._view(register, "r")
        record = self._record(view, pk, "r")
        no = view.why_not_edit(record, g.person)
        if no is not None:
            raise Answer(403, no)
        body = _body()
        version = body.pop("version", None)
        if version is None:
            raise Answer(
                422,
                {"version": [_("Send the version you read, so that nobody's change is lost.")]},
            )
        if str(version) != str(record.version):
            raise Answer(
                409,
                {
                    "version": [
                        _(
                            "The record changed since you read it; it has version %(version)d now.",
                            version=record.version,
                        )
                    ]
                },
            )
        verb = "e" if view._in_scope(g.person, "e", record) else "a"
        with saving():
            fill(view, record, body, g.person, verb)
            db.session.flush()
        return jsonify(id=pk, result=self._seen(view, record))

    def _seen(self, view: Any, record: Any) -> Any:
        """What the writer may read of what he wrote."""
        if not view._in_scope(g.person, "r", record):
            return {"id": record.id, "number": getattr(record, "number", None)}
        return as_json(
            record, fields_of(view, g.person), g.person, showing.visible_fields(record, g.person)
        )

    @expose("/<string:register>/<int:pk>", methods=["DELETE"])
    @answers
    def delete(self, register: str, pk: int) -> Any:
        view = self._view(register, "d")
        record = self._record(view, pk, "d")
        no = view.why_not_delete(record, g.person)
        if no is not None:
            raise Answer(422, {"": [no]})
        with saving():
            db.session.delete(record)
        return jsonify(message=_("Deleted."))

    @expose("/<string:register>/<int:pk>/<string:operation>", methods=["POST"])
    @answers
    def operate(self, register: str, pk: int, operation: str) -> Any:
        """An operation of the register, and `void`, with the same checks as its button."""
        view = self._view(register, "r")
        known = {o.name for o in view.operations} | {"void"}
        if operation not in known:
            raise Answer(404, _("There is no operation “%(name)s”.", name=operation))
        run = view._operation(operation)
        if not scopes.may(g.person, run.verb, register):
            raise Answer(
                403,
                _("Your roles give you no right to this in “%(register)s”.", register=view.title),
            )
        record = self._record(view, pk, "r")
        no = view._why_not_operate(run, record, g.person)
        if no is not None:
            raise Answer(422, {"": [no]})
        body = request.get_json(silent=True)
        reason = body.get("reason") if isinstance(body, dict) else None
        with saving():
            run.run(record, reason)
        return jsonify(id=pk, result=self._seen(view, record))

    def _record(self, view: Any, pk: int, verb: str) -> Any:
        if pk >= 2**63:
            raise Answer(404, _("There is no such entry among yours."))
        statement = query.scoped(view.record, g.person, verb).where(view.record.id == pk)
        record = db.session.scalars(statement).unique().first()
        if record is None:
            raise Answer(404, _("There is no such entry among yours."))
        return record


def _body() -> dict[str, Any]:
    body = request.get_json(silent=True)
    if not isinstance(body, dict):
        raise Answer(400, _("Send a JSON object."))
    return dict(body)


def _asked(raw: dict[str, Any]) -> query.Asked:
    """FAB's `q`: filters [{col, opr, value}], order_column, order_direction, page (from 0), page_size."""
    words = {
        "eq": "is",
        "neq": "is_not",
        "ct": "contains",
        "sw": "begins",
        "gt": "from",
        "lt": "to",
        "rel_o_m": "is",
    }
    conditions = []
    for one in raw.get("filters") or ():
        if isinstance(one, dict) and {"col", "opr"} <= set(one):
            value = one.get("value", "")
            text = ",".join(map(str, value)) if isinstance(value, list) else str(value)
            conditions.append((str(one["col"]), words.get(str(one["opr"]), str(one["opr"])), text))
    column = str(raw.get("order_column") or "")
    down = str(raw.get("order_direction") or "asc") == "desc"
    size = raw.get("page_size", 25)
    page = raw.get("page", 0)
    return query.Asked(
        query=str(raw.get("search") or "")[:100],
        conditions=tuple(conditions[:20]),
        order=f"-{column}" if column and down else column,
        page=(page if isinstance(page, int) and page >= 0 else 0) + 1,
        size=size if isinstance(size, int) and size in query.SIZES else query.SIZES[0],
        cursor=str(raw.get("at") or ""),
    )


def fields_of(view: Any, person: scopes.Person) -> dict[str, FieldSpec]:
    """The fields REST shows: those of the layout and what every record has, less what is hidden."""
    specs = view.record.specs()
    hidden = scopes.hidden_fields(person, view.record.__tablename__)
    names = [
        "number",
        "state",
        *(n for s in view.layout for n in s.fields),
        "owner_dept_id",
        "remark",
        "created_at",
        "changed_at",
    ]
    return {n: specs[n] for n in dict.fromkeys(names) if n in specs and n not in hidden}


def as_json(
    record: Any, specs: dict[str, FieldSpec], person: scopes.Person, visible: frozenset[str] | None
) -> dict[str, Any]:
    found: dict[str, Any] = {"id": record.id, "version": record.version}
    for name, spec in specs.items():
        if visible is not None and name not in visible:
            continue
        if spec.kind is Kind.FILE:
            continue
        right = scopes.field_right(person, record.register_name(), name)
        if spec.kind is Kind.LINES:
            veil = _veiled if right == "masked" else plain_value
            found[name] = [
                {
                    "id": line.id,
                    **{s.name: veil(getattr(line, s.name)) for s in read_specs(type(line))},
                }
                for line in getattr(record, spec.relation)
            ]
            continue
        value = getattr(record, name)
        if right == "masked" and value not in (None, "") and not is_own(record, person):
            value = scopes.mask(value)
        found[name] = plain_value(value)
        if spec.kind is Kind.REFERENCE and spec.relation and value is not None:
            other = getattr(record, spec.relation)
            masked = (
                other is not None
                and other.titled_by
                and scopes.field_right(person, other.register_name(), other.titled_by)
                in ("masked", "hidden")
            )
            found[spec.relation] = (
                None if other is None else (scopes.mask(other.title) if masked else other.title)
            )
    return found


def _veiled(value: Any) -> Any:
    """A value of a line whose field is masked: its edges alone."""
    return None if value in (None, "", ()) else scopes.mask(plain_value(value))


def read_specs(line: type[LineRecord]) -> list[FieldSpec]:
    """The fields of a line that are read: those typed in, and those calculated."""
    return line_specs(line) + [s for s in specs_of(line).values() if s.calculated]


def fill(view: Any, record: Kept, body: dict[str, Any], person: scopes.Person, verb: str) -> None:
    """Write what a program sent onto a record; unknown, hidden and machine-kept fields are refused by name.

    :raises Refused: with every field that does not fit
    """
    record_class = view.record
    register = record_class.__tablename__
    specs = fields_of(view, person)
    group = scopes.limited_fields(person, verb, record_class)
    if (
        group is not None
        and record.id is not None
        and showing.visible_fields(record, person) is None
    ):
        group = None
    refusals: list[Refusal] = []
    with db.session.no_autoflush:
        for name, raw in body.items():
            spec = specs.get(name)
            right = scopes.field_right(person, register, name) if spec else ""
            if (
                spec is None
                or not spec.writable
                or spec.kind is Kind.FILE
                or (right in ("readonly", "masked") and record.id is not None)
                or (group is not None and name not in group)
            ):
                refusals.append(Refusal(_("There is no such field to write."), name))
                continue
            if spec.kind is Kind.LINES:
                refusals += _fill_lines(record, spec, raw, person)
                continue
            try:
                value = read(spec, raw)
            except Unreadable as no:
                refusals.append(Refusal(str(no), name))
                continue
            if (
                spec.kind is Kind.REFERENCE
                and value is not None
                and value != getattr(record, name)
                and not may_refer(person, spec, value)
            ):
                refusals.append(
                    Refusal(
                        _(
                            "%(label)s: this entry is not there, or not yours to choose.",
                            label=spec.label,
                        ),
                        name,
                    )
                )
                continue
            setattr(record, name, value)
        if not refusals:
            refusals = check(record)
    if refusals:
        raise Refused(refusals)


def _fill_lines(record: Any, spec: FieldSpec, raw: Any, person: scopes.Person) -> list[Refusal]:
    kind = line_class(type(record), spec)
    specs = {s.name: s for s in line_specs(kind)}
    if not isinstance(raw, list) or not all(isinstance(row, dict) for row in raw):
        return [Refusal(_("Send a list of lines."), spec.name)]
    stored = {line.id: line for line in getattr(record, spec.relation) if line.id is not None}
    refusals, kept = [], []
    for place, row in enumerate(raw):
        line = stored.pop(row.get("id"), None) or kind()
        for name, value in row.items():
            if name == "id":
                continue
            where = f"{spec.name}.{place}.{name}"
            if name not in specs:
                refusals.append(Refusal(_("There is no such field to write."), where))
                continue
            try:
                found = read(specs[name], value)
            except Unreadable as no:
                refusals.append(Refusal(str(no), where))
                continue
            if (
                specs[name].kind is Kind.REFERENCE
                and found is not None
                and not may_refer(person, specs[name], found)
            ):
                refusals.append(
                    Refusal(_("This entry is not there, or not yours to choose."), where)
                )
                continue
            setattr(line, name, found)
        line.order_no = place
        kept.append(line)
    if not refusals:
        setattr(record, spec.relation, kept)
    return refusals
