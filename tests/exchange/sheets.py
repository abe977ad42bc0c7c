"""Sheets as people send them, made here."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Any

import xlsxwriter
from sqlalchemy import select

from app.exchange import runs
from app.exchange.models import ImportFault, ImportRun
from app.extensions import db
from app.registers.requests import actor_of


def credit_code(number: int) -> str:
    from stdnum.cn import uscc

    front = f"91310117MA{number:07d}"
    return front + uscc.calc_check_digit(front)


def xlsx(rows: Iterable[Sequence[Any]], sheet: str = "客户") -> io.BytesIO:
    target = io.BytesIO()
    book = xlsxwriter.Workbook(
        target, {"default_date_format": "yyyy-mm-dd", "strings_to_formulas": False}
    )
    page = book.add_worksheet(sheet)
    for number, row in enumerate(rows):
        page.write_row(number, 0, row)
    book.close()
    target.seek(0)
    return target


def csv_of(
    rows: Iterable[Sequence[Any]],
    *,
    encoding: str = "utf-8",
    delimiter: str = ",",
    line_end: str = "\r\n",
) -> io.BytesIO:
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter, lineterminator=line_end).writerows(rows)
    return io.BytesIO(text.getvalue().encode(encoding))


def load(
    rows: Iterable[Sequence[Any]],
    register: str = "customer",
    *,
    by: Any = None,
    mode: str = "good",
    simulate: bool = False,
    fixed: dict[str, str] | None = None,
    mapping: dict[str, str] | None = None,
    **more: Any,
) -> ImportRun:
    """Bring rows into a register as this person (the console where nobody is named)."""
    return runs.run_now(
        register,
        xlsx(rows),
        "sheet.xlsx",
        mapping=mapping or {},
        fixed=fixed or {},
        mode=mode,
        simulate=simulate,
        actor=actor_of(by.user) if by is not None else None,
        **more,
    )


def faults(run: ImportRun) -> list[tuple[int, str, str]]:
    """(row, column, reason) of everything that was found wrong."""
    rows = db.session.scalars(
        select(ImportFault).where(ImportFault.run_id == run.id).order_by(ImportFault.id)
    )
    return [(f.row, f.column, f.reason) for f in rows if not f.is_warning]


def faulty_rows(run: ImportRun) -> set[int]:
    return {row for row, _column, _reason in faults(run)}
