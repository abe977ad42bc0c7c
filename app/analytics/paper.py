"""A measure on paper: chart, table, formula, on the sheet that all forms share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _

from app import documents
from app.analytics import shown
from app.analytics.measure import Column, Measure, Result
from app.analytics.parameters import Asked
from app.records import acting, clock, settings


@dataclass(frozen=True)
class PaperColumn:
    label: str
    align: str
    #: in millimetres; None takes what is left
    width: int | None


#: paper is for reading: whoever wants ten thousand rows takes the workbook
MOST = 200


def context(measure: Measure, asked: Asked, result: Result) -> dict[str, Any]:
    columns = shown.columns_of(measure.columns, result.rows)
    places = {c.name: shown.places_for(c, result.rows) for c in columns}
    facts = [
        (str(p.label), p.shown(asked[p.name]))
        for p in measure.parameters
        if p.shown(asked[p.name])
    ]
    flags = list(result.flags)
    if result.count > len(result.rows):
        flags.append(
            _("The first %(shown)d of %(count)d rows.", shown=len(result.rows), count=result.count)
        )
    return {
        "head": documents.Head(
            title=measure.title,
            company=str(settings.get("company_name") or ""),
            article=_sources(measure),
            printed_at=clock.now(),
            printed_by=acting().actor.name,
            landscape=len(columns) > 8,
        ),
        "drawing": measure.drawing(asked, result) if result.rows else None,
        "columns": [PaperColumn(_label(c, result), _align(c), _width(c)) for c in columns],
        "rows": [
            [
                shown.season(asked.values.get("grain"), row["season"])
                if c.kind == "season"
                else shown.text(row.get(c.name), c, places[c.name])
                for c in columns
            ]
            for row in result.rows
        ],
        "totals": _totals(columns, result, places),
        "facts": facts,
        "flags": flags,
        "formula": measure.formula(asked),
    }


def pdf(measure: Measure, asked: Asked, result: Result) -> bytes:
    return documents.render("documents/measure.html", context(measure, asked, result))


def _sources(measure: Measure) -> str:
    return "、".join(measure.sources)


def _label(column: Column, result: Result) -> str:
    label = str(column.label)
    return f"{label} {result.unit}" if column.kind == "money" and result.unit else label


def _align(column: Column) -> str:
    return "r" if column.is_figure else "c" if column.kind == "class" else ""


def _width(column: Column) -> int | None:
    return {
        "whole": 12,
        "class": 10,
        "share": 21,
        "ratio": 19,
        "season": 24,
        "mark": 14,
        "name": 0,
        "money": 26,
        "code": 34,
    }.get(column.kind)


def _totals(columns: list[Column], result: Result, places: dict[str, int]) -> list[str]:
    made = []
    for place, column in enumerate(columns):
        value = result.totals.get(column.name)
        if place == 0:
            made.append(_("Total"))
        else:
            made.append("" if value is None else shown.text(value, column, places[column.name]))
    return made
