"""What the doors keep: accounts, sign-ins, former passwords, and how far a role reaches."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from flask_appbuilder.security.sqla.models import User
from sqlalchemy import (
    JSON,
    BigInteger,
    ColumnElement,
    Date,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    String,
    Text,
    UniqueConstraint,
    and_,
)
from sqlalchemy.orm import Mapped, mapped_column

from app.extensions import Base, db

_BIG = BigInteger().with_variant(Integer, "sqlite")


def stored_now() -> datetime:
    """The instant as these tables keep it: in UTC, without saying so."""
    return datetime.now(UTC).replace(tzinfo=None)


class Account(Base):
    """What the house knows of an account beyond FAB's own columns."""

    __tablename__ = "account"
    __table_args__: Any = {}

    user_id: Mapped[int] = mapped_column(ForeignKey("ab_user.id"), primary_key=True)
    must_change_password: Mapped[bool] = mapped_column(nullable=False, default=False)
    password_changed_at: Mapped[datetime | None] = mapped_column(DateTime)
    theme: Mapped[str] = mapped_column(String(10), nullable=False, default="auto")
    locale: Mapped[str] = mapped_column(String(10), nullable=False, default="")
    density: Mapped[str] = mapped_column(String(10), nullable=False, default="normal")
    #: registers, in the order chosen, parted by commas
    favourites: Mapped[str] = mapped_column(Text, nullable=False, default="")
    single_keys: Mapped[bool] = mapped_column(nullable=False, default=True)

    @classmethod
    def of(cls, user_id: int) -> Account:
        """The account of a user; made where FAB's row is all there is. Flushes, commits nothing."""
        account = db.session.get(cls, user_id)
        if account is None:
            account = cls(user_id=user_id)
            db.session.add(account)
            db.session.flush()
        return account


class SignInAttempt(Base):
    """Every try at the door; limits and lock-outs are counted here, for all processes alike."""

    __tablename__ = "sign_in_attempt"
    __table_args__: Any = (
        Index("ix_sign_in_attempt_who", "username", "at"),
        Index("ix_sign_in_attempt_where", "ip", "at"),
    )

    id: Mapped[int] = mapped_column(_BIG, primary_key=True, autoincrement=True)
    username: Mapped[str] = mapped_column(String(64), nullable=False)
    ip: Mapped[str] = mapped_column(String(64), nullable=False)
    at: Mapped[datetime] = mapped_column(DateTime, nullable=False)
    succeeded: Mapped[bool] = mapped_column(nullable=False)
    #: "form" or "api"
    door: Mapped[str] = mapped_column(String(10), nullable=False)


class SignInSession(Base):
    """One sign-in of a person or a program, until it ends."""

    __tablename__ = "sign_in_session"
    __table_args__: Any = (Index("ix_sign_in_session_user", "user_id", "ended_at"),)

    id: Mapped[int] = mapped_column(_BIG, primary_key=True, autoincrement=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("ab_user.id"), nullable=False)
    #: "form" or "api"
    door: Mapped[str] = mapped_column(String(10), nullable=False)
    ip: Mapped[str] = mapped_column(String(64), nullable=False, default="")
    agent: Mapped[str] = mapped_column(String(200), nullable=False, default="")
    began_at: Mapped[datetime] = mapped_column(DateTime, nullable=False)
    ended_at: Mapped[datetime | None] = mapped_column(DateTime)


class FormerPassword(Base):
    """Hashes of former passwords, so that none comes back too soon."""

    __tablename__ = "former_password"
    __table_args__: Any = {}

    id: Mapped[int] = mapped_column(_BIG, primary_key=True, autoincrement=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("ab_user.id"), nullable=False, index=True)
    hash: Mapped[str] = mapped_column(String(256), nullable=False)
    replaced_at: Mapped[datetime] = mapped_column(DateTime, nullable=False)


class SecondFactor(Base):
    """The second factor of an account: a clock of one-time codes, and words for the day the phone is lost."""

    __tablename__ = "second_factor"
    __table_args__: Any = {}

    user_id: Mapped[int] = mapped_column(ForeignKey("ab_user.id"), primary_key=True)
    #: encrypted with a key of the house, so that a copy of the database opens no door
    secret: Mapped[str] = mapped_column(String(300), nullable=False)
    #: None until its owner has proved that his clock shows the right codes
    confirmed_at: Mapped[datetime | None] = mapped_column(DateTime)
    #: the step of the last code that was taken: none is taken twice
    last_step: Mapped[int] = mapped_column(BigInteger, nullable=False, default=0)
    #: hashes of the recovery codes that are left, parted by commas
    recovery: Mapped[str] = mapped_column(Text, nullable=False, default="")
    failures: Mapped[int] = mapped_column(Integer, nullable=False, default=0)
    locked_until: Mapped[datetime | None] = mapped_column(DateTime)


class RoleScope(Base):
    """How far a role's verbs on a register reach; the verbs themselves are FAB's permissions."""

    __tablename__ = "role_scope"
    __table_args__: Any = (UniqueConstraint("role_id", "register"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    role_id: Mapped[int] = mapped_column(ForeignKey("ab_role.id"), nullable=False)
    register: Mapped[str] = mapped_column(String(60), nullable=False)
    #: all, own, own_deputised, department, issued, by_access_request, field_group:<name>
    scope: Mapped[str] = mapped_column(String(60), nullable=False)


class RoleField(Base):
    """A field a role does not see, sees masked, or does not change."""

    __tablename__ = "role_field"
    __table_args__: Any = (UniqueConstraint("role_id", "register", "field"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    role_id: Mapped[int] = mapped_column(ForeignKey("ab_role.id"), nullable=False)
    register: Mapped[str] = mapped_column(String(60), nullable=False)
    field: Mapped[str] = mapped_column(String(60), nullable=False)
    #: hidden, masked, readonly
    limit_to: Mapped[str] = mapped_column(String(10), nullable=False)


class DutyException(Base):
    """Two roles that one person holds together although they contradict each other: why, and until when."""

    __tablename__ = "duty_exception"
    __table_args__: Any = (Index("ix_duty_exception_user", "user_id", "until"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("ab_user.id"), nullable=False)
    #: the two roles, in alphabetical order
    first: Mapped[str] = mapped_column(String(64), nullable=False)
    second: Mapped[str] = mapped_column(String(64), nullable=False)
    until: Mapped[date] = mapped_column(Date, nullable=False)
    reason: Mapped[str] = mapped_column(String(500), nullable=False)
    by_id: Mapped[int | None] = mapped_column(Integer)


def _in_force(grant: Any, on: date) -> ColumnElement[bool]:
    """The grants that hold on a day: begun, not over, and not taken back before."""
    return and_(grant.from_on <= on, grant.until >= on, grant.ended_at.is_(None))


class RoleGrant(Base):
    """A role given with an end: from when until when, why, and by whom. It ends by itself."""

    __tablename__ = "role_grant"
    __table_args__: Any = (Index("ix_role_grant_user", "user_id", "until"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("ab_user.id"), nullable=False)
    role_id: Mapped[int] = mapped_column(ForeignKey("ab_role.id"), nullable=False, index=True)
    from_on: Mapped[date] = mapped_column(Date, nullable=False)
    #: the last day on which it holds
    until: Mapped[date] = mapped_column(Date, nullable=False)
    reason: Mapped[str] = mapped_column(String(500), nullable=False)
    by_id: Mapped[int | None] = mapped_column(Integer)
    at: Mapped[datetime] = mapped_column(DateTime, nullable=False)
    #: taken back before its end
    ended_at: Mapped[datetime | None] = mapped_column(DateTime)

    in_force = classmethod(_in_force)


class RowGrant(Base):
    """Rows of others that an approved request opens to one person until its end (BR-005, AF-22)."""

    __tablename__ = "row_grant"
    __table_args__: Any = (
        UniqueConstraint("source", "source_id", "user_id", "register", "record_id"),
        Index("ix_row_grant_who", "user_id", "register", "until"),
    )

    id: Mapped[int] = mapped_column(_BIG, primary_key=True, autoincrement=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("ab_user.id"), nullable=False)
    register: Mapped[str] = mapped_column(String(60), nullable=False)
    record_id: Mapped[int] = mapped_column(_BIG, nullable=False)
    #: letters of VERBS: "r" to look, "rx" where copies may be made
    verbs: Mapped[str] = mapped_column(String(7), nullable=False)
    from_on: Mapped[date] = mapped_column(Date, nullable=False)
    until: Mapped[date] = mapped_column(Date, nullable=False)
    #: the register and record that opened it
    source: Mapped[str] = mapped_column(String(60), nullable=False)
    source_id: Mapped[int] = mapped_column(_BIG, nullable=False)
    ended_at: Mapped[datetime | None] = mapped_column(DateTime)

    in_force = classmethod(_in_force)


class RightsRequest(Base):
    """A grant wider than what its giver holds: it waits until somebody decides who may give it."""

    __tablename__ = "rights_request"
    __table_args__: Any = (Index("ix_rights_request_status", "status", "id"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    #: "roles" or "until" of an account, "post", or "cell" of the matrix
    kind: Mapped[str] = mapped_column(String(10), nullable=False)
    #: the account or post; None for a cell
    target_id: Mapped[int | None] = mapped_column(Integer)
    #: what it will be, as plain values
    wanted: Mapped[dict[str, Any]] = mapped_column(JSON, nullable=False)
    reason: Mapped[str] = mapped_column(String(500), nullable=False, default="")
    asked_by_id: Mapped[int] = mapped_column(ForeignKey("ab_user.id"), nullable=False)
    asked_at: Mapped[datetime] = mapped_column(DateTime, nullable=False)
    #: waiting, granted, refused, withdrawn
    status: Mapped[str] = mapped_column(String(10), nullable=False, default="waiting")
    decided_by_id: Mapped[int | None] = mapped_column(Integer)
    decided_at: Mapped[datetime | None] = mapped_column(DateTime)
    decision: Mapped[str] = mapped_column(String(500), nullable=False, default="")


class RightsEpoch(Base):
    """One row: another number after every change of a right or a setting, so that no process answers from memory too long."""

    __tablename__ = "rights_epoch"
    __table_args__: Any = {}

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    value: Mapped[int] = mapped_column(Integer, nullable=False, default=0)


__all__ = [
    "Account",
    "DutyException",
    "FormerPassword",
    "RightsEpoch",
    "RightsRequest",
    "RoleField",
    "RoleGrant",
    "RoleScope",
    "RowGrant",
    "SecondFactor",
    "SignInAttempt",
    "SignInSession",
    "User",
]
