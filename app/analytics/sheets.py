"""A measure as a workbook: the table as figures, and beside it how they were reckoned."""

from __future__ import annotations

import io
from decimal import Decimal
from typing import Any

import xlsxwriter
from flask_babel import gettext as _

from app.analytics import shown
from app.analytics.measure import Measure, Result
from app.analytics.parameters import Asked

_FORMATS = {
    "money": "#,##0.00##",
    "quantity": "#,##0.###",
    "ratio": "0.00##",
    "share": "0.00%",
    "whole": "#,##0",
}
_WIDTHS = {"name": 34, "text": 24, "code": 22, "money": 18}


def workbook(measure: Measure, asked: Asked, result: Result) -> bytes:
    """An xlsx file; amounts are numbers, names never formulas."""
    target = io.BytesIO()
    book = xlsxwriter.Workbook(target, {"in_memory": True, "strings_to_formulas": False})
    head = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})
    formats = {
        kind: book.add_format({"num_format": text, "align": "right"})
        for kind, text in _FORMATS.items()
    }
    totals = {
        kind: book.add_format({"num_format": text, "align": "right", "bold": True, "top": 1})
        for kind, text in _FORMATS.items()
    }
    bold = book.add_format({"bold": True})
    total_text = book.add_format({"bold": True, "top": 1})

    sheet = book.add_worksheet(_cut(_("Table")))
    columns = shown.columns_of(measure.columns, result.rows)
    for place, column in enumerate(columns):
        label = str(column.label)
        if column.kind == "money" and result.unit:
            label = f"{label} ({result.unit})"
        sheet.write_string(0, place, label, head)
        sheet.set_column(place, place, _WIDTHS.get(column.kind, 14))
    sheet.freeze_panes(1, 0)
    for number, row in enumerate(result.rows, start=1):
        for place, column in enumerate(columns):
            value = row.get(column.name)
            if column.kind == "season":
                value = shown.season(asked.values.get("grain"), row["season"])
            elif isinstance(value, bool) and column.no:
                value = shown.text(value, column)
            _write(sheet, number, place, value, column.kind, formats)
    last = len(result.rows) + 1
    sheet.write_string(last, 0, _("Total"), total_text)
    for place, column in enumerate(columns):
        value = result.totals.get(column.name)
        if place and value is not None:
            _write(sheet, last, place, value, column.kind, totals)
        elif place:
            sheet.write_blank(last, place, None, total_text)
    if result.rows:
        sheet.autofilter(0, 0, len(result.rows), len(columns) - 1)

    notes = book.add_worksheet(_cut(_("How it is reckoned")))
    notes.set_column(0, 0, 24)
    notes.set_column(1, 1, 90)
    lines = [(_("Analysis"), str(measure.title))]
    lines += [
        (str(p.label), p.shown(asked[p.name]) or _("all"))
        for p in measure.parameters
        if p.shown(asked[p.name]) or p.kind == "reference"
    ]
    lines += [(_("Formula"), measure.formula(asked))]
    lines += [(_("Note"), flag) for flag in result.flags]
    if result.count > len(result.rows):
        lines.append(
            (
                _("Note"),
                _(
                    "The first %(shown)d of %(count)d rows.",
                    shown=len(result.rows),
                    count=result.count,
                ),
            )
        )
    for number, (label, text) in enumerate(lines):
        notes.write_string(number, 0, label, bold)
        notes.write_string(number, 1, text)
    book.close()
    return target.getvalue()


def _cut(name: str) -> str:
    return name[:31]


def _write(
    sheet: Any, row: int, place: int, value: Any, kind: str, formats: dict[str, Any]
) -> None:
    if value is None:
        return
    if isinstance(value, bool):
        sheet.write_string(row, place, "✓" if value else "")
    elif isinstance(value, Decimal | int):
        sheet.write_number(row, place, float(value), formats.get(kind))
    else:
        sheet.write_string(row, place, str(value))
