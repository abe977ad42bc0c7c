"""From a record to paper: what the form shows, its code, and the entry in the book that it was printed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from flask import current_app
from flask_babel import gettext as _
from flask_babel import pgettext
from sqlalchemy import func, insert, select

from app.documents import readers
from app.documents.batch import Sheet
from app.documents.checkcode import Fingerprint, check_code, content_hash
from app.documents.head import Head, Signature
from app.documents.models import IssuedPrint
from app.documents.printout import Printout
from app.documents.readers import ForReader
from app.extensions import db
from app.records import REGISTERED, Kept, acting, clock, settings, specs_of
from app.records.fields import Kind
from app.security import scopes

#: columns that say nothing about the contents of a form
_BOOKKEEPING = frozenset(
    {"version", "created_at", "created_by_id", "changed_at", "changed_by_id", "import_id"}
)

Blocks = Callable[[Kept, Printout], Sequence[Signature]]
_blocks: Blocks | None = None


def signed_by(question: Blocks) -> Blocks:
    """The approvals tell here which signatures stand on a record; none where it was never signed."""
    global _blocks
    _blocks = question
    return question


def key() -> str:
    """What check codes are made with; whoever has it can make them."""
    return f"check:{current_app.config['SECRET_KEY']}"


def printouts_of(record_class: Any) -> dict[str, Printout]:
    return {p.name: p for p in getattr(record_class, "printed_as", ())}


def lists_of(record_class: Any) -> dict[str, Printout]:
    return {p.name: p for p in getattr(record_class, "lists_printed_as", ())}


def fingerprint(record: Kept, printout: Printout) -> Fingerprint:
    """What this form says of the record now, whoever prints it: fields, lines, and what stands beside."""
    values: dict[str, Any] = {
        attribute.key: getattr(record, attribute.key)
        for attribute in record.__mapper__.column_attrs
        if attribute.key not in _BOOKKEEPING
    }
    for spec in specs_of(type(record)).values():
        if spec.kind is Kind.LINES:
            values[spec.name] = [
                [line.id, line.version] for line in getattr(record, spec.relation)
            ]
    for one in printout.beside:
        cls: Any = REGISTERED.get(one.register)
        if cls is not None:
            statement = select(cls.id, cls.version).where(getattr(cls, one.via) == record.id)
            if hasattr(cls, "voided_at"):
                statement = statement.where(cls.voided_at.is_(None))
            rows = db.session.execute(statement.order_by(cls.id))
            values[f"beside {one.register}"] = [list(row) for row in rows]
    return Fingerprint(record.register_name(), record.id, record.version, content_hash(values))


def plain_code(code: str) -> str:
    return code.replace("-", "")


def sheet_of(
    record: Kept,
    printout: Printout,
    person: scopes.Person,
    *,
    address: str = "",
    limited: frozenset[str] | None = None,
) -> Sheet:
    """One form, ready to be set; enters the print into the book.

    :param address: where the page of check codes is reached from outside, without the code
    :param limited: the fields of a record that the person holds only through a field group
    """
    mark = fingerprint(record, printout)
    code = check_code(mark, key())
    nth = _enter(record, printout, mark, code)
    seen = ForReader(record, person, limited)
    signatures = list(_blocks(record, printout)) if _blocks is not None else []
    if not signatures:
        signatures = [Signature(title) for title in printout.signatures]
    context: dict[str, Any] = {
        "head": Head(
            title=printout.title,
            company=str(settings.get("company_name") or ""),
            subtitle=printout.subtitle,
            number=getattr(record, "number", None) or "",
            version=record.version,
            facts=printout.facts(seen) if printout.facts is not None else (),
            form=printout.form,
            article=printout.article,
            check=code,
            address=f"{address.rstrip('/')}/check/{code}" if address else "",
            printed_at=clock.now(),
            printed_by=acting().actor.name,
            times=nth,
            landscape=printout.landscape,
            stamp=_stamp(record),
        ),
        "record": seen,
        "beside": {
            one.register: readers.beside(one.register, one.via, record, person, order=one.order)
            for one in printout.beside
        },
        "signatures": signatures,
        "notes": printout.notes,
    }
    if printout.context is not None:
        context |= printout.context(seen)
    return Sheet(template_of(type(record), printout), context, printout.copies)


def _stamp(record: Kept) -> Any:
    """A void record or a draft says so on paper, lest somebody take it for one that holds."""
    if getattr(record, "is_void", False):
        return _("Void")
    return pgettext("paper", "Draft") if getattr(record, "is_draft", False) else ""


def list_sheet(
    record_class: Any,
    printout: Printout,
    records: Sequence[Any],
    *,
    conditions: str = "",
) -> Sheet:
    """A list as one form; `records` are seen by their reader already."""
    context: dict[str, Any] = {
        "head": Head(
            title=printout.title,
            company=str(settings.get("company_name") or ""),
            subtitle=printout.subtitle,
            form=printout.form,
            article=printout.article,
            printed_at=clock.now(),
            printed_by=acting().actor.name,
            landscape=printout.landscape,
        ),
        "records": records,
        "total": len(records),
        "conditions": conditions,
        "signatures": [Signature(title) for title in printout.signatures],
        "notes": printout.notes,
    }
    if printout.context is not None:
        context |= printout.context(records)
    return Sheet(template_of(record_class, printout), context, printout.copies)


def template_of(record_class: Any, printout: Printout) -> str:
    """The form in the folder of the record's own domain: two domains may call theirs the same."""
    parts = record_class.__module__.split(".")
    if "domains" in parts:
        return f"{parts[parts.index('domains') + 1]}/{printout.template}"
    return printout.template


def _enter(record: Kept, printout: Printout, mark: Fingerprint, code: str) -> int:
    """Keep the code and say in the book that it was printed; the how manieth time it is."""
    from app.audit import record_event

    table = IssuedPrint.__table__
    register, actor = record.register_name(), acting().actor
    before = db.session.scalar(
        select(func.count()).where(
            IssuedPrint.register == register,
            IssuedPrint.record_id == record.id,
            IssuedPrint.form == printout.name,
        )
    )
    row: dict[str, Any] = {
        "code": plain_code(code),
        "register": register,
        "record_id": record.id,
        "form": printout.name,
        "number": (getattr(record, "number", None) or "")[:40],
        "version": mark.version,
        "content": mark.content,
        "nth": (before or 0) + 1,
        "printed_at": clock.now(),
        "printed_by_id": actor.id,
        "printed_by": actor.name[:100],
    }
    _write(insert(table), row)
    record_event(
        "print",
        register=register,
        record_id=record.id,
        label=record.title,
        details={
            "form": printout.form or printout.name,
            "code": code,
            "content": mark.content,
            "version": mark.version,
            "nth": row["nth"],
        },
    )
    return int(row["nth"])


def _write(statement: Any, row: dict[str, Any]) -> None:
    """Inside a click that writes it belongs to that; a page that only reads gets a short one of its own."""
    if acting().writes:
        db.session.connection().execute(statement, [row])
        return
    with db.engine.connect().execution_options(writes=True) as connection, connection.begin():
        connection.execute(statement, [row])
