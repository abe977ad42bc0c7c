"""Sheets in and out over pages: four steps of an import, its history and undoing, exports and templates."""

from __future__ import annotations

from typing import Any

from flask import current_app
from sqlalchemy.exc import IntegrityError

from app.exchange import questions
from app.records import REGISTERED, FieldSpec
from app.registers.form import choosable
from app.registers.saving import refusal_of
from app.security import scopes


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
        return view is not None and view.kind in ("register", "lookup")

    def choosable(self, person: scopes.Person, spec: FieldSpec) -> Any:
        if not scopes.may(person, "r", spec.references):
            return None
        return choosable(person, REGISTERED[spec.references], spec.among)

    def explain(self, error: IntegrityError) -> str:
        return str(refusal_of(error))


questions.answer_by(Press())
