"""Settings: figures the documents lose or leave open, each with its default and its source."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import String, Text, select
from sqlalchemy.orm import Mapped, mapped_column

from app.extensions import db
from app.records.fields import Kind
from app.records.record import Kept
from app.records.refusals import Refusal, Refused
from app.security import scopes


@dataclass(frozen=True)
class Setting:
    """One parameter. `check` yields the reason why a value may not be."""

    name: str
    label: Any
    default: Any
    kind: Kind = Kind.LINE
    #: catalogue code or article that leaves it open: "A-01", "BR-034"
    source: str = ""
    help: Any = ""
    options: tuple[tuple[str, Any], ...] = ()
    group: Any = ""
    check: Callable[[Any], str | None] | None = None


DECLARED: dict[str, Setting] = {}


def declare(*settings: Setting) -> None:
    for setting in settings:
        if setting.name in DECLARED and DECLARED[setting.name] != setting:
            raise ValueError(f"two settings are called {setting.name}")
        DECLARED[setting.name] = setting


class SettingValue(Kept):
    """A setting that somebody changed."""

    __tablename__ = "setting_value"
    titled_by = "name"
    deletable = "unused"

    name: Mapped[str] = mapped_column(String(80), nullable=False, unique=True)
    value: Mapped[str | None] = mapped_column(Text)


def get(name: str) -> Any:
    """The value that is in force."""
    setting = DECLARED[name]
    stored = _stored()
    return parse(setting, stored[name]) if name in stored else setting.default


_kept: dict[int, dict[str, str | None]] = {}


def _stored() -> dict[str, str | None]:
    key = scopes.epoch()
    if key not in _kept:
        if len(_kept) > 20:
            _kept.clear()
        rows = db.session.execute(select(SettingValue.name, SettingValue.value)).all()
        _kept[key] = dict(rows)
    return _kept[key]


def parse(setting: Setting, text: str | None) -> Any:
    """:raises Refused: when the text is no value of this kind"""
    if text is None or text == "":
        return None if setting.kind is not Kind.BOOL else False
    try:
        if setting.kind is Kind.WHOLE:
            return int(text)
        if setting.kind in (Kind.MONEY, Kind.PERCENT, Kind.QUANTITY):
            return Decimal(text.replace(",", ""))
    except (ValueError, ArithmeticError):
        raise Refused(Refusal(_("“%(text)s” is no number.", text=text), setting.name)) from None
    if setting.kind is Kind.BOOL:
        return text in ("1", "true", "True", "on", "y")
    if setting.kind is Kind.CHOICE and text not in dict(setting.options):
        raise Refused(Refusal(_("“%(text)s” is not one of the choices.", text=text), setting.name))
    return text


def put(name: str, text: str | None) -> None:
    """Change a setting; an empty text brings the default back.

    :raises Refused: when the value does not fit
    """
    setting = DECLARED[name]
    value = parse(setting, text)
    if setting.check and value is not None and (reason := setting.check(value)):
        raise Refused(Refusal(reason, name))
    stored = db.session.scalar(select(SettingValue).where(SettingValue.name == name))
    if text in (None, "") and setting.kind is not Kind.BOOL:
        if stored:
            db.session.delete(stored)
    elif stored:
        stored.value = text
    else:
        db.session.add(SettingValue(name=name, value=text))
    db.session.flush()
    scopes.rights_changed(db.session.connection())
