"""An import from the file to its end: received, tried, loaded, and taken back."""

from __future__ import annotations

import contextlib
import hashlib
import io
import logging
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import IO, Any

from flask import current_app
from flask_babel import gettext as _
from sqlalchemy import select, text
from sqlalchemy.exc import OperationalError

from app.exchange import columns, loading, questions, undoing
from app.exchange.models import ImportRun, RunState
from app.exchange.recipe import RECIPES
from app.exchange.sheet import BOOKS, TEXTS, Sheet, open_sheet
from app.extensions import db
from app.jobs import Cancelled, enqueue, job, mine, step
from app.records import MACHINE, Actor, Context, Refusal, Refused, acting, clock, current, writing
from app.records.attachments import Attachment, attach, open_file
from app.records.context import enter, leave
from app.security import scopes

log = logging.getLogger(__name__)

#: so long a load waits on SQLite for another one that writes
PATIENCE = 900.0
_FILE = "sheet"


def person_of(user_id: int | None) -> scopes.Person:
    """Whose rights hold: those of the person who ordered it; the console's have no limit."""
    if user_id is None:
        return scopes.THE_MACHINE
    user = db.session.get(current_app.appbuilder.sm.user_model, user_id)  # type: ignore[attr-defined]
    if user is None or not user.is_active:
        raise Refused(Refusal(_("The account that ordered this is closed.")))
    return scopes.person_of(user)


# -- receiving -------------------------------------------------------------------------------------


def receive(
    register: str,
    stream: IO[bytes],
    name: str,
    person: scopes.Person,
    *,
    recipe: str = "",
    sheet: str = "",
    encoding: str = "",
) -> tuple[ImportRun, list[columns.Matched]]:
    """Keep the file and match its columns; inside `writing()`, commits nothing.

    :raises Refused: for a file that is no sheet
    """
    if recipe and (recipe not in RECIPES or RECIPES[recipe].register != register):
        raise Refused(Refusal(_("There is no recipe “%(name)s” here.", name=recipe)))
    content = stream.read()
    run = ImportRun(
        register=register,
        recipe=recipe,
        state=RunState.UPLOADED.value,
        file_name=name[:255],
        sha256=hashlib.sha256(content).hexdigest(),
        sheet=sheet,
        encoding=encoding,
        date_order="",
        keeps_empty=True,
        mode="good",
        error="",
        click="",
        undo_click="",
        undo_reason="",
        created_at=clock.now(),
        created_by_id=person.user_id,
    )
    targets = loading.targets_for(register, recipe, person)
    opened = open_sheet(
        io.BytesIO(content),
        name,
        sheet=sheet,
        known=columns.known_headers(targets),
        encoding=encoding,
    )
    run.sheet, run.encoding = opened.name[:120], opened.encoding
    db.session.add(run)
    db.session.flush()
    attach(
        run,
        io.BytesIO(content),
        name,
        _FILE,
        allowed=BOOKS | TEXTS,
        limit=current_app.config["MAX_CONTENT_LENGTH"],
    )
    matched = match(run, opened, person)
    run.mapping = {one.header: one.target for one in matched}
    before = columns.kept(_place(run), opened.header)
    run.fixed = dict(before.fixed) if before is not None else {}
    db.session.flush()
    return run, matched


def match(run: ImportRun, sheet: Sheet, person: scopes.Person) -> list[columns.Matched]:
    targets = loading.targets_for(run.register, run.recipe, person)
    before = columns.kept(_place(run), sheet.header)
    closed = {} if run.recipe else loading.not_yours(run.register, person)
    return columns.match(
        sheet.header, targets, before.mapping if before is not None else None, closed
    )


def _place(run: ImportRun) -> str:
    return f"{run.register}:{run.recipe}" if run.recipe else run.register


def set_columns(
    run: ImportRun,
    mapping: dict[str, str],
    fixed: dict[str, str],
    person: scopes.Person,
    *,
    date_order: str = "",
    keeps_empty: bool = True,
) -> None:
    """What the person says about the columns; kept for the next sheet with these headers.

    :raises Refused: for two columns in one field, or a field that is not there
    """
    targets = {t.name: t for t in loading.targets_for(run.register, run.recipe, person)}
    refusals, taken = [], set()
    for header, name in mapping.items():
        if not name or name == columns.LEFT_OUT:
            continue
        if name not in targets:
            refusals.append(Refusal(_("There is no field “%(name)s”.", name=name), header))
        elif name in taken:
            refusals.append(
                Refusal(
                    _(
                        "“%(label)s” is filled by two columns. Please choose one.",
                        label=targets[name].label,
                    ),
                    header,
                )
            )
        taken.add(name)
    if not taken:
        refusals.append(Refusal(_("No column fills any field yet.")))
    if refusals:
        raise Refused(refusals)
    run.mapping, run.date_order, run.keeps_empty = mapping, date_order, keeps_empty
    run.fixed = {name: value for name, value in fixed.items() if value and name not in taken}
    loading.fixed_values(_task_without_sheet(run, person))
    columns.keep(_place(run), list(mapping), mapping, run.fixed, person.user_id)
    run.state, run.counts, run.error = RunState.UPLOADED.value, None, ""


def _task_without_sheet(run: ImportRun, person: scopes.Person) -> loading.Task:
    return loading.Task(
        run, Sheet([""], "", [], 1), person, loading.targets_for(run.register, run.recipe, person)
    )


def file_of(run: ImportRun) -> Attachment:
    return db.session.scalars(
        select(Attachment)
        .where(Attachment.register == ImportRun.__tablename__, Attachment.record_id == run.id)
        .order_by(Attachment.id)
    ).one()


@contextmanager
def sheet_of(run: ImportRun, person: scopes.Person) -> Iterator[Sheet]:
    """The file once more, from where it is kept."""
    targets = loading.targets_for(run.register, run.recipe, person)
    with contextlib.closing(open_file(file_of(run))) as stream:
        content: Any = stream
        if not stream.seekable():
            content = io.BytesIO(stream.read())
        yield open_sheet(
            content,
            run.file_name,
            sheet=run.sheet,
            known=columns.known_headers(targets),
            encoding=run.encoding,
        )


# -- who may look at it ----------------------------------------------------------------------------


def may_see(run: ImportRun, person: scopes.Person) -> bool:
    """Who brought it, and who may load all of this register: the file holds whole rows."""
    if person.unlimited or (run.created_by_id is not None and run.created_by_id == person.user_id):
        return True
    from app.records import REGISTERED

    cls = REGISTERED[run.register]
    return scopes.may(person, "l", run.register) and scopes.rows(person, "l", cls) is None


# -- ordering --------------------------------------------------------------------------------------


def order(run: ImportRun, kind: str) -> Any:
    """Order the next step as a job; inside `writing()`."""
    title = {
        "try_import": _("Try: %(file)s", file=run.file_name),
        "load_import": _("Import: %(file)s", file=run.file_name),
        "undo_import": _("Undo: %(file)s", file=run.file_name),
    }[kind]
    states = {
        "try_import": RunState.SIMULATING,
        "load_import": RunState.LOADING,
        "undo_import": RunState.UNDOING,
    }
    run.state, run.error = states[kind].value, ""
    ordered = enqueue(kind, title, run_id=run.id)
    run.job_id = ordered.id
    db.session.flush()
    return ordered


@job("try_import", whole=False)
def _try_import(run_id: int) -> dict[str, Any]:
    return _step(run_id, RunState.UPLOADED, try_run)


@job("load_import", whole=False)
def _load_import(run_id: int) -> dict[str, Any]:
    return _step(run_id, RunState.SIMULATED, load_run)


@job("undo_import", whole=False)
def _undo_import(run_id: int) -> dict[str, Any]:
    return _step(run_id, RunState.LOADED, undo_run)


def _step(run_id: int, back_to: RunState, do: Any) -> dict[str, Any]:
    """One step of a run; when it fails the run says why and stands where it stood."""
    try:
        counts: dict[str, Any] = do(run_id)
    except BaseException as error:
        db.session.rollback()
        words = str(error) if isinstance(error, Refused) else ""
        if isinstance(error, Cancelled):
            words = _("Stopped; nothing was changed.")
        with step():
            run = db.session.get_one(ImportRun, run_id)
            run.state = back_to.value
            run.error = words or _("Something went wrong that is not your doing.")
        raise
    return {"import": run_id, **{k: v for k, v in counts.items() if k != "changes"}}


# -- doing -----------------------------------------------------------------------------------------


@contextmanager
def _only_looking() -> Iterator[None]:
    """A simulation asks the rules as a writer would, and takes no lock."""
    context = current()
    actor = context.actor if context else MACHINE
    db.session.rollback()
    token = enter(Context("job", lambda: actor, writes=False))
    try:
        yield
    finally:
        leave(token)


def try_run(run_id: int) -> dict[str, Any]:
    """Simulate, and keep what was found."""
    with _only_looking():
        run = db.session.get_one(ImportRun, run_id)
        person = person_of(run.created_by_id)
        with sheet_of(run, person) as sheet:
            targets = loading.targets_for(run.register, run.recipe, person)
            task = loading.Task(run, sheet, person, targets)
            counts = loading.simulate(task).as_dict()
    with step():
        loading.keep_faults(run_id, task.faults)
        run = db.session.get_one(ImportRun, run_id)
        run.state, run.counts, run.error = RunState.SIMULATED.value, counts, ""
    return counts


def load_run(run_id: int) -> dict[str, Any]:
    """Load in one transaction; begun again after a crash it finds what it had stored."""
    run = db.session.get_one(ImportRun, run_id)
    if run.state == RunState.LOADED:
        return dict(run.counts)
    with _patiently():
        run = db.session.get_one(ImportRun, run_id)
        loading.one_at_a_time(run.register)
        person = person_of(run.created_by_id)
        with sheet_of(run, person) as sheet:
            targets = loading.targets_for(run.register, run.recipe, person)
            task = loading.Task(run, sheet, person, targets)
            counts = loading.load(task).as_dict()
        loading.keep_faults(run_id, task.faults)
        run = db.session.get_one(ImportRun, run_id)
        run.state, run.counts, run.loaded_at = RunState.LOADED.value, counts, clock.now()
    return counts


def undo_run(run_id: int) -> dict[str, Any]:
    """Take a whole import back in one transaction."""
    run = db.session.get_one(ImportRun, run_id)
    if run.state == RunState.UNDONE:
        return dict(run.counts)
    with _patiently():
        run = db.session.get_one(ImportRun, run_id)
        loading.one_at_a_time(run.register)
        counts = undoing.undo(run)
        run = db.session.get_one(ImportRun, run_id)
        run.state, run.undone_at = RunState.UNDONE.value, clock.now()
        run.undone_by_id = acting().actor.id
    return counts


@contextmanager
def _patiently() -> Iterator[None]:
    """A unit of work that waits for another long one: SQLite has one writer, and two loads queue."""
    until = time.monotonic() + PATIENCE
    while True:
        with step():
            try:
                db.session.execute(text("SELECT 1"))  # SQLite takes its write lock here
            except OperationalError as error:
                db.session.rollback()
                if "locked" not in str(error) or time.monotonic() > until:
                    raise
                continue
            yield
        return


# -- from the console ------------------------------------------------------------------------------


def run_now(
    register: str,
    stream: IO[bytes],
    name: str,
    *,
    mapping: dict[str, str],
    fixed: dict[str, str],
    recipe: str = "",
    sheet: str = "",
    encoding: str = "",
    date_order: str = "",
    mode: str = "all",
    simulate: bool = False,
    actor: Actor | None = None,
) -> ImportRun:
    """Receive, try and load in one go, without a job.

    :raises Refused: for a wrong file or column, and in the mode "all" for bad rows
    """
    person = person_of(actor.id if actor else None)
    with writing("cli", actor=actor):
        run, matched = receive(
            register, stream, name, person, recipe=recipe, sheet=sheet, encoding=encoding
        )
        said = {one.header: one.target for one in matched}
        unknown = [header for header in mapping if header not in said]
        if unknown:
            raise Refused(
                Refusal(
                    _(
                        "The sheet has no column “%(header)s”; it has: %(headers)s.",
                        header=unknown[0],
                        headers="、".join(said),
                    )
                )
            )
        mapping = {header: name or columns.LEFT_OUT for header, name in mapping.items()}
        taken = set(mapping.values())
        said = {h: ("" if t in taken else t) for h, t in said.items()} | mapping
        set_columns(run, said, {**(run.fixed or {}), **fixed}, person, date_order=date_order)
        run.mode = mode
        run_id = run.id
    try_run(run_id)
    run = db.session.get_one(ImportRun, run_id)
    if simulate or (mode == "all" and run.counts["bad"]):
        return run
    with writing("cli", actor=actor):
        db.session.get_one(ImportRun, run_id).state = RunState.LOADING.value
        load_run(run_id)
    return db.session.get_one(ImportRun, run_id)


def history(register: str, person: scopes.Person, limit: int = 50) -> Sequence[ImportRun]:
    """Imports this person may see, the latest first; of one register, or of all."""
    statement = select(ImportRun).order_by(ImportRun.id.desc()).limit(limit * 4)
    if register:
        statement = statement.where(ImportRun.register == register)
    found = [run for run in db.session.scalars(statement) if may_see(run, person)]
    return found[:limit]


def under_way(person: scopes.Person) -> list[Any]:
    """Imports of this person that are being worked at."""
    if person.user_id is None:
        return []
    return [
        one
        for one in mine(person.user_id)
        if one.kind in ("try_import", "load_import", "undo_import") and not one.has_ended
    ]


__all__ = [
    "file_of",
    "history",
    "load_run",
    "match",
    "may_see",
    "order",
    "person_of",
    "questions",
    "receive",
    "run_now",
    "set_columns",
    "sheet_of",
    "try_run",
    "under_way",
    "undo_run",
]
