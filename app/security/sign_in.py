"""The door itself: who comes in, how often one may try, and the same answer to everybody who may not."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from flask import current_app, request
from sqlalchemy import func, or_, select, update

from app.extensions import db
from app.security import events, passwords, policy, users
from app.security.models import SignInAttempt, stored_now
from app.security.roles import ADMINISTRATOR

#: An account named in the attempt is stored with this length.
_NAME = 64


@dataclass(frozen=True)
class _Known:
    """What the check needs, read before the slow hash so that no lock is held meanwhile."""

    id: int | None
    hash: str | None


def authenticate(username: str, password: str, door: str) -> Any:
    """The user, or None: for a wrong name, a wrong password, a locked or a closed account alike.

    The attempt is entered before the password is looked at: a hundred guesses at the same moment
    are a hundred attempts, not one. Every path costs one hash.

    :param door: "form" or "api"
    """
    name = (username or "").strip()[:_NAME]
    ip = (request.remote_addr or "")[:64]
    known = _known(name)
    attempt_id = _enter(name.lower(), ip, door)
    too_many = _failures_before(attempt_id, name.lower(), ip)
    db.session.rollback()  # hashing takes long: nobody waits for it

    right = passwords.is_right(known.hash, password or "\0")
    if right and not _may_from(known.id, ip):
        right = False  # the same answer as for a wrong password: who guesses learns nothing
    if not right or too_many or known.id is None or "\0" in (password or "\0"):
        user = _user(known.id)
        events.tell("sign_in_refused", user, name=name, door=door, locked=bool(too_many))
        _count(user, success=False)
        db.session.commit()
        return None
    user = _user(known.id)
    db.session.execute(
        update(SignInAttempt).where(SignInAttempt.id == attempt_id).values(succeeded=True)
    )
    _count(user, success=True)
    events.tell("sign_in", user, door=door)
    db.session.commit()
    return user


def _known(name: str) -> _Known:
    model = current_app.appbuilder.sm.user_model  # type: ignore[attr-defined]
    row = db.session.execute(
        select(model.id, model.password, model.active)
        .where(
            or_(
                func.lower(model.username) == name.lower(), func.lower(model.email) == name.lower()
            )
        )
        .order_by(model.id)
        .limit(1)
    ).first()
    if row is None or not row.active:
        return _Known(None, None)
    return _Known(row.id, row.password)


def _may_from(user_id: int | None, ip: str) -> bool:
    """Administrators come in from the addresses that are bound to them only (BR-151)."""
    if policy.is_trusted(ip):
        return True
    user = _user(user_id)
    return user is None or ADMINISTRATOR not in users.role_names(user)


def _user(user_id: int | None) -> Any:
    model = current_app.appbuilder.sm.user_model  # type: ignore[attr-defined]
    return db.session.get(model, user_id) if user_id is not None else None


def _enter(name: str, ip: str, door: str) -> int:
    row = SignInAttempt(username=name, ip=ip, at=stored_now(), succeeded=False, door=door)
    db.session.add(row)
    db.session.commit()
    return row.id


def _failures_before(attempt_id: int, name: str, ip: str) -> str:
    """ "name" or "address" where one of them has failed too often of late, else ""."""
    since = stored_now() - timedelta(minutes=int(policy.value("sign_in_lock_minutes")))
    recent = [SignInAttempt.at > since, SignInAttempt.id < attempt_id]
    last_success = (
        select(func.max(SignInAttempt.id))
        .where(SignInAttempt.username == name, SignInAttempt.succeeded.is_(True), *recent)
        .scalar_subquery()
    )
    by_name = db.session.scalar(
        select(func.count()).where(
            SignInAttempt.username == name,
            SignInAttempt.succeeded.is_(False),
            SignInAttempt.id > func.coalesce(last_success, 0),
            *recent,
        )
    )
    if (by_name or 0) >= int(policy.value("sign_in_failures")):
        return "name"
    by_address = db.session.scalar(
        select(func.count()).where(
            SignInAttempt.ip == ip, SignInAttempt.succeeded.is_(False), *recent
        )
    )
    return "address" if (by_address or 0) >= int(policy.value("sign_in_address_limit")) else ""


def unlock(user: Any) -> None:
    """Forget the failures of an account, so that its owner may try again at once."""
    db.session.execute(
        update(SignInAttempt)
        .where(
            SignInAttempt.username.in_([user.username.lower(), (user.email or "").lower()]),
            SignInAttempt.succeeded.is_(False),
        )
        .values(username="")
    )
    events.tell("unlock", user)


def is_locked(user: Any) -> bool:
    since = stored_now() - timedelta(minutes=int(policy.value("sign_in_lock_minutes")))
    failed = db.session.scalar(
        select(func.count()).where(
            SignInAttempt.username == user.username.lower(),
            SignInAttempt.succeeded.is_(False),
            SignInAttempt.at > since,
        )
    )
    return (failed or 0) >= int(policy.value("sign_in_failures"))


def _count(user: Any, *, success: bool) -> None:
    """FAB's own columns, which the page of accounts shows."""
    if user is None:
        return
    if success:
        user.login_count = (user.login_count or 0) + 1
        user.last_login = stored_now()
        user.fail_login_count = 0
    else:
        user.fail_login_count = (user.fail_login_count or 0) + 1
