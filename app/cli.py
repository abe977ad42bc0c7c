"""The same house from the command line."""

from __future__ import annotations

import json
from typing import Any

import click
from flask import Flask, current_app
from flask.cli import with_appcontext


def init_app(app: Flask) -> None:
    from app.analytics.commands import measure
    from app.backup import COMMANDS as BACKUP
    from app.commands import COMMANDS
    from app.documents.commands import COMMANDS as PAPER
    from app.domains.sales.commands import rollups
    from app.exchange.commands import COMMANDS as EXCHANGE

    for command in (
        sync,
        registers,
        trace,
        measure,
        rollups,
        *EXCHANGE,
        *PAPER,
        *BACKUP,
        *COMMANDS,
    ):
        app.cli.add_command(command)


@click.command()
@with_appcontext
def sync() -> None:
    """The deploy step: tables, triggers, rights, starter content. Idempotent."""
    from app.deploy import synchronise

    for line in synchronise():
        click.echo(line)


@click.command()
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def trace(as_json: bool) -> None:
    """Which code of the catalogue is carried out where, and which test proves it."""
    from app import tracing

    found = tracing.trace()
    if as_json:
        click.echo(json.dumps(found, ensure_ascii=False, indent=1))
    else:
        for line in tracing.as_lines(found):
            click.echo(line)


@click.command()
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@with_appcontext
def registers(as_json: bool) -> None:
    """Every register: name, code, titles, fields, verbs, articles."""
    from flask_babel import force_locale

    rows = []
    for chapter in current_app.extensions["contents"]:
        for view in chapter.registers:
            rows.append(_describe(view, chapter, force_locale))
            rows += _lines_of(view, chapter, force_locale)
    if as_json:
        click.echo(json.dumps(rows, ensure_ascii=False, indent=1))
    else:
        for row in rows:
            click.echo(f"{row['code']:>5} {row['name']:<30} {row['titles']['zh']}")


def _lines_of(view: Any, chapter: Any, force_locale: Any) -> list[dict[str, Any]]:
    """The registers of the catalogue that are kept as lines inside this one."""
    found = []
    for spec in view.record.specs().values():
        if spec.kind.value == "lines":
            line = getattr(view.record, spec.relation).property.mapper.class_
            if line.catalogue_code:
                found.append(_describe_record(line, spec.label, "lines", chapter, force_locale))
    return found


def _describe(view: Any, chapter: Any, force_locale: Any) -> dict[str, Any]:
    return _describe_record(view.record, view.title, view.kind, chapter, force_locale)


def _describe_record(
    record: Any, title: Any, kind: str, chapter: Any, force_locale: Any
) -> dict[str, Any]:
    from app.security.roles import VERBS, rights

    titles = {}
    for language in ("zh", "en"):
        with force_locale(language):
            titles[language] = str(title)
    fields = []
    with force_locale("zh"):
        for spec in record.specs().values():
            entry: dict[str, Any] = {
                "name": spec.name,
                "label": str(spec.label),
                "type": spec.kind.value,
                "required": spec.required,
            }
            if spec.catalogue:
                entry["catalogue"] = spec.catalogue
            if spec.choices is not None and isinstance(spec.choices, type):
                entry["choices"] = [
                    {"value": v, "label": str(label)} for v, label in spec.options()
                ]
            if spec.references:
                entry["references"] = spec.references
            fields.append(entry)
    granted = {
        v for right in rights() if right.register == record.__tablename__ for v in right.verbs
    }
    return {
        "name": record.__tablename__,
        "code": record.catalogue_code,
        "titles": titles,
        "domain": chapter.name,
        "kind": kind,
        "fields": fields,
        "verbs": [
            name.removeprefix("can_") for letter, name in VERBS.items() if letter in granted
        ],
        "flow": None,
        "duties": [],
        "printouts": [
            p.form
            for p in (*getattr(record, "printed_as", ()), *getattr(record, "lists_printed_as", ()))
        ],
        "articles": list(record.sources),
    }
