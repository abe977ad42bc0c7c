"""Passwords: strong enough for Chinese habits, never one of the last ones, changed in time (DL-13, BR-151)."""

from __future__ import annotations

import functools
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

from flask import current_app
from flask_babel import gettext as _
from pypinyin import lazy_pinyin
from sqlalchemy import select
from werkzeug.security import check_password_hash, generate_password_hash
from zxcvbn import zxcvbn

from app.extensions import db
from app.security import events, policy, sessions
from app.security.models import Account, FormerPassword, stored_now

_WORDS = Path(__file__).with_name("words")
#: zxcvbn refuses to look at more, and nobody guesses what comes after
_LOOKED_AT = 72
_STRONG = 3


def hash_of(password: str) -> str:
    """scrypt, with the parameters of the settings, as FAB's own forms store it."""
    return generate_password_hash(
        password,
        method=current_app.config.get("FAB_PASSWORD_HASH_METHOD", "scrypt"),
        salt_length=current_app.config.get("FAB_PASSWORD_HASH_SALT_LENGTH", 16),
    )


@functools.cache
def common_words() -> tuple[str, ...]:
    """What people in China type first: names in pinyin, wishes, keyboards, firms.

    zxcvbn knows English habits only: it calls zhangwei1988 and Huawei@123 strong.
    """
    words = (_WORDS / "zh.txt").read_text("utf-8").split()
    surnames = (_WORDS / "surnames.txt").read_text("utf-8").split()
    given = (_WORDS / "given_names.txt").read_text("utf-8").split()
    return tuple(dict.fromkeys([*words, *surnames, *(s + g for s in surnames for g in given)]))


def words_about(*texts: str) -> list[str]:
    """The words an outsider would try first for this person: name, pinyin, firm."""
    found: list[str] = []
    for text in filter(None, texts):
        parts = re.split(r"[\s@.·_-]+", text.lower())
        syllables = lazy_pinyin(text)
        found += [text.lower(), *parts, "".join(syllables), "".join(s[:1] for s in syllables)]
        found += ["".join(syllables[1:]), "".join([*syllables[1:], *syllables[:1]])]
    return [word for word in dict.fromkeys(found) if len(word) > 1]


def faults(password: str, *about: str) -> list[str]:
    """Why a password is refused, in words for the person; empty where it is good.

    :param about: user name, own name, firm: what an outsider would try first
    """
    found = []
    least = int(policy.value("password_min_length"))
    if len(password) < least:
        found.append(_("At least %(count)d characters are needed.", count=least))
    if len(password) > 200:
        found.append(_("At most 200 characters are kept."))
    if not found:
        firm = str(policy.value("company_name") or "")
        own = words_about(*about, firm)
        hints = [*own, *common_words()]
        score = zxcvbn(password[:_LOOKED_AT], user_inputs=hints)["score"]
        if score < _STRONG or _is_mostly(password.lower(), own):
            found.append(
                _(
                    "This is guessed too easily. Take several words that do not belong together, "
                    "or a longer sentence; no names, dates, firms or rows of keys."
                )
            )
    return found


def _is_mostly(password: str, own: list[str]) -> bool:
    """Whether little but one's own name or firm is in it: liwen2024!! looks strong to a machine."""
    rest = password
    for word in sorted((w for w in own if len(w) > 3), key=len, reverse=True):
        rest = rest.replace(word, "")
    return rest != password and sum(sign.isalpha() for sign in rest) < 6


def _is_former(user: Any, password: str) -> bool:
    kept = int(policy.value("password_history"))
    rows = db.session.scalars(
        select(FormerPassword.hash)
        .where(FormerPassword.user_id == user.id)
        .order_by(FormerPassword.id.desc())
        .limit(kept)
    )
    hashes = [user.password, *rows] if user.password else list(rows)
    return any(check_password_hash(one, password) for one in hashes[: kept + 1])


def faults_for(user: Any, password: str) -> list[str]:
    """The same for an account that exists: also none of its last ones."""
    found = faults(password, user.username, f"{user.first_name or ''}{user.last_name or ''}")
    if not found and _is_former(user, password):
        found.append(_("This was your password before. Take a new one."))
    return found


def change(
    user: Any, password: str, *, must_change: bool = False, keep: int | None = None
) -> None:
    """Give an account a new password; all its sessions end. Flushes, commits nothing.

    :param must_change: it is one-time: the next sign-in asks for another one
    :param keep: the session that stays (the one in which its owner changes it)
    """
    now = stored_now()
    if user.password:
        db.session.add(FormerPassword(user_id=user.id, hash=user.password, replaced_at=now))
    user.password = hash_of(password)
    account = Account.of(user.id)
    account.must_change_password = must_change
    account.password_changed_at = now
    db.session.flush()
    sessions.end_all(user.id, but=keep)
    events.tell("password", user, one_time=must_change)


def has_expired(account: Account | None) -> bool:
    """Whether the password is older than the setting allows (0: it never expires)."""
    days = int(policy.value("password_max_days") or 0)
    if not days or account is None or account.password_changed_at is None:
        return False
    age = stored_now() - account.password_changed_at
    return age > timedelta(days=days)


def is_right(hash_: str | None, password: str) -> bool:
    """One scrypt for everybody: a name nobody has costs as much time as a wrong password."""
    fake = current_app.config["AUTH_DB_FAKE_PASSWORD_HASH_CHECK"]
    right = check_password_hash(hash_ or fake, password)
    return bool(hash_) and right


__all__ = ["change", "faults", "faults_for", "has_expired", "hash_of", "is_right"]
