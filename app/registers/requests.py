"""The context of a web request: by which door, from where, in which click, and whether it may write."""

from __future__ import annotations

import uuid
from typing import Any

from flask import Flask, g, request

from app.records.context import MACHINE, Actor, Context, enter, leave
from app.security.users import display_name

_READING = frozenset({"GET", "HEAD", "OPTIONS"})


def actor_of(user: Any) -> Actor:
    return Actor(user.id, display_name(user))


def _who() -> Actor:
    user = getattr(g, "user", None)
    if user is None or getattr(user, "is_anonymous", True):
        return MACHINE
    return actor_of(user)


def init_app(app: Flask) -> None:
    @app.before_request
    def _enter() -> None:
        context = Context(
            channel="api" if request.path.startswith("/api/") else "ui",
            who=_who,
            ip=request.remote_addr or "",
            click=uuid.uuid4().hex,
            writes=request.method not in _READING,
        )
        g.context_token = enter(context)

    @app.teardown_request
    def _leave(_error: BaseException | None) -> None:
        token = g.pop("context_token", None)
        if token is not None:
            leave(token)
