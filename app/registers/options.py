"""What remote selects ask: twenty rows one may choose, by name, number, pinyin or initials."""

from __future__ import annotations

from typing import Any

from flask import abort, jsonify, request
from flask_appbuilder import BaseView, expose
from sqlalchemy import false

from app.extensions import db
from app.records import search
from app.records.record import REGISTERED
from app.registers.form import choosable
from app.registers.query import unseen_text
from app.security import scopes

_SOME = 20


class Options(BaseView):
    """No select of the house loads a table; all of them ask here, under the person's row scope."""

    route_base = "/options"
    default_view = "options"
    base_permissions: list[str] = []

    @expose("/<string:register>")
    def options(self, register: str) -> Any:
        user = self.appbuilder.sm.acting_user()
        if user is None:
            abort(401)
        record_class: Any = REGISTERED.get(register)
        person = scopes.person_of(user)
        if record_class is None or not scopes.may(person, "r", register):
            abort(404)
        query = request.args.get("q", "").strip()[:60]
        page = request.args.get("page", "1")
        number = int(page) if page.isdecimal() and len(page) < 5 else 1
        statement = choosable(person, record_class)
        if query:
            # Without a scope the first finds are the answer; a scope may drop most of them.
            unlimited = scopes.rows(person, "r", record_class) is None
            few = number * _SOME * 5 if unlimited else search.MANY
            found = search.ids_of(db.session, query, register, few)
            statement = statement.where(
                search.is_one_of(record_class.id, found) if found else false()
            )
            blind = unseen_text(record_class, query, person)
            if blind is not None:
                statement = statement.where(blind)
        statement = statement.order_by(record_class.id.desc())
        rows = list(
            db.session.scalars(statement.offset((number - 1) * _SOME).limit(_SOME + 1)).unique()
        )
        masked = scopes.field_right(person, register, record_class.titled_by) in (
            "masked",
            "hidden",
        )
        return jsonify(
            results=[
                {
                    "value": str(row.id),
                    "text": scopes.mask(row.title) if masked else row.title,
                    "secondary": getattr(row, "number", None) or "",
                    "note": "",
                }
                for row in rows[:_SOME]
            ],
            more=len(rows) > _SOME,
        )
