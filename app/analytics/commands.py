"""Measures on the command line: `flask measure NAME --param k=v --json`."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from typing import Any

import click
from flask.cli import with_appcontext

from app.analytics import shown
from app.analytics.measure import MEASURES, Column, Measure, Result
from app.analytics.parameters import Asked
from app.records import Refused
from app.security.scopes import THE_MACHINE


@click.command()
@click.argument("name", required=False)
@click.option(
    "--param", "params", multiple=True, metavar="K=V", help="A parameter, such as from=2026-01."
)
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@with_appcontext
def measure(name: str | None, params: Sequence[str], as_json: bool) -> None:
    """The figures of an analysis; without a name, which analyses there are."""
    if name is None:
        _list(as_json)
        return
    chosen = MEASURES.get(name)
    if chosen is None:
        raise click.ClickException(
            f"no measure is called {name}; there are: {', '.join(MEASURES)}"
        )
    raw = {}
    for word in params:
        key, equals, value = word.partition("=")
        if not equals:
            raise click.ClickException(f"write --param {key}=VALUE")
        raw[key.strip()] = value
    try:
        asked = chosen.ask(raw, THE_MACHINE)
    except Refused as no:
        if as_json:
            click.echo(json.dumps({"message": no.by_field()}, ensure_ascii=False))
        for field, texts in no.by_field().items():
            click.echo(f"{field}: {' '.join(texts)}", err=True)
        sys.exit(1)
    result = chosen.compute(THE_MACHINE, asked)
    if as_json:
        click.echo(json.dumps(chosen.as_json(asked, result), ensure_ascii=False, indent=1))
    else:
        _table(chosen, asked, result)


def _list(as_json: bool) -> None:
    if as_json:
        rows = [
            {"name": m.name, "title": str(m.title), "parameters": [p.name for p in m.parameters]}
            for m in MEASURES.values()
        ]
        click.echo(json.dumps(rows, ensure_ascii=False, indent=1))
        return
    for one in MEASURES.values():
        click.echo(f"{one.name:<16} {one.title}")


def _table(chosen: Measure, asked: Asked, result: Result) -> None:
    columns = shown.columns_of(chosen.columns, result.rows)
    said = "  ".join(
        f"{p.label}: {p.shown(asked[p.name])}" for p in chosen.parameters if p.shown(asked[p.name])
    )
    click.echo(f"{chosen.title}\n{said}")
    click.echo("\t".join(str(c.label) for c in columns))
    for row in result.rows:
        click.echo("\t".join(_cell(asked, row, c) for c in columns))
    for flag in result.flags:
        click.echo(flag)
    click.echo(chosen.formula(asked))


def _cell(asked: Asked, row: dict[str, Any], column: Column) -> str:
    if column.kind == "season":
        return shown.season(asked.values.get("grain"), row["season"])
    return shown.text(row.get(column.name), column)
