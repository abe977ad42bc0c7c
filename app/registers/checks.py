"""Declarations checked at start: each fault numbered, with the class and the word that is wrong."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from app.approvals.approvable import Approvable
from app.records.fields import Kind
from app.records.record import REGISTERED, Record
from app.registers.declare import Chapter
from app.security.roles import rights


class WrongDeclaration(RuntimeError):
    """The house does not open with a wrong declaration; every fault is named at once."""


def run(chapters: Sequence[Chapter]) -> None:
    faults = list(faults_of(chapters))
    if faults:
        raise WrongDeclaration("\n".join(faults))


def faults_of(chapters: Sequence[Chapter]) -> Iterator[str]:
    seen: dict[str, Any] = {}
    with_rights = {right.register for right in rights()}
    for chapter in chapters:
        yield from _undrawn(f"Chapter {chapter.name}", chapter.icon)
        for view in chapter.registers:
            name = view.__name__
            record = getattr(view, "record", None)
            if record is None:
                yield f"register.E01 {name} has no `record`"
                continue
            table = record.__tablename__
            if table in seen:
                yield f"register.E02 {name} and {seen[table].__name__} both show {table}"
            seen[table] = view
            yield from _faults_of_view(view, record)
            if table not in with_rights:
                yield f"register.E08 nobody has a right on {table}: add it to app/security/seed/rights.csv"


@functools.cache
def _drawn() -> frozenset[str]:
    """The icons that set-up draws."""
    listed = Path(__file__).parents[1] / "static" / "icons.txt"
    return frozenset(listed.read_text("utf-8").split())


def _undrawn(where: str, *icons: str) -> Iterator[str]:
    for icon in icons:
        if icon and icon not in _drawn():
            yield f'register.E14 {where} shows the icon "{icon}": add it to app/static/icons.txt'


def _faults_of_view(view: Any, record: Any) -> Iterator[str]:
    name, specs = view.__name__, record.specs()
    yield from _undrawn(name, view.icon, *(operation.icon for operation in view.operations))
    has = ", ".join(sorted(specs))
    named = [("list_columns", n) for n in view.list_columns]
    named += [("layout", n) for section in view.layout for n in section.fields]
    for where, word in named:
        if word not in specs:
            yield f'register.E03 {name}.{where} names "{word}"; {record.__name__} has: {has}'
    if not view.list_columns:
        yield f"register.E04 {name} has no list_columns"
    if not str(view.title):
        yield f"register.E05 {name} has no title"
    if not (record.__doc__ or "").strip():
        yield f"register.E06 {record.__name__} has no docstring: the sentence the user reads"
    shown = {n for section in view.layout for n in section.fields}
    for spec in specs.values():
        asked_for = spec.required and spec.writable and spec.default is None
        if asked_for and spec.name not in shown and spec.kind is not Kind.STATE:
            yield f'register.E07 {name}.layout leaves out "{spec.name}", which is required'
        if (
            spec.kind is Kind.REFERENCE
            and spec.references not in REGISTERED
            and spec.references != "ab_user"
        ):
            yield f'register.E09 {record.__name__}.{spec.name} refers to "{spec.references}", which is no register'
    for related in view.related:
        other = REGISTERED.get(related.register)
        if other is None:
            yield f'register.E10 {name}.related names "{related.register}", which is no register'
        elif related.via not in other.specs():
            yield f'register.E11 {name}.related: {other.__name__} has no "{related.via}"'
    for deadline in record.due:
        columns = (deadline.on, deadline.done, *deadline.whose)
        for word in (word for word in columns if word and word not in specs):
            yield f'register.E15 {record.__name__}.due names "{word}"; {record.__name__} has: {has}'
        if record.states is not None:
            known = {value for value, _label in record.states.words.options()}
            for word in (word for word in deadline.open_in if word not in known):
                yield f'register.E15 {record.__name__}.due names the state "{word}", which is none'
    if record.states is not None and view.kind != "calculated":
        offered = {*record.states.elsewhere, *(operation.to for operation in view.operations)}
        if issubclass(record, Approvable):
            offered |= {*record.states_by_signature(), record.outcome.returned}
        for state in dict.fromkeys(s for after in record.states.moves.values() for s in after):
            if state not in offered:
                yield f'register.E13 {name} has no operation to "{state}"; States may say it comes from elsewhere'
    if issubclass(record, Record) and record.states is not None and not hasattr(record, "state"):
        yield f"register.E12 {record.__name__} declares states without Stateful"
