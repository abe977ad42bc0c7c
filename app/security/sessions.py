"""Sessions: a row for each sign-in, so that logout, reset and deactivation end what a cookie alone would not."""

from __future__ import annotations

import time
from typing import Any

from flask import g, has_request_context, request, session
from sqlalchemy import select, update

from app.extensions import db
from app.security import policy
from app.security.models import SignInSession, stored_now

#: how often a session that is used says so in its cookie, in seconds
_SAID = 60


def begin(user_id: int, door: str) -> SignInSession:
    """A new session of this user. Flushes, commits nothing."""
    row = SignInSession(
        user_id=user_id,
        door=door,
        ip=(request.remote_addr or "")[:64] if has_request_context() else "",
        agent=(request.headers.get("User-Agent", "") if has_request_context() else "")[:200],
        began_at=stored_now(),
    )
    db.session.add(row)
    db.session.flush()
    return row


def end(session_id: int) -> None:
    db.session.execute(
        update(SignInSession)
        .where(SignInSession.id == session_id, SignInSession.ended_at.is_(None))
        .values(ended_at=stored_now())
    )


def end_all(user_id: int, but: int | None = None) -> None:
    """End every session of a user, in browsers and programs alike."""
    statement = update(SignInSession).where(
        SignInSession.user_id == user_id, SignInSession.ended_at.is_(None)
    )
    if but is not None:
        statement = statement.where(SignInSession.id != but)
    db.session.execute(statement.values(ended_at=stored_now()))


def open_ones(user_id: int) -> list[SignInSession]:
    return list(
        db.session.scalars(
            select(SignInSession)
            .where(SignInSession.user_id == user_id, SignInSession.ended_at.is_(None))
            .order_by(SignInSession.id.desc())
            .limit(20)
        )
    )


# -- the cookie


def remember(row: SignInSession) -> None:
    session["sid"] = row.id
    session["seen"] = int(time.time())


def is_idle() -> bool:
    """Whether nothing came from this browser for longer than the setting allows; else notes that it did."""
    limit = int(policy.value("session_idle_minutes") or 0) * 60
    now, seen = int(time.time()), session.get("seen", 0)
    if limit and now - seen > limit:
        return True
    if now - seen > _SAID:
        session["seen"] = now
    return False


def current_id() -> int | None:
    return g.get("session_id") or session.get("sid")


def belongs(row: Any, user_id: int) -> bool:
    return row is not None and row.user_id == user_id and row.ended_at is None
