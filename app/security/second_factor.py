"""The second factor: one-time codes of a clock (TOTP), and recovery codes for the day the phone is lost."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import time
from datetime import timedelta
from typing import Any

import pyotp
from cryptography.fernet import Fernet
from flask import current_app
from sqlalchemy import select

from app.extensions import db
from app.security import events, policy, users
from app.security.models import SecondFactor, stored_now

_STEP = 30
#: a clock may be so many steps ahead or behind
_DRIFT = 1
_TRIES = 5
_LOCK = timedelta(minutes=15)
_CODES = 10
#: letters nobody mistakes for another
_LETTERS = "23456789abcdefghjkmnpqrstuvwxyz"


def _box() -> Fernet:
    key = hashlib.sha256(f"second factor:{current_app.config['SECRET_KEY']}".encode()).digest()
    return Fernet(base64.urlsafe_b64encode(key))


def of(user_id: int) -> SecondFactor | None:
    """The factor that is in force; one that was never confirmed is none."""
    row = db.session.get(SecondFactor, user_id)
    return row if row is not None and row.confirmed_at is not None else None


def is_demanded(user: Any) -> bool:
    """Whether a role of the person asks for one."""
    wanted = set(policy.words(policy.value("second_factor_roles")))
    return bool(wanted) and bool(wanted & users.role_names(user))


def begin(user: Any) -> str:
    """A fresh secret, not in force yet; gives the address for the QR code."""
    row = db.session.get(SecondFactor, user.id)
    if row is None:
        row = SecondFactor(user_id=user.id, secret="")
        db.session.add(row)
    elif row.confirmed_at is not None:
        raise RuntimeError("a factor that is in force is removed first")
    secret = pyotp.random_base32()
    row.secret = _box().encrypt(secret.encode()).decode()
    db.session.flush()
    return pyotp.TOTP(secret).provisioning_uri(
        name=user.username, issuer_name=str(policy.value("product_name"))
    )


def started(user_id: int) -> tuple[str, str] | None:
    """(secret, address for the QR code) of one that is being set up."""
    row = db.session.get(SecondFactor, user_id)
    if row is None or row.confirmed_at is not None or not row.secret:
        return None
    secret = _secret(row)
    uri = pyotp.TOTP(secret).provisioning_uri(
        name=users.by_id(user_id).username, issuer_name=str(policy.value("product_name"))
    )
    return secret, uri


def confirm(user: Any, code: str) -> list[str] | None:
    """Put it into force once its owner shows a right code; gives the recovery codes, shown this once."""
    row = db.session.get(SecondFactor, user.id)
    if row is None or row.confirmed_at is not None or (step := _step_of(row, code)) is None:
        return None
    codes = [
        "-".join("".join(secrets.choice(_LETTERS) for _n in range(5)) for _m in range(2))
        for _c in range(_CODES)
    ]
    row.last_step, row.confirmed_at = step, stored_now()
    row.recovery = ",".join(_hash(code) for code in codes)
    row.failures, row.locked_until = 0, None
    db.session.flush()
    events.tell("factor_on", user)
    return codes


def check(user: Any, code: str) -> bool:
    """Whether this code opens the door now. Counts and locks; the same code never opens it twice."""
    row = db.session.scalar(
        select(SecondFactor).where(SecondFactor.user_id == user.id).with_for_update()
    )
    if row is None or row.confirmed_at is None or is_locked(row):
        return False
    word = code.strip().lower().replace(" ", "")
    step = _step_of(row, word)
    if step is not None and step > row.last_step:
        row.last_step, row.failures = step, 0
        return True
    left = [h for h in row.recovery.split(",") if h]
    for known in left:
        if hmac.compare_digest(known, _hash(word)):
            left.remove(known)
            row.recovery, row.failures = ",".join(left), 0
            events.tell("recovery_code", user, left=len(left))
            return True
    row.failures += 1
    if row.failures >= _TRIES:
        row.locked_until, row.failures = stored_now() + _LOCK, 0
    events.tell("factor_refused", user)
    return False


def is_locked(row: SecondFactor) -> bool:
    return row.locked_until is not None and row.locked_until > stored_now()


def remove(user: Any) -> None:
    """Take it away: by its owner with his password, or by an administrator when the phone is lost."""
    row = db.session.get(SecondFactor, user.id)
    if row is not None:
        db.session.delete(row)
        events.tell("factor_off", user)


def _secret(row: SecondFactor) -> str:
    return _box().decrypt(row.secret.encode()).decode()


def _step_of(row: SecondFactor, code: str) -> int | None:
    """The step of the clock this code belongs to; None where it belongs to none of these minutes."""
    if not (code.isascii() and code.isdigit() and len(code) == 6):
        return None
    clock = pyotp.TOTP(_secret(row))
    now = int(time.time()) // _STEP
    for step in range(now - _DRIFT, now + _DRIFT + 1):
        if hmac.compare_digest(clock.at(step * _STEP), code):
            return step
    return None


def _hash(code: str) -> str:
    return hashlib.sha256(f"{current_app.config['SECRET_KEY']}:{code}".encode()).hexdigest()
