"""The sums of the facts on the command line: held against the facts, made anew."""

from __future__ import annotations

import json
import sys

import click
from flask.cli import with_appcontext
from flask_babel import gettext as _

from app.domains.sales import rollups as sums
from app.extensions import db
from app.jobs import enqueue
from app.records import writing


@click.command()
@click.option("--rebuild", is_flag=True, help="Make them anew from the facts first.")
@click.option("--later", is_flag=True, help="Order the rebuild as a job, and go on.")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@with_appcontext
def rollups(rebuild: bool, later: bool, as_json: bool) -> None:
    """Hold the sums of sales and stock against facts and statements; exit 1 where they differ."""
    if later:
        order = enqueue("sales_sums", str(_("Sums of sales and stock, made anew")))
        click.echo(json.dumps({"job": order.id}) if as_json else order.title)
        return
    found: dict[str, dict[str, int]] = {}
    with writing("cli"):
        connection = db.session.connection()
        if rebuild:
            found["rebuilt"] = sums.rebuild(connection)
        found["differences"] = sums.differences(connection)
    if as_json:
        click.echo(json.dumps(found))
    else:
        for table, many in found.get("rebuilt", {}).items():
            click.echo(_("%(table)s: %(count)d rows", table=table, count=many))
        for table, many in found["differences"].items():
            click.echo(
                _("%(table)s: %(count)d sums differ from the facts", table=table, count=many)
            )
    if any(found["differences"].values()):
        sys.exit(1)
