"""The same from the command line: `flask load`, `flask export`."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click
from flask import current_app
from flask.cli import with_appcontext
from sqlalchemy import select

from app.audit import record_event
from app.exchange import runs
from app.exchange.models import ImportFault, ImportRun, RunState
from app.exchange.out import write_sheet
from app.exchange.questions import press
from app.exchange.recipe import RECIPES
from app.extensions import db
from app.records import REGISTERED, Refused, writing
from app.security.scopes import THE_MACHINE

_SHOWN = 40


def _pairs(words: Sequence[str], what: str) -> dict[str, str]:
    found = {}
    for word in words:
        name, equals, value = word.partition("=")
        if not equals:
            raise click.BadParameter(f"“{word}” is not {what}")
        found[name.strip()] = value.strip()
    return found


def register_or_fail(register: str) -> Any:
    if register not in current_app.extensions["registers"]:
        known = ", ".join(sorted(current_app.extensions["registers"]))
        raise click.ClickException(f"no register is called {register}; there are: {known}")
    return REGISTERED[register]


@click.command()
@click.argument("register")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--map",
    "maps",
    multiple=True,
    metavar="COLUMN=FIELD",
    help="Which column fills which field; COLUMN= leaves it out.",
)
@click.option(
    "--set",
    "sets",
    multiple=True,
    metavar="FIELD=VALUE",
    help="One value for all new records, where no column has it.",
)
@click.option(
    "--simulate", is_flag=True, help="Hold every row against every rule and store nothing."
)
@click.option(
    "--good-rows-only",
    is_flag=True,
    help="Load the rows without faults; without this, all or none.",
)
@click.option("--recipe", default="", help="Feed several registers from this sheet.")
@click.option("--sheet", default="", help="Which sheet of a workbook.")
@click.option(
    "--encoding", default="", help="How a text file is written, where it is read wrongly."
)
@click.option(
    "--dates",
    "date_order",
    type=click.Choice(["dmy", "mdy"]),
    default=None,
    help="What comes first in dates like 3/4/2026.",
)
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@with_appcontext
def load(
    register: str,
    file: Path,
    maps: Sequence[str],
    sets: Sequence[str],
    simulate: bool,
    good_rows_only: bool,
    recipe: str,
    sheet: str,
    encoding: str,
    date_order: str | None,
    as_json: bool,
) -> None:
    """Load a sheet (xlsx, xls, ods, csv) into a register, or try it."""
    register_or_fail(register)
    if recipe and recipe not in RECIPES:
        raise click.ClickException(
            f"no recipe is called {recipe}; there are: {', '.join(sorted(RECIPES)) or 'none'}"
        )
    try:
        with file.open("rb") as stream:
            run = runs.run_now(
                register,
                stream,
                file.name,
                mapping=_pairs(maps, "COLUMN=FIELD"),
                fixed=_pairs(sets, "FIELD=VALUE"),
                recipe=recipe,
                sheet=sheet,
                encoding=encoding,
                date_order=date_order or "",
                mode="good" if good_rows_only else "all",
                simulate=simulate,
            )
    except Refused as no:
        if as_json:
            click.echo(json.dumps({"refused": [str(r) for r in no.refusals]}, ensure_ascii=False))
            sys.exit(1)
        raise click.ClickException(str(no)) from None
    _report(run, simulate, as_json)


def _report(run: ImportRun, simulate: bool, as_json: bool) -> None:
    loaded = run.state == RunState.LOADED
    counts = run.counts
    faults = list(
        db.session.scalars(
            select(ImportFault)
            .where(ImportFault.run_id == run.id)
            .order_by(ImportFault.is_warning, ImportFault.id)
            .limit(100_000 if as_json else _SHOWN)
        )
    )
    if as_json:
        said = {
            "import": run.id,
            "register": run.register,
            "loaded": loaded,
            "counts": {k: v for k, v in counts.items() if k != "changes"},
            "mapping": run.mapping,
            "faults": [
                {
                    "row": f.row,
                    "column": f.column,
                    "value": f.value,
                    "reason": f.reason,
                    "cure": f.cure,
                    "warning": f.is_warning,
                }
                for f in faults
            ],
        }
        click.echo(json.dumps(said, ensure_ascii=False, indent=1))
    else:
        for header, name in (run.mapping or {}).items():
            click.echo(f"  {header} → {name or '–'}")
        for f in faults:
            mark = "~" if f.is_warning else "!"
            cure = f"  {f.cure}" if f.cure else ""
            click.echo(f"{mark} {f.row:>6}  {f.column}  {f.value[:40]}  {f.reason}{cure}")
        more = counts["faults"] + counts["warnings"] - len(faults)
        if more > 0:
            click.echo(f"  … {more}")
        click.echo(
            f"{press().title_of(run.register)}: "
            + ", ".join(f"{k} {counts[k]}" for k in ("rows", "new", "changed", "same", "bad"))
            + f" ({counts['seconds']} s)"
        )
    if not simulate and not loaded:
        click.echo("Nothing was loaded.", err=True)
        sys.exit(1)


@click.command("undo-load")
@click.argument("import_id", type=int)
@click.option("--reason", required=True, help="Why it is taken back; it is kept.")
@with_appcontext
def undo_load(import_id: int, reason: str) -> None:
    """Take a whole import back."""
    with writing("cli"):
        run = db.session.get(ImportRun, import_id)
        if run is None or run.state != RunState.LOADED:
            raise click.ClickException("there is no such import, or it is not loaded")
        run.undo_reason = reason[:500]
        try:
            counts = runs.undo_run(import_id)
        except Refused as no:
            raise click.ClickException("\n".join(str(r) for r in no.refusals)) from None
    click.echo(", ".join(f"{k} {v}" for k, v in counts.items()))


@click.command()
@click.argument("register")
@click.option(
    "--where",
    "conditions",
    multiple=True,
    metavar="FIELD:RELATION:VALUE",
    help="A condition, as in the address of the list.",
)
@click.option(
    "--columns", default="all", metavar="FIELD,…", help="Which fields; all where nobody says."
)
@click.option(
    "-o",
    "--output",
    required=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="FILE.xlsx or FILE.csv",
)
@with_appcontext
def export(register: str, conditions: Sequence[str], columns: str, output: Path) -> None:
    """Export a register as a sheet (xlsx, csv)."""
    register_or_fail(register)
    if output.suffix not in (".xlsx", ".csv"):
        raise click.BadParameter("the file is called .xlsx or .csv")
    try:
        heads, rows = press().export(register, THE_MACHINE, conditions, columns)
    except ValueError as no:
        raise click.ClickException(str(no)) from None
    many = write_sheet(output, press().title_of(register), heads, rows)
    with writing("cli"):
        record_event(
            "export",
            register=register,
            label=press().title_of(register),
            details={
                "rows": many,
                "format": output.suffix[1:],
                "where": list(conditions),
                "columns": [head.name for head in heads],
            },
        )
    click.echo(f"{output}: {many}")


COMMANDS = (load, undo_load, export)
