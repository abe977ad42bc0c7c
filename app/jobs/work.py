"""Order long work, do it, say how far it is, take it up again after a crash."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any, ParamSpec, TypeVar, cast

from flask import Flask
from flask_babel import force_locale, get_locale
from flask_babel import gettext as _
from sqlalchemy import CursorResult, event, select, update
from sqlalchemy.orm import Session

from app.extensions import db
from app.jobs import store
from app.jobs.job import Job, State
from app.records import MACHINE, Actor, Context, Refused, clock, current, writing

log = logging.getLogger(__name__)

P = ParamSpec("P")
R = TypeVar("R")

#: A job that took its process down with it so often is not begun again.
ATTEMPTS = 3
#: So many seconds pass between two sayings of a job that says how far it is at every row.
BETWEEN_SAYINGS = 0.25

_ORDERED = "jobs ordered"


class Cancelled(Exception):
    """Somebody no longer wants the job; raised in it where it next says how far it is."""


class LostJob(Exception):
    """The job was given to another process meanwhile: what was done here is taken back."""


@dataclass(frozen=True)
class _Kind:
    function: Callable[..., Any]
    whole: bool


@dataclass
class _InHand:
    """The job that this thread does."""

    id: int
    attempt: int
    actor: Actor
    done: int = 0
    total: int | None = None
    note: str = ""
    said_at: float = 0.0


_kinds: dict[str, _Kind] = {}
_timers: dict[str, store.Timer] = {}
_in_hand: ContextVar[_InHand | None] = ContextVar("job in hand", default=None)


def init_app(app: Flask) -> None:
    app.extensions["jobs"] = store.Store(app, run, _timers)


# -- declaring


def job(kind: str, *, whole: bool = True) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Make a function a kind of job. It takes and returns what JSON can hold.

    A whole job is one unit of work: what it writes and the word "done" are stored together, so that
    a crash can neither halve nor double it. On SQLite nobody else writes meanwhile; what takes long
    and writes little says `whole=False` and stores its parts `with step():`. It may be begun again
    after a crash and must cope with what it stored before.
    """

    def declare(function: Callable[P, R]) -> Callable[P, R]:
        if kind in _kinds:
            raise ValueError(f"two kinds of job are called {kind}")
        _kinds[kind] = _Kind(function, whole)
        return function

    return declare


def timer(name: str, **when: str) -> Callable[[Callable[[], R]], Callable[[], R]]:
    """Let the clock start this function: `@timer("remind", hour="7", minute="0")`, office time.

    It opens its own `writing()`, and may be late or left out while nothing runs: what it does must
    follow from the data, not from having been called each time.
    """

    def declare(function: Callable[[], R]) -> Callable[[], R]:
        if name in _timers:
            raise ValueError(f"two timers are called {name}")
        _timers[name] = store.Timer(name, function, when)
        return function

    return declare


# -- ordering


def enqueue(kind: str, title: str, **arguments: Any) -> Job:
    """Order a job; it is sent on its way when, and only when, what is being written is stored."""
    if kind not in _kinds:
        raise LookupError(f"no kind of job is called {kind}")
    context = current() or Context("job")
    with writing(channel=context.channel, actor=context.actor, ip=context.ip):
        order = Job(
            kind=kind,
            title=title[:200],
            arguments=arguments,
            created_by_id=context.actor.id,
            actor=asdict(context.actor),
            locale=str(get_locale() or ""),
        )
        db.session.add(order)
        db.session.flush()
        db.session().info.setdefault(_ORDERED, []).append(order.id)
    return order


@event.listens_for(Session, "after_commit")
def _send_what_was_ordered(session: Session) -> None:
    if session.in_nested_transaction():
        return
    for job_id in session.info.pop(_ORDERED, ()):
        try:
            store.the_store().send(job_id)
        except Exception:
            # The order is stored; take_up_again() sends it when the queue is back.
            log.exception("job %s could not be sent", job_id)


@event.listens_for(Session, "after_rollback")
def _forget_what_was_ordered(session: Session) -> None:
    if not session.in_nested_transaction():
        session.info.pop(_ORDERED, None)


def mine(user_id: int, limit: int = 20) -> list[Job]:
    """The jobs a person ordered, the latest first."""
    query = select(Job).where(Job.created_by_id == user_id).order_by(Job.id.desc())
    return list(db.session.scalars(query.limit(limit)))


def cancel(job_id: int) -> None:
    """What waits is struck off; what runs stops where it next says how far it is."""
    with writing(channel="job", actor=_actor()):
        struck_off = _move(job_id, State.QUEUED, after=State.CANCELLED, ended_at=clock.now())
    if not struck_off:
        store.wish_cancelled(job_id)


def _actor() -> Actor:
    context = current()
    return context.actor if context else MACHINE


# -- inside a job


def in_hand() -> _InHand | None:
    """The job that this thread does; None outside of one."""
    return _in_hand.get()


def progress(done: int, total: int | None = None, note: str = "") -> None:
    """Say how far the job in hand is; outside a job this says nothing.

    :raises Cancelled: when somebody no longer wants it
    """
    job = _in_hand.get()
    if job is None:
        return
    job.done, job.total, job.note = done, total, note[:500]
    now = time.monotonic()
    if now - job.said_at < BETWEEN_SAYINGS and done != total:
        return
    job.said_at = now
    store.say(job.id, done, total, job.note)
    if store.is_wished_cancelled(job.id):
        raise Cancelled


@contextmanager
def step() -> Iterator[Context]:
    """One part of a job that is not whole, stored at its end."""
    job = _in_hand.get()
    with writing(channel="job", actor=job.actor if job else None) as context:
        yield context


# -- doing


def run(job_id: int) -> None:
    """Do the job, unless it is another's, done, or no longer wanted."""
    job = _take(job_id)
    if job is None:
        return
    kind = _kinds.get(job.kind)
    hand = _InHand(job.id, job.attempts, Actor(**job.actor))
    arguments, locale = dict(job.arguments), job.locale
    db.session.rollback()
    token = _in_hand.set(hand)
    try:
        with force_locale(locale) if locale else nullcontext():
            if kind is None:
                _end(hand, State.FAILED, error=_("This kind of work is no longer known."))
            else:
                _do(kind, hand, arguments)
    finally:
        _in_hand.reset(token)
        store.forget(job_id)


def _do(kind: _Kind, hand: _InHand, arguments: dict[str, Any]) -> None:
    unit: AbstractContextManager[Any] = step() if kind.whole else nullcontext()
    try:
        if store.is_wished_cancelled(hand.id):
            raise Cancelled
        with unit:
            _end(hand, State.DONE, result=kind.function(**arguments))
    except Cancelled:
        _end(hand, State.CANCELLED)
    except LostJob:
        log.warning("job %s was taken up by another process", hand.id)
    except Refused as refused:
        _end(hand, State.FAILED, error=str(refused))
    except Exception:
        db.session.rollback()
        log.exception("job %s failed", hand.id)
        _end(
            hand,
            State.FAILED,
            error=_(
                "Something went wrong that is not your doing. The log has it as job %(id)s.",
                id=hand.id,
            ),
        )


def _take(job_id: int) -> Job | None:
    """The job, if it is still to be had: of two processes one gets it."""
    with writing(channel="job"):
        taken = _move(
            job_id,
            State.QUEUED,
            after=State.RUNNING,
            started_at=clock.now(),
            attempts=Job.attempts + 1,
            worker=store.here(),
        )
    return db.session.get(Job, job_id) if taken else None


def _end(hand: _InHand, state: State, result: Any = None, error: str = "") -> None:
    with step():
        still_ours = _move(
            hand.id,
            State.RUNNING,
            Job.worker == store.here(),
            Job.attempts == hand.attempt,
            after=state,
            ended_at=clock.now(),
            result=result,
            error=error,
            done=hand.done,
            total=hand.total,
            note=hand.note,
        )
        if not still_ours and state is State.DONE:
            raise LostJob


def _move(job_id: int, before: State, *conditions: Any, after: State, **values: Any) -> bool:
    """Change the row if it is as we believe it to be; says whether it was."""
    statement = update(Job).where(Job.id == job_id, Job.state == before.value, *conditions)
    changed = db.session.execute(
        statement.values(state=after.value, **values),
        execution_options={"synchronize_session": False},
    )
    return cast(CursorResult[Any], changed).rowcount == 1


# -- after a crash


def take_up_again(*, at_start: bool = False) -> None:
    """Queue again what a dead process had in hand, and send what the queue has forgotten."""
    running = select(Job.id, Job.worker, Job.attempts).where(Job.state == State.RUNNING.value)
    given_back = []
    for job_id, worker, attempts in db.session.execute(running).all():
        if not store.is_alive(worker):
            with writing(channel="job"):
                if _give_back(job_id, worker, attempts):
                    given_back.append(job_id)
    waiting = select(Job.id).where(Job.state == State.QUEUED.value)
    if not at_start:
        # What was ordered this minute is on its way; what waits in a queue that moves needs no push.
        if not store.is_idle():
            waiting = waiting.where(Job.id.in_(given_back))
        else:
            waiting = waiting.where(
                Job.id.in_(given_back) | (Job.created_at <= clock.now() - timedelta(minutes=1))
            )
    for job_id in db.session.scalars(waiting.order_by(Job.id)).all():
        store.the_store().send(job_id)
    db.session.rollback()


def _give_back(job_id: int, worker: str, attempts: int) -> bool:
    theirs = (Job.worker == worker, Job.attempts == attempts)
    if attempts < ATTEMPTS:
        return _move(job_id, State.RUNNING, *theirs, after=State.QUEUED, done=0, note="")
    _move(
        job_id,
        State.RUNNING,
        *theirs,
        after=State.FAILED,
        ended_at=clock.now(),
        error=_("Begun %(count)d times, and each time the machine stopped at it.", count=attempts),
    )
    return False
