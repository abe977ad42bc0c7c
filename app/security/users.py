"""Accounts: who gets in, with which roles; and the first of them all."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from typing import Any

from flask import current_app
from sqlalchemy import select

from app.extensions import db
from app.security import events, scopes, sessions
from app.security.models import Account, stored_now
from app.security.passwords import hash_of
from app.security.roles import ADMINISTRATOR, EVERYBODY, ROLES


def _sm() -> Any:
    return current_app.appbuilder.sm  # type: ignore[attr-defined]


def display_name(user: Any) -> str:
    """What people call the person behind an account."""
    return " ".join(p for p in (user.first_name, user.last_name) if p) or str(user.username)


def find(username: str) -> Any:
    return _sm().find_user(username=username)


def create(
    username: str,
    display_name: str,
    password: str,
    roles: Sequence[str] = (),
    *,
    email: str = "",
    must_change: bool = True,
) -> Any:
    """Make an account; everybody is also an employee. Adds to the session, commits nothing.

    :param must_change: the password is one-time: the first sign-in asks for a new one
    """
    sm = _sm()
    user = sm.user_model()
    user.username = username
    # FAB parts names the western way; a Chinese name stands whole in the last one.
    user.first_name, user.last_name = "", display_name
    user.email = email or f"{username}@users.invalid"
    user.active = True
    user.password = hash_of(password)
    names = {EVERYBODY, *roles}
    user.roles = list(
        db.session.scalars(select(sm.role_model).where(sm.role_model.name.in_(names)))
    )
    missing = names - {role.name for role in user.roles}
    if missing:
        raise ValueError(f"no such role: {', '.join(sorted(missing))}")
    db.session.add(user)
    db.session.flush()
    db.session.add(
        Account(
            user_id=user.id,
            must_change_password=must_change,
            password_changed_at=stored_now(),
        )
    )
    db.session.flush()
    return user


def first_admin() -> str | None:
    """Make `admin` where nobody is yet; gives the one-time password to be shown once, else None."""
    sm = _sm()
    if db.session.scalar(select(sm.user_model.id).limit(1)) is not None:
        return None
    preset = current_app.config.get("ADMIN_PASSWORD") or ""
    password = preset or secrets.token_urlsafe(12)
    create("admin", "admin", password, [ADMINISTRATOR], must_change=not preset)
    return None if preset else password


def close(user: Any) -> None:
    """Nobody gets in by this account any more: its sessions end, what he wrote keeps his name."""
    user.active = False
    sessions.end_all(user.id)
    events.tell("account_closed", user)


def by_id(user_id: int | None) -> Any:
    return None if user_id is None else db.session.get(_sm().user_model, user_id)


def user_class() -> Any:
    return _sm().user_model


def role_class() -> Any:
    return _sm().role_model


def role_id(name: str) -> int | None:
    role = role_class()
    return db.session.scalar(select(role.id).where(role.name == name))


def rights_of_role(name: str) -> scopes.Rights:
    """What the role alone lets its holders do."""
    pk = role_id(name)
    return scopes.rights_of(scopes.Person(None, frozenset({pk} if pk else ())))


def role_title(name: str) -> str:
    return str(ROLES.get(name, name))


_all_roles: Callable[[Any], frozenset[str]] | None = None
_also_holding: Callable[[str], Any] | None = None


def roles_are_told_by(question: Callable[[Any], frozenset[str]]) -> None:
    """`organisation` tells here which roles an account holds, by whichever way."""
    global _all_roles
    _all_roles = question


def roles_are_also_held_by(question: Callable[[str], Any]) -> None:
    """`organisation` gives here a select of accounts that hold a role by their post or for a time."""
    global _also_holding
    _also_holding = question


def granted(user: Any) -> frozenset[str]:
    """The standing roles of an account: given to it, or to a group it is in, until they are taken away."""
    of_groups = (role for group in getattr(user, "groups", ()) for role in group.roles)
    return frozenset(role.name for role in (*user.roles, *of_groups))


def role_names(user: Any) -> frozenset[str]:
    """Every role the account holds now, through posts and for a time too."""
    return _all_roles(user) if _all_roles else granted(user)


def holding(role_name: str, but: Any = None) -> list[int]:
    """Active accounts that hold a role: themselves, through a group, by their post or for a time.

    :param but: a select of accounts that are left out
    """
    sm = _sm()
    user, role = sm.user_model, sm.role_model
    held = user.roles.any(role.name == role_name)
    if hasattr(user, "groups"):
        held = held | user.groups.any(sm.group_model.roles.any(role.name == role_name))
    if _also_holding:
        held = held | user.id.in_(_also_holding(role_name))
    query = select(user.id).where(user.active.is_(True), held).order_by(user.id)
    return list(db.session.scalars(query if but is None else query.where(user.id.not_in(but))))
