"""Who acts, for whom, by which door, in which click: what the audit writes beside every change."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar, Token
from dataclasses import dataclass, field, replace
from typing import Any

from app.extensions import ask_who_writes, db


@dataclass(frozen=True)
class Actor:
    """A person at the door. `id` is None for the machine itself and for the console."""

    id: int | None
    name: str
    #: the person acted for (B acts for A)
    for_id: int | None = None
    for_name: str = ""


MACHINE = Actor(None, "system")


def _machine() -> Actor:
    return MACHINE


@dataclass(frozen=True)
class Context:
    """One click, one command or one job."""

    channel: str
    who: Callable[[], Actor] = _machine
    ip: str = ""
    click: str = field(default_factory=lambda: uuid.uuid4().hex)
    writes: bool = True
    #: the import that is being undone: only then may records be taken back as if never written
    undoing: int | None = None
    #: the import that brings the rows
    importing: int | None = None
    #: a case of approval is being carried out: only then do states change that signatures give
    deciding: bool = False

    @property
    def actor(self) -> Actor:
        return self.who()


class NobodyActs(RuntimeError):
    """Something writes outside request, job and command: the audit could not say who it was."""


_current: ContextVar[Context | None] = ContextVar("context", default=None)


def current() -> Context | None:
    return _current.get()


def acting() -> Context:
    """The context; without one nothing may be written."""
    context = _current.get()
    if context is None:
        raise NobodyActs("open `with writing(...)` first: the audit must know who writes")
    return context


def enter(context: Context) -> Token[Context | None]:
    return _current.set(context)


def leave(token: Token[Context | None]) -> None:
    _current.reset(token)


def _writes() -> bool:
    context = _current.get()
    return bool(context and context.writes)


ask_who_writes(_writes)


@contextmanager
def writing(channel: str = "cli", actor: Actor | None = None, **more: Any) -> Iterator[Context]:
    """One unit of work: commits at the end, takes everything back when anything is refused.

    Inside another one it joins that one: who opened the outermost decides.
    """
    outer = _current.get()
    if outer is not None and outer.writes:
        yield replace(outer, **more) if more else outer
        return
    if db.session.registry.has():
        db.session.rollback()  # a transaction that only read cannot become one that writes
    context = Context(channel, (lambda: actor) if actor else _machine, **more)
    token = enter(context)
    try:
        yield context
        db.session.commit()
    except BaseException:
        db.session.rollback()
        raise
    finally:
        leave(token)


@contextmanager
def within(**more: Any) -> Iterator[Context]:
    """The same click with something more to say (the import it belongs to, the undo it is)."""
    token = enter(replace(acting(), **more))
    try:
        yield acting()
    finally:
        leave(token)
