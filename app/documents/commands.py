"""A form from the command line: `flask print customer_file KH-202611-0001 -o file.pdf`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
from flask.cli import with_appcontext
from flask_babel import force_locale
from flask_babel import gettext as _
from sqlalchemy import or_, select

from app.documents.issue import list_sheet, lists_of, printouts_of, sheet_of
from app.documents.paper import render
from app.documents.printout import Printout
from app.documents.readers import ForReader
from app.extensions import db
from app.records import REGISTERED, settings, writing
from app.security.scopes import THE_MACHINE


def forms() -> dict[str, tuple[Any, Printout, bool]]:
    """Every form by its name and by its code: (record class, printout, of a list)."""
    found: dict[str, tuple[Any, Printout, bool]] = {}
    for cls in REGISTERED.values():
        for printout in printouts_of(cls).values():
            for word in (printout.form, printout.name):
                found.setdefault(word, (cls, printout, False))
        for printout in lists_of(cls).values():
            for word in (printout.form, printout.name):
                found.setdefault(word, (cls, printout, True))
    found.pop("", None)
    return found


@click.command("print")
@click.argument("form")
@click.argument("record", required=False, default="")
@click.option(
    "-o",
    "--output",
    required=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="FILE.pdf",
)
@with_appcontext
def print_form(form: str, record: str, output: Path) -> None:
    """Print a record as its form. FORM is its name or its code in the catalogue, RECORD an id or a number."""
    known = forms()
    if form not in known:
        raise click.ClickException(
            f"no form is called {form}; there are: {', '.join(sorted(known))}"
        )
    cls, printout, of_list = known[form]
    with writing("cli"), force_locale("zh"):
        if of_list:
            living = getattr(cls, "living", cls.rows)()
            rows = db.session.scalars(living.order_by(cls.id)).unique()
            seen = [ForReader(row, THE_MACHINE) for row in rows]
            sheet = list_sheet(cls, printout, seen)
        else:
            found = _record(cls, record)
            if found is None:
                raise click.ClickException(
                    f"there is no {cls.__tablename__} {record or '(say which)'}"
                )
            address = str(settings.get("public_address") or "")
            if not address:
                click.echo(
                    _(
                        "Printed without its QR code: the setting “Address under which the house is "
                        "reached” is empty, and the console has no address of its own."
                    ),
                    err=True,
                )
            sheet = sheet_of(found, printout, THE_MACHINE, address=address)
        output.write_bytes(render(sheet.template, sheet.context, sheet.copies))
    click.echo(str(output))


def _record(cls: Any, word: str) -> Any:
    conditions = []
    if word.isdecimal() and len(word) < 19:
        conditions.append(cls.id == int(word))
    if hasattr(cls, "number") and word:
        conditions.append(cls.number == word)
    if not conditions:
        return None
    # A number of digits only may be an id of another one: the number says more.
    rows = list(db.session.scalars(select(cls).where(or_(*conditions))))
    rows.sort(key=lambda row: getattr(row, "number", None) != word)
    return rows[0] if rows else None


COMMANDS = (print_form,)
