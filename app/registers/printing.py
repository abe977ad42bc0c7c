"""Paper over pages: a record as its form, a list as its form, many at once, and the page behind the QR code."""

from __future__ import annotations

import io
import re
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pypdfium2
from flask import abort, current_app, flash, g, redirect, render_template, request, send_file
from flask_babel import force_locale, lazy_gettext, ngettext
from flask_babel import gettext as _
from jinja2 import TemplateNotFound
from sqlalchemy import delete, func, insert, select
from werkzeug.datastructures import MultiDict

from app.audit import record_event
from app.documents import Printout, Verdict, for_reader, render, render_many, verdict
from app.documents.batch import Sheet
from app.documents.checkcode import Fingerprint
from app.documents.issue import (
    fingerprint,
    key,
    list_sheet,
    lists_of,
    plain_code,
    printouts_of,
    sheet_of,
)
from app.documents.models import CheckAttempt, IssuedPrint
from app.exchange import runs
from app.extensions import db
from app.jobs import enqueue, in_hand, job, progress, results, step
from app.records import REGISTERED, Kind, Refusal, Refused, clock, settings
from app.records.context import enter, leave
from app.registers import listing, query, sheets, showing
from app.registers import signatures as _signatures  # noqa: F401 - it answers for the blocks
from app.registers.page import Page, asks_for, expose, turned_away
from app.registers.saving import saving
from app.security import scopes

#: a longer list is a book nobody reads; it goes out as a sheet
LONGEST_LIST = 3000
#: what is longer than this is set as a job: some forty rows a second
AT_ONCE = 200
#: forms whose codes and entries are stored together
_PART = 20
_CODE = re.compile(r"[0-9A-Z]{8}")
#: questions about codes from one address within ten minutes
QUESTIONS = 60

settings.declare(
    settings.Setting(
        "public_address",
        lazy_gettext("Address under which the house is reached"),
        "",
        group=lazy_gettext("House"),
        help=lazy_gettext(
            "Stands in the QR code of paper forms, such as https://taizhang.example.com. "
            "Empty: the address of whoever prints."
        ),
    )
)


def address() -> str:
    """Where somebody with the paper in hand asks about it."""
    return str(settings.get("public_address") or "") or request.url_root.rstrip("/")


def _printable(register: str, form: str, *, of_list: bool = False) -> tuple[Any, Printout]:
    view = current_app.extensions["registers"].get(register)
    if view is None:
        abort(404)
    known = lists_of(view.record) if of_list else printouts_of(view.record)
    printout = known.get(form)
    return (view, printout) if printout is not None else abort(404)


def record_for(view: Any, pk: int, person: scopes.Person) -> Any:
    """The row, if the person may both read it and take it away; None as if it were not there."""
    cls = view.record
    statement = scopes.narrow(query.scoped(cls, person), person, "x", cls).where(cls.id == pk)
    return db.session.scalars(statement).unique().first()


def form_of(record: Any, printout: Printout, person: scopes.Person, address: str) -> Sheet:
    limited = showing.visible_fields(record, person)
    return sheet_of(record, printout, person, address=address, limited=limited)


def _answer(pdf: bytes, name: str) -> Any:
    response = send_file(
        io.BytesIO(pdf), mimetype="application/pdf", as_attachment=False, download_name=name
    )
    response.headers["Cache-Control"] = "no-store"
    return response


class Prints(Page):
    """Every paper form of the regulations, under the right to take it away (design §10)."""

    route_base = "/print"
    default_view = "record"

    @expose("/<string:register>/<int:pk>/<string:form>.pdf", methods=["GET"])
    @asks_for("x")
    def record(self, register: str, pk: int, form: str) -> Any:
        view, printout = _printable(register, form)
        record = record_for(view, pk, g.person)
        if record is None:
            abort(404)
        name = f"{printout.title} {getattr(record, 'number', None) or record.id}.pdf"
        with force_locale("zh"):
            try:
                sheet = form_of(record, printout, g.person, address())
                pdf = render(sheet.template, sheet.context, sheet.copies)
            except TemplateNotFound:
                abort(404)
        return _answer(pdf, name)

    @expose("/<string:register>/<string:form>.pdf", methods=["GET"])
    @asks_for("x")
    def list(self, register: str, form: str) -> Any:
        view, printout = _printable(register, form, of_list=True)
        asked = listing.asked_from(request.args, view.order)
        try:
            many = how_many(view, asked, g.person)
            if many > AT_ONCE:
                return order_list(view, printout, many)
            pdf = list_pdf(view, printout, asked, g.person)
        except (query.BadCondition, Refused) as no:
            return turned_away(str(no), view.title, 422)
        except TemplateNotFound:
            abort(404)
        enter_list(register, printout, asked, many)
        return _answer(pdf, f"{printout.title}.pdf")

    @expose("/<string:register>/<string:form>", methods=["POST"])
    @asks_for("x")
    def batch(self, register: str, form: str) -> Any:
        """The chosen records, each as its form, in one file; a job."""
        view, printout = _printable(register, form)
        ids = [int(i) for i in request.form.getlist("ids") if i.isdecimal() and len(i) < 19]
        return order_batch(view, printout, ids)


def order_batch(view: Any, printout: Printout, ids: Sequence[int]) -> Any:
    register = view.record.__tablename__
    if not ids:
        flash(_("Choose the records first."), "danger")
        return redirect(f"/{register}/list/")
    with saving():
        ordered = enqueue(
            "print_many",
            ngettext(
                "%(form)s: %(num)d print",
                "%(form)s: %(num)d prints",
                len(ids),
                form=printout.title,
            ),
            register=register,
            form=printout.name,
            ids=list(dict.fromkeys(ids))[:1000],
            address=address(),
        )
    return redirect(f"/jobs/{ordered.id}")


def order_list(view: Any, printout: Printout, many: int) -> Any:
    """A long list is set in the background; its page says when it is there."""
    with saving():
        ordered = enqueue(
            "print_list",
            ngettext("%(form)s: %(num)d row", "%(form)s: %(num)d rows", many, form=printout.title),
            register=view.record.__tablename__,
            form=printout.name,
            asked=[list(pair) for pair in request.args.items(multi=True)],
        )
    return redirect(f"/jobs/{ordered.id}")


def how_many(view: Any, asked: query.Asked, person: scopes.Person) -> int:
    """:raises Refused: when the list is too long for paper"""
    statement = sheets.statement_of(view, person, asked)
    many = query.count(statement.order_by(None))
    if many > LONGEST_LIST:
        raise Refused(
            Refusal(
                _(
                    "The list has more than %(count)d rows. Narrow it by conditions, or export it as Excel.",
                    count=LONGEST_LIST,
                )
            )
        )
    return many


def enter_list(register: str, printout: Printout, asked: query.Asked, many: int) -> None:
    record_event(
        "print",
        register=register,
        label=str(printout.title),
        details={
            "form": printout.form or printout.name,
            "rows": many,
            "q": asked.query,
            "where": [":".join(c) for c in asked.conditions],
            "view": asked.view,
        },
    )


def list_pdf(view: Any, printout: Printout, asked: query.Asked, person: scopes.Person) -> bytes:
    with force_locale("zh"):
        sheet = list_form(view, printout, asked, person)
        return render(sheet.template, sheet.context, sheet.copies)


def list_form(view: Any, printout: Printout, asked: query.Asked, person: scopes.Person) -> Sheet:
    """A list as its form, in the words of the form.

    :raises BadCondition: when a condition says nothing
    """
    cls = view.record
    statement = sheets.statement_of(view, person, asked)
    rows = list(db.session.scalars(statement.options(*_related(cls))).unique())
    seen = for_reader(rows, cls, person)
    shown = listing.conditions(asked, cls, "")
    words = "；".join(f"{c.label} {c.relation_label} {c.value_label}".strip() for c in shown)
    if asked.query:
        words = "；".join(part for part in (f"“{asked.query}”", words) if part)
    return list_sheet(cls, printout, seen, conditions=words)


def _related(cls: Any) -> list[Any]:
    names = [spec.name for spec in cls.specs().values() if spec.kind is Kind.REFERENCE]
    return query.loading(cls, names)


# -- many at once ----------------------------------------------------------------------------------


@job("print_many", whole=False)
def print_many(register: str, form: str, ids: list[int], address: str) -> dict[str, Any]:
    """Each record as its form, in the order chosen, joined into one file."""
    hand = in_hand()
    view, printout = _printable(register, form)
    person = runs.person_of(hand.actor.id if hand else None)
    refused: list[int] = []

    def forms() -> Iterator[Sheet]:
        for start in range(0, len(ids), _PART):
            with step():
                made = []
                for pk in ids[start : start + _PART]:
                    record = record_for(view, pk, person)
                    if record is None:
                        refused.append(pk)
                        continue
                    made.append(form_of(record, printout, person, address))
            yield from made

    with force_locale("zh"), tempfile.TemporaryDirectory() as folder:
        whole = pypdfium2.PdfDocument.new()
        set_many = render_many(forms(), lambda done: progress(done, len(ids)), together=_PART)
        for pdf in set_many:
            part = pypdfium2.PdfDocument(pdf)
            whole.import_pages(part)
            part.close()
        pages = len(whole)
        target = Path(folder, "prints.pdf")
        whole.save(target)
        whole.close()
        if hand is not None and pages:
            results.keep(hand.id, target)
    return {
        "printed": len(ids) - len(refused),
        "refused": len(refused),
        "pages": pages,
        "file": f"{printout.title}.pdf" if pages else "",
    }


@job("print_list", whole=False)
def print_list(register: str, form: str, asked: list[list[str]]) -> dict[str, Any]:
    """A long list as its form."""
    hand = in_hand()
    view, printout = _printable(register, form, of_list=True)
    person = runs.person_of(hand.actor.id if hand else None)
    wanted = listing.asked_from(MultiDict([(name, value) for name, value in asked]), view.order)
    many = how_many(view, wanted, person)
    with step() as context:
        enter_list(register, printout, wanted, many)
    # Who prints stands on the paper; setting it must not hold the one write lock.
    token = enter(replace(context, writes=False))
    try:
        pdf = list_pdf(view, printout, wanted, person)
    finally:
        leave(token)
    with tempfile.NamedTemporaryFile(suffix=".pdf") as file:
        file.write(pdf)
        file.flush()
        if hand is not None:
            results.keep(hand.id, Path(file.name))
    return {"rows": many, "file": f"{printout.title}.pdf"}


# -- is this paper genuine? ------------------------------------------------------------------------


class CheckPage(Page):
    """Behind the QR code: genuine and current, no longer current, or unknown. It asks nobody to sign in."""

    route_base = "/check"
    default_view = "check"

    @expose("/", methods=["GET"])
    def start(self) -> Any:
        code = request.args.get("code", "")
        if code:
            return redirect(f"/check/{code[:20]}")
        return render_template(
            "documents/check.html", verdict="", code="", title=_("Check a paper")
        )

    @expose("/<string:code>", methods=["GET"])
    def check(self, code: str) -> Any:
        code = code[:20]
        if too_many_questions(request.remote_addr or ""):
            text = _("Too many questions from your address. Please try again in ten minutes.")
            return render_template(
                "documents/check.html",
                verdict="busy",
                text=text,
                code=code,
                title=_("Check a paper"),
            ), 429
        found, printed = look_up(code)
        texts = {
            Verdict.CURRENT: _("This paper is genuine, and what it says is current."),
            Verdict.OUTDATED: _(
                "This paper is genuine, but no longer current: the record has changed since."
            ),
            Verdict.UNKNOWN: _(
                "This code is unknown. The paper was not printed here, or the code was mistyped."
            ),
        }
        status = 404 if found is Verdict.UNKNOWN else 200
        return render_template(
            "documents/check.html",
            verdict=found.value,
            text=texts[found],
            code=f"{code[:4]}-{code[4:]}" if len(code) == 8 else code,
            printed=printed,
            title=_("Check a paper"),
        ), status


def look_up(code: str) -> tuple[Verdict, dict[str, Any]]:
    """What the house knows of a code: nothing of the record but its number and when it was printed."""
    typed = plain_code(code.upper().translate(str.maketrans("OIL", "011", " -　—–－")))
    if not _CODE.fullmatch(typed):
        return Verdict.UNKNOWN, {}
    prints = list(
        db.session.scalars(
            select(IssuedPrint).where(IssuedPrint.code == typed).order_by(IssuedPrint.id.desc())
        )
    )
    if not prints:
        return Verdict.UNKNOWN, {}
    last = prints[0]
    cls: Any = REGISTERED.get(last.register)
    record = db.session.get(cls, last.record_id) if cls is not None else None
    current = None
    printout = printouts_of(cls).get(last.form) if cls is not None else None
    if record is not None and printout is not None and not getattr(record, "is_void", False):
        current = fingerprint(record, printout)
    issued = [Fingerprint(p.register, p.record_id, p.version, p.content) for p in prints]
    said = verdict(typed, current, issued, key())
    if said is Verdict.UNKNOWN:
        return said, {}
    return said, {
        "form": str(printout.title) if printout is not None else last.form,
        "number": last.number,
        "version": last.version,
        "when": f"{clock.in_office(last.printed_at):%Y-%m-%d %H:%M}",
        "nth": last.nth,
    }


def too_many_questions(ip: str) -> bool:
    """Counted in a table, for all processes alike: forty bits are not guessed at this pace."""
    now = clock.now()
    since = now - timedelta(minutes=10)
    many = db.session.scalar(
        select(func.count()).where(CheckAttempt.ip == ip[:64], CheckAttempt.at > since)
    )
    if (many or 0) >= QUESTIONS:
        return True
    table = CheckAttempt.__table__
    with db.engine.connect().execution_options(writes=True) as connection, connection.begin():
        connection.execute(insert(table), [{"ip": ip[:64], "at": now}])
        connection.execute(delete(table).where(table.c.at < now - timedelta(days=1)))
    return False
