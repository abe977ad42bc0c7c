"""Accounts, the audit book and the state of the house from the command line."""

from __future__ import annotations

import json
import secrets
import sys
from pathlib import Path

import click
from flask import current_app
from flask.cli import AppGroup, with_appcontext
from sqlalchemy import select

from app.approvals import clockwork
from app.audit import chain
from app.deadlines import dates, duties
from app.extensions import db
from app.notices.sending import deliver
from app.records import append_only, writing
from app.registers import checks
from app.security import events, passwords, sessions, sign_in
from app.security import users as accounts

audit = AppGroup("audit", help="The book nobody can rewrite.")
users = AppGroup("users", help="Who gets in.")


@click.command()
@with_appcontext
def check() -> None:
    """Declarations and triggers: what is wrong, or nothing."""
    faults = list(checks.faults_of(current_app.extensions["contents"]))
    with db.engine.connect() as connection:
        faults += [
            f"the triggers of {name} are gone: run sync"
            for name in append_only.missing(connection)
        ]
    for fault in faults:
        click.echo(fault, err=True)
    sys.exit(1 if faults else 0)


@audit.command()
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@click.option("--anchor", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="A kept anchor the chain must still contain.")  # fmt: skip
@click.option("--seal/--no-seal", default=True, help="Seal what waits first.")
def verify(as_json: bool, anchor: Path | None, seal: bool) -> None:
    """Check the whole chain; exit status 1 where anything was altered, taken out or reordered."""
    if seal:
        with writing("cli"):
            chain.seal()
    kept = json.loads(anchor.read_text("utf-8")) if anchor else None
    verdict = chain.verify(kept)
    if as_json:
        click.echo(json.dumps(verdict.as_dict(), ensure_ascii=False, indent=1))
    else:
        word = "sound" if verdict.is_sound else "NOT SOUND"
        click.echo(
            f"{word}: {verdict.entries} entries in {verdict.blocks} blocks, {verdict.unsealed} not sealed yet"
        )
        for fault in verdict.faults:
            click.echo(fault.text)
    sys.exit(0 if verdict.is_sound else 1)


@audit.command()
@click.option(
    "-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="Write it there."
)
def anchor(output: Path | None) -> None:
    """The signed head of the chain, to be kept outside the house."""
    with writing("cli"):
        chain.seal()
    text = json.dumps(chain.anchor(), ensure_ascii=False, indent=1)
    if output:
        output.write_text(text + "\n", "utf-8")
    else:
        click.echo(text)


def _named(username: str):  # type: ignore[no-untyped-def]
    user = accounts.find(username)
    if user is None:
        raise click.ClickException(f"nobody is called {username}")
    return user


@users.command("list")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def list_users(as_json: bool) -> None:
    """Everybody, with roles."""
    model = current_app.appbuilder.sm.user_model  # type: ignore[attr-defined]
    rows = [
        {
            "username": user.username,
            "name": accounts.display_name(user),
            "active": bool(user.active),
            "roles": sorted(role.name for role in user.roles),
        }
        for user in db.session.scalars(select(model).order_by(model.username))
    ]
    if as_json:
        click.echo(json.dumps(rows, ensure_ascii=False, indent=1))
        return
    for row in rows:
        state = "" if row["active"] else " (closed)"
        click.echo(f"{row['username']:<20} {row['name']}{state}: {', '.join(row['roles'])}")


@users.command()
@click.argument("username")
@click.argument("name")
@click.option("--role", "roles", multiple=True, help="May be given several times.")
def add(username: str, name: str, roles: tuple[str, ...]) -> None:
    """Make an account; prints a one-time password."""
    if accounts.find(username) is not None:
        raise click.ClickException(f"{username} is taken")
    password = secrets.token_urlsafe(12)
    try:
        with writing("cli"):
            user = accounts.create(username, name, password, roles)
            events.tell("account_made", user, roles=sorted(r.name for r in user.roles))
    except ValueError as error:
        raise click.ClickException(str(error)) from None
    click.echo(password)


@users.command()
@click.argument("username")
@click.option("--stdin", "from_stdin", is_flag=True, help="Read the new password instead of making a one-time one.")  # fmt: skip
def password(username: str, from_stdin: bool) -> None:
    """Reset a password; all sessions end. Prints a one-time one unless it is read."""
    word = sys.stdin.readline().rstrip("\n") if from_stdin else secrets.token_urlsafe(12)
    user = _named(username)
    if from_stdin and (faults := passwords.faults_for(user, word)):
        raise click.ClickException(" ".join(faults))
    with writing("cli"):
        passwords.change(user, word, must_change=not from_stdin)
        sign_in.unlock(user)
    if not from_stdin:
        click.echo(word)


@users.command()
@click.argument("username")
def unlock(username: str) -> None:
    """Let somebody try again at once."""
    with writing("cli"):
        sign_in.unlock(_named(username))


@users.command("close")
@click.argument("username")
def close_account(username: str) -> None:
    """Close an account; nobody is ever deleted."""
    with writing("cli"):
        user = _named(username)
        user.active = False
        sessions.end_all(user.id)
        events.tell("account_closed", user)


@users.command("open")
@click.argument("username")
def open_account(username: str) -> None:
    """Open a closed account again."""
    with writing("cli"):
        user = _named(username)
        user.active = True
        events.tell("account_opened", user)


@click.command("demo")
@with_appcontext
def fill_demo() -> None:
    """A demonstration company on an empty house: somebody in every role, every register filled."""
    from app import demo

    try:
        for line in demo.fill():
            click.echo(line)
    except demo.NotEmpty as no:
        raise click.ClickException(str(no)) from None


@click.command()
@with_appcontext
def remind() -> None:
    """What the clock does: remind, escalate, hand on, send. Called twice it does nothing twice."""
    done, owed, dated = clockwork.run(), duties.run(), dates.run()
    sent, failed = deliver()
    click.echo(
        f"signatures: reminded {done.reminded}, escalated {done.escalated}, handed on {done.handed_on}"
    )
    click.echo(
        f"duties: new {owed.made}, fulfilled {owed.fulfilled}, moved {owed.moved}, "
        f"reminded {owed.reminded}, escalated {owed.escalated}"
    )
    click.echo(f"records: reminded {dated.reminded}, late {dated.escalated}")
    click.echo(f"messages: sent {sent}, not sent {failed}")


COMMANDS = (check, audit, users, fill_demo, remind)
