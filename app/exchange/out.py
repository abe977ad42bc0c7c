"""Sheets as the house writes them: xlsx in constant memory, csv that no spreadsheet runs as a formula."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any

import xlsxwriter

from app.records import Kind, clock

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_PLAIN_NUMBER = re.compile(r"^[-+]?\d[\d,]*(\.\d+)?%?$")
#: a double keeps fifteen digits; what has more is written as text
_EXACT_DIGITS = 15


@dataclass(frozen=True)
class OutColumn:
    """One column that is written."""

    name: str
    label: str
    kind: Kind = Kind.LINE
    scale: int = 0
    width: int = 0
    required: bool = False
    note: str = ""
    choices: tuple[str, ...] = ()


def safe(text: str) -> str:
    """Text that a spreadsheet shows and never calculates; a plain number stays a number."""
    if text.startswith(_FORMULA) and not _PLAIN_NUMBER.match(text):
        return "'" + text
    return text


def plain(value: Any, column: OutColumn | None = None) -> str:
    """A value as text of a csv cell."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, Decimal):
        if column is not None and column.kind is Kind.MONEY and value == round(value, 2):
            return f"{value:.2f}"
        text = f"{value:f}"
        return text.rstrip("0").rstrip(".") if "." in text else text
    if isinstance(value, datetime):
        return f"{clock.in_office(value):%Y-%m-%d %H:%M}"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, time):
        return f"{value:%H:%M}"
    return str(value)


def csv_lines(columns: Sequence[OutColumn], rows: Iterable[Sequence[Any]]) -> Iterator[str]:
    """A csv file piece by piece: UTF-8 with BOM, as Excel in a Chinese office opens it."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)

    def said() -> str:
        text = buffer.getvalue()
        buffer.seek(0)
        buffer.truncate()
        return text

    buffer.write("\ufeff")
    writer.writerow([safe(column.label) for column in columns])
    for number, row in enumerate(rows, 1):
        writer.writerow(
            [
                safe(plain(v, c)) if isinstance(v, str) else plain(v, c)
                for v, c in zip(row, columns, strict=True)
            ]
        )
        if number % 500 == 0:
            yield said()
    yield said()


class Book:
    """An xlsx file that is written row by row."""

    def __init__(self, target: Path | io.BytesIO) -> None:
        self.book = xlsxwriter.Workbook(
            target if isinstance(target, io.BytesIO) else str(target),
            {
                "constant_memory": True,
                "strings_to_formulas": False,
                "strings_to_urls": False,
                "strings_to_numbers": False,
                "nan_inf_to_errors": True,
            },
        )
        # Bold grey heads, as on paper; the face is one that every Chinese Excel has.
        face = {"font_name": "等线", "font_size": 11}
        self._head = self.book.add_format(
            {**face, "bold": True, "bg_color": "#F0F2F5", "bottom": 1}
        )
        self._required = self.book.add_format(
            {**face, "bold": True, "bg_color": "#F0F2F5", "bottom": 1, "font_color": "#B42318"}
        )
        self._text = self.book.add_format({**face, "num_format": "@"})
        self._plain = self.book.add_format(face)
        self._bad = self.book.add_format({**face, "bg_color": "#FDE8E6"})
        self._day = self.book.add_format({**face, "num_format": "yyyy-mm-dd"})
        self._moment = self.book.add_format({**face, "num_format": "yyyy-mm-dd hh:mm"})
        self._hour = self.book.add_format({**face, "num_format": "hh:mm"})
        self._figures = {
            places: self.book.add_format(
                {**face, "num_format": "#,##0" + ("." + "0" * places if places else "")}
            )
            for places in range(7)
        }
        self._loose = self.book.add_format({**face, "num_format": "#,##0.####"})

    def sheet(
        self,
        name: str,
        columns: Sequence[OutColumn],
        rows: Iterable[Sequence[Any]],
        *,
        marks: Container[tuple[int, int]] = (),
    ) -> int:
        """Write one sheet; says how many rows.

        :param marks: (row, column) of cells that have a fault; looked at when the row is written
        """
        page = self.book.add_worksheet(re.sub(r"[\[\]:*?/\\']", " ", name)[:31] or "1")
        page.freeze_panes(1, 0)
        for place, column in enumerate(columns):
            page.set_column(
                place, place, column.width or _WIDTHS.get(column.kind, 16), self._column(column)
            )
        for place, column in enumerate(columns):
            page.write_string(
                0, place, column.label, self._required if column.required else self._head
            )
        number = 0
        for number, row in enumerate(rows, 1):
            for place, value in enumerate(row):
                if (number, place) in marks:
                    page.write_string(number, place, plain(value), self._bad)
                else:
                    self._write(page, number, place, value, columns[place])
        if columns:
            page.autofilter(0, 0, max(number, 1), len(columns) - 1)
        return number

    def _column(self, column: OutColumn) -> Any:
        if column.kind in (Kind.DATE,):
            return self._day
        if column.kind in (Kind.WORD, Kind.NUMBER, Kind.PHONE):
            # Codes of digits stay what they are: Excel would round the seventeenth place away.
            return self._text
        return self._plain

    def _write(self, page: Any, row: int, place: int, value: Any, column: OutColumn) -> None:
        if value is None or value == "":
            return
        if isinstance(value, bool):
            page.write_boolean(row, place, value, self._plain)
        elif isinstance(value, Decimal):
            if len(value.as_tuple().digits) > _EXACT_DIGITS:
                page.write_string(row, place, f"{value:f}", self._plain)
            elif column.kind is Kind.MONEY:
                places = 2 if value == round(value, 2) else max(column.scale, 2)
                page.write_number(row, place, value, self._figures[places])
            else:
                page.write_number(row, place, value, self._loose)
        elif isinstance(value, int | float):
            page.write_number(row, place, value, self._plain)
        elif isinstance(value, datetime):
            local = clock.in_office(value) if value.tzinfo else value
            page.write_datetime(row, place, local.replace(tzinfo=None), self._moment)
        elif isinstance(value, date):
            if value.year >= 1900:
                page.write_datetime(row, place, value, self._day)
            else:
                page.write_string(row, place, value.isoformat(), self._plain)
        elif isinstance(value, time):
            page.write_datetime(row, place, value, self._hour)
        else:
            # 32,767 characters are what a cell holds.
            page.write_string(row, place, str(value)[:32_767], self._plain)

    def close(self) -> None:
        self.book.close()


_WIDTHS = {
    Kind.TITLE: 32,
    Kind.LINE: 24,
    Kind.PROSE: 40,
    Kind.DATE: 12,
    Kind.INSTANT: 17,
    Kind.BOOL: 8,
    Kind.WHOLE: 10,
    Kind.NUMBER: 18,
    Kind.WORD: 20,
}


def write_sheet(
    target: Path, title: str, heads: Sequence[OutColumn], rows: Iterator[Sequence[Any]]
) -> int:
    """Write a file by the ending of its name; says how many rows."""
    if target.suffix == ".xlsx":
        book = Book(target)
        many = book.sheet(title, heads, rows)
        book.close()
        return many
    counted = _Counted(rows)
    with target.open("w", encoding="utf-8", newline="") as file:
        file.writelines(csv_lines(heads, counted))
    return counted.many


class _Counted:
    """Rows that say afterwards how many they were."""

    def __init__(self, rows: Iterator[Sequence[Any]]) -> None:
        self._rows = rows
        self.many = 0

    def __iter__(self) -> Iterator[Sequence[Any]]:
        for row in self._rows:
            self.many += 1
            yield row
