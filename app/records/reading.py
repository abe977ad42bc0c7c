"""From what people type to values: the same for form, REST, filter and import."""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, date, datetime, time
from decimal import Decimal, InvalidOperation
from typing import Any

from flask_babel import gettext as _

from app.records import clock
from app.records.fields import FieldSpec, Kind

_TRUE = frozenset({"1", "true", "yes", "y", "on", "是", "有", "对", "√", "✓"})
_FALSE = frozenset({"0", "false", "no", "n", "off", "否", "无", "没有", "×"})
_DATE = re.compile(r"^(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?$")
_COMPACT = re.compile(r"^(\d{4})(\d{2})(\d{2})$")
_EMAIL = re.compile(r"^[^@\s]+@[^@\s]+\.[^@\s]+$")


class Unreadable(ValueError):
    """What stands there is no value of this kind; the text says what would be."""


def tidy(text: str) -> str:
    """Without blanks at the ends and without invisible characters."""
    text = unicodedata.normalize("NFC", text).replace("\u00a0", " ").replace("\u3000", " ")
    return re.sub(r"[\u200b-\u200f\ufeff\x00-\x08\x0b\x0c\x0e-\x1f]", "", text).strip()


def read(spec: FieldSpec, raw: Any) -> Any:
    """The value of a field from text, or from JSON; None where nothing stands.

    :raises Unreadable: with a sentence for the field
    """
    if spec.kind is Kind.CHOICES:
        return _choices(spec, raw)
    if spec.kind is Kind.BOOL:
        return _bool(raw)
    if raw is None:
        return None
    if isinstance(raw, str):
        raw = raw.replace("\r\n", "\n") if spec.kind is Kind.PROSE else raw
        raw = tidy(raw)
        if raw == "":
            return None
    reader = _READERS.get(spec.kind)
    return reader(spec, raw) if reader else str(raw)


def _bool(raw: Any) -> bool:
    if isinstance(raw, bool):
        return raw
    word = tidy(str(raw)).lower() if raw is not None else ""
    if word in _TRUE:
        return True
    if word in _FALSE or word == "":
        return False
    raise Unreadable(_("“%(text)s” is neither yes nor no.", text=raw))


def _number(raw: Any) -> Decimal:
    if isinstance(raw, bool):
        raise Unreadable(_("“%(text)s” is no number.", text=raw))
    text = unicodedata.normalize("NFKC", str(raw)).replace(",", "").replace(" ", "")
    text = text.replace("−", "-").lstrip("¥$￥")
    if text.startswith("(") and text.endswith(")"):
        text = f"-{text[1:-1]}"
    try:
        value = Decimal(text)
    except InvalidOperation:
        raise Unreadable(_("“%(text)s” is no number.", text=raw)) from None
    if not value.is_finite():
        raise Unreadable(_("“%(text)s” is no number.", text=raw))
    return value


def _exact(spec: FieldSpec, raw: Any) -> Decimal:
    if isinstance(raw, float):
        raw = repr(raw)
    text = str(raw)
    value = _number(text.rstrip("%％ ") if spec.kind is Kind.PERCENT else text)
    if value != round(value, spec.scale):
        raise Unreadable(
            _("“%(text)s” has more than %(scale)d decimal places.", text=raw, scale=spec.scale)
        )
    if abs(value) >= Decimal(10) ** (18 - spec.scale):
        raise Unreadable(_("“%(text)s” is too large.", text=raw))
    return value


def _whole(spec: FieldSpec, raw: Any) -> int:
    value = _number(raw)
    if value != value.to_integral_value():
        raise Unreadable(_("“%(text)s” is not a whole number.", text=raw))
    if abs(value) > 2_147_483_647:
        raise Unreadable(_("“%(text)s” is too large.", text=raw))
    return int(value)


def read_date(raw: Any) -> date:
    """:raises Unreadable: when no such day exists"""
    if isinstance(raw, datetime):
        return raw.date()
    if isinstance(raw, date):
        return raw
    text = unicodedata.normalize("NFKC", str(raw)).strip()
    text = text.split(" ")[0].split("T")[0]
    match = _DATE.match(text) or _COMPACT.match(text)
    if match:
        try:
            return date(*(int(part) for part in match.groups()))
        except ValueError:
            pass
    raise Unreadable(_("“%(text)s” is no date. Write it like 2026-11-24.", text=raw))


def _instant(_spec: FieldSpec, raw: Any) -> datetime:
    if isinstance(raw, datetime):
        return raw if raw.tzinfo else raw.replace(tzinfo=clock.OFFICE)
    text = unicodedata.normalize("NFKC", str(raw)).strip().replace("/", "-")
    try:
        value = datetime.fromisoformat(text)
    except ValueError:
        raise Unreadable(
            _("“%(text)s” is no point in time. Write it like 2026-11-24 09:30.", text=raw)
        ) from None
    # What a person types is the office's time; what a program sends says its zone.
    return (value if value.tzinfo else value.replace(tzinfo=clock.OFFICE)).astimezone(UTC)


def _time(_spec: FieldSpec, raw: Any) -> time:
    if isinstance(raw, time):
        return raw
    try:
        return time.fromisoformat(unicodedata.normalize("NFKC", str(raw)).strip())
    except ValueError:
        raise Unreadable(_("“%(text)s” is no time. Write it like 09:30.", text=raw)) from None


def _choice(spec: FieldSpec, raw: Any) -> str:
    text = str(raw)
    for stored, label in spec.options():
        if text == stored or text.casefold() == str(label).casefold():
            return str(stored)
    options = "、".join(str(label) for _stored, label in spec.options()[:12])
    raise Unreadable(
        _("“%(text)s” is not one of the choices: %(options)s.", text=raw, options=options)
    )


def _choices(spec: FieldSpec, raw: Any) -> tuple[str, ...]:
    if raw is None or raw == "":
        return ()
    parts = re.split(r"[、,，;；|\n]", raw) if isinstance(raw, str) else list(raw)
    found = [_choice(spec, tidy(str(part))) for part in parts if tidy(str(part))]
    return tuple(dict.fromkeys(found))


def _email(_spec: FieldSpec, raw: Any) -> str:
    text = unicodedata.normalize("NFKC", str(raw))
    if not _EMAIL.match(text):
        raise Unreadable(_("“%(text)s” is no e-mail address.", text=raw))
    return text


def _url(_spec: FieldSpec, raw: Any) -> str:
    text = str(raw)
    scheme, colon, _rest = text.partition(":")
    if colon and scheme.lower() not in ("http", "https") and "." not in scheme:
        raise Unreadable(_("“%(text)s” is no web address.", text=raw))
    return text


def _reference(_spec: FieldSpec, raw: Any) -> int:
    try:
        return int(str(raw))
    except ValueError:
        raise Unreadable(_("“%(text)s” is not in the list.", text=raw)) from None


_READERS = {
    Kind.MONEY: _exact,
    Kind.QUANTITY: _exact,
    Kind.PERCENT: _exact,
    Kind.WHOLE: _whole,
    Kind.DATE: lambda _spec, raw: read_date(raw),
    Kind.INSTANT: _instant,
    Kind.TIME: _time,
    Kind.CHOICE: _choice,
    Kind.STATE: _choice,
    Kind.EMAIL: _email,
    Kind.URL: _url,
    Kind.REFERENCE: _reference,
}


def written(spec: FieldSpec, value: Any) -> str:
    """A value as it stands in an input; `read` takes it back unchanged."""
    if value is None or value == ():
        return ""
    if spec.kind is Kind.BOOL:
        return "1" if value else ""
    if spec.kind is Kind.INSTANT:
        return clock.in_office(value).strftime("%Y-%m-%dT%H:%M")
    if spec.kind is Kind.TIME:
        return value.strftime("%H:%M")
    if spec.kind is Kind.CHOICES:
        return ",".join(value)
    if spec.kind in (Kind.QUANTITY, Kind.PERCENT):
        text = f"{value:f}"
        return text.rstrip("0").rstrip(".") if "." in text else text
    if isinstance(value, Decimal):
        return f"{value:.{min(spec.scale, 2)}f}" if value == round(value, 2) else f"{value:f}"
    return str(value)
