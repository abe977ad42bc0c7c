"""From a cell to a value: what `records.reading` reads, and besides it what only sheets do to values."""

from __future__ import annotations

import re
import unicodedata
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any

import cn2an
from flask_babel import force_locale
from flask_babel import gettext as _

from app.exchange.faults import Unfit
from app.records import FieldSpec, Kind, clock
from app.records.reading import Unreadable, read, tidy

#: what stands in a cell where nothing stands
_NOTHING = frozenset(
    {
        "n/a",
        "#n/a",
        "-",
        "--",
        "---",
        "—",
        "——",
        "–",
        "－",
        "null",
        "none",
        "nan",
        "(null)",
        "#null!",
    }
)
_FAULTY = frozenset({"#ref!", "#value!", "#div/0!", "#name?", "#num!"})
_AMOUNT = re.compile(
    r"^(?P<sign>[¥￥$]?)\s*(?P<figure>[-−(]?[\d,，]*\.?\d+\)?)\s*"
    r"[(（]?\s*(?P<times>百万|千万|[十百千万亿])?\s*(?P<word>[\u4e00-\u9fffA-Za-z]*)\s*[)）]?$"
)
_TIMES = {
    "": 1,
    "十": 10,
    "百": 100,
    "千": 1000,
    "万": 10_000,
    "百万": 1_000_000,
    "千万": 10_000_000,
    "亿": 100_000_000,
}
_CURRENCIES = {
    "": "",
    "元": "",
    "圆": "",
    "块": "",
    "人民币": "CNY",
    "rmb": "CNY",
    "美": "USD",
    "港": "HKD",
    "港币": "HKD",
    "欧": "EUR",
    "日": "JPY",
    "英镑": "GBP",
    "韩": "KRW",
    "新加坡": "SGD",
    "澳大利亚": "AUD",
    "澳": "AUD",
    "加拿大": "CAD",
    "加": "CAD",
    "台": "TWD",
    "新台": "TWD",
    "台币": "TWD",
    "新台币": "TWD",
    "澳门": "MOP",
    "瑞士法郎": "CHF",
    "卢布": "RUB",
    "泰铢": "THB",
}
_THREE_LETTERS = re.compile(r"^[A-Z]{3}$")
_SHORT_DATE = re.compile(r"^(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})(?:\s|T|$)")
#: days of a spreadsheet count from here (it believes in a 29 February 1900)
_DAY_ZERO = date(1899, 12, 30)
_SERIAL = range(18_264, 73_051)  # 1950 to 2100
_ROUNDED = re.compile(r"^\d(?:\.\d+)?[eE]\+?\d{2}$")

#: what is taken as it stands
_PLAIN = frozenset({Kind.TITLE, Kind.LINE, Kind.WORD, Kind.PROSE, Kind.NUMBER, Kind.PHONE})


class Reader:
    """Reads the cells of one column; what repeats is read once."""

    def __init__(
        self, spec: FieldSpec, *, date_order: str = "", options: dict[str, str] | None = None
    ) -> None:
        self.spec = spec
        self.date_order = date_order
        self.options = options
        self._known = lru_cache(maxsize=4096)(self._read)

    def __call__(self, raw: Any) -> tuple[Any, str, str]:
        """(value, warning, currency); None where nothing stands.

        :raises Unfit: with the reason and the cure
        """
        if raw is None or raw == "":
            return None, "", ""
        return self._known(raw, type(raw).__name__)

    def _read(self, raw: Any, _kind: str) -> tuple[Any, str, str]:
        warning = currency = ""
        kind = self.spec.kind
        if isinstance(raw, str):
            if kind is Kind.PROSE:
                raw = raw.replace("\r\n", "\n")
            # Printable ASCII has nothing invisible in it.
            raw = raw.strip() if raw.isascii() and raw.isprintable() else tidy(raw)
            word = raw.casefold() if len(raw) < 12 else raw
            if raw == "" or word in _NOTHING:
                return None, "", ""
            if word in _FAULTY:
                raise Unfit(
                    _("The formula in this cell is broken."), _("Mend it, or write the value.")
                )
        if kind in (Kind.MONEY, Kind.QUANTITY):
            raw, currency = self._amount(raw)
        elif kind is Kind.PERCENT:
            raw, warning = self._percent(raw)
        elif kind in (Kind.DATE, Kind.INSTANT):
            raw, warning = self._day(raw)
        elif kind is Kind.TIME:
            raw = _hour(raw)
        elif kind is Kind.BOOL:
            raw = bool(raw) if raw in (0.0, 1.0) else raw
        elif kind is Kind.WHOLE:
            raw = _whole(raw)
        elif kind in (Kind.CHOICE, Kind.STATE, Kind.CHOICES):
            return self._chosen(_text(raw)), "", ""
        else:
            text = _text(raw)
            warning = _digits_lost(raw, text)
            if kind is Kind.REFERENCE or kind in _PLAIN:
                # Who is meant by a reference is looked up for many rows at once.
                return text, warning, ""
            raw = text
        try:
            return read(self.spec, raw), warning, currency
        except Unreadable as no:
            raise Unfit(no, self._cure(raw)) from None

    def _amount(self, raw: Any) -> tuple[Any, str]:
        if isinstance(raw, float):
            return _without_noise(raw, self.spec.scale), ""
        if not isinstance(raw, str):
            return raw, ""
        text = unicodedata.normalize("NFKC", raw).replace(" ", "").replace("−", "-")
        found = _AMOUNT.match(text)
        if not found or not (found["times"] or found["word"] or found["sign"]):
            return raw, ""
        word = found["word"].removesuffix("整").removeprefix("元")
        currency = _currency(word)
        figure = found["figure"].replace(",", "")
        if figure.startswith("(") and figure.endswith(")"):
            figure = "-" + figure[1:-1]
        figure = figure.strip("()")
        if found["sign"] == "$" and not currency:
            currency = "USD"
        return Decimal(figure) * _TIMES[found["times"] or ""], currency

    def _percent(self, raw: Any) -> tuple[Any, str]:
        if not isinstance(raw, float):
            return raw, ""
        value = _without_noise(raw, self.spec.scale)
        if 0 < abs(raw) <= 1:
            return value, _(
                "%(value)s is taken as %(value)s %%. If %(other)s %% is meant, write it so.",
                value=f"{value:f}",
                other=f"{(value * 100).normalize():f}",
            )
        return value, ""

    def _day(self, raw: Any) -> tuple[Any, str]:
        if isinstance(raw, datetime) and self.spec.kind is Kind.INSTANT:
            return raw.replace(tzinfo=clock.OFFICE), ""
        if isinstance(raw, date):
            if self.spec.kind is Kind.INSTANT and not isinstance(raw, datetime):
                return datetime.combine(raw, time(), clock.OFFICE), ""
            return raw, ""
        if isinstance(raw, int | float) and int(raw) in _SERIAL:
            moment = datetime.combine(_DAY_ZERO, time()) + timedelta(
                seconds=round(float(raw) * 86_400)
            )
            warning = _(
                "%(number)s is taken as the day %(day)s.", number=_text(raw), day=moment.date()
            )
            if self.spec.kind is Kind.INSTANT:
                return moment.replace(tzinfo=clock.OFFICE), warning
            return moment.date(), warning
        text = _text(raw)
        found = _SHORT_DATE.match(text)
        if found:
            first, second, year = (int(part) for part in found.groups())
            order = self.date_order or ("dmy" if first > 12 else "mdy" if second > 12 else "")
            if not order:
                raise Unfit(
                    _("“%(text)s”: it is not said whether day or month comes first.", text=text),
                    _(
                        "Choose the order of dates for this sheet, or write %(day)s.",
                        day="2026-11-24",
                    ),
                )
            month, day = (first, second) if order == "mdy" else (second, first)
            return f"{year:04}-{month:02}-{day:02}{text[found.end(3) :]}", ""
        return text, ""

    def _chosen(self, text: str) -> Any:
        if self.spec.kind is not Kind.CHOICES:
            return self._one(text)
        if (whole := (self.options or {}).get(text.casefold())) is not None:
            return (whole,)
        parts = [tidy(part) for part in re.split(r"[、,，;；|\n]", text)]
        found = []
        for part in parts:
            if part and part.casefold() not in (self.options or {}) and "/" in part:
                found += [self._one(tidy(piece)) for piece in part.split("/") if tidy(piece)]
            elif part:
                found.append(self._one(part))
        return tuple(dict.fromkeys(found))

    def _one(self, text: str) -> str:
        stored = (self.options or {}).get(text.casefold())
        if stored is not None:
            return stored
        labels = [str(label) for _stored, label in self.spec.options()]
        near = nearest(text, labels)
        raise Unfit(
            _("“%(text)s” is not one of the choices.", text=text),
            _("Did you mean “%(label)s”?", label=near)
            if near
            else _("Choose: %(options)s.", options="、".join(labels[:12])),
        )

    def _cure(self, raw: Any) -> str:
        """What one would write instead, where it can be said."""
        kind = self.spec.kind
        if kind in (Kind.MONEY, Kind.QUANTITY, Kind.WHOLE) and isinstance(raw, str):
            figure = _from_hanzi(raw)
            return _("Write %(figure)s.", figure=figure) if figure else _("Write a number.")
        if kind is Kind.DATE:
            return _("Check the date.")
        return ""


#: what an amount is in where neither the cell nor the register says otherwise
HOME_CURRENCY = "CNY"


def in_another_currency(currency: str) -> tuple[str, str]:
    """Reason and cure where an amount names a currency that nothing keeps."""
    return _("The amount is in %(currency)s.", currency=currency), _("Write the amount in CNY.")


def _currency(word: str) -> str:
    code = word.upper()
    if _THREE_LETTERS.match(code):
        return "CNY" if code == "RMB" else code
    for known in (word.casefold(), word.casefold().removesuffix("元")):
        if known in _CURRENCIES:
            return _CURRENCIES[known]
    raise Unfit(
        _("“%(word)s” is no currency the house knows.", word=word),
        _("Write its three letters, such as CNY or USD."),
    )


def _without_noise(value: float, scale: int) -> Decimal:
    """A double as the number somebody typed: 60.70400000000001 was 60.704."""
    exact = Decimal(repr(value))
    rounded = round(Decimal(value), scale)
    # What sums and differences of doubles leave behind lies far below any place that is kept.
    noise = max(Decimal("1e-9"), abs(exact) * Decimal("1e-12"))
    return rounded if abs(exact - rounded) <= noise else exact


def _whole(raw: Any) -> Any:
    if isinstance(raw, float) and raw.is_integer():
        return int(raw)
    return raw


def _hour(raw: Any) -> Any:
    if isinstance(raw, timedelta):
        raw = raw.total_seconds() / 86_400
    if isinstance(raw, float) and 0 <= raw < 1:
        minutes = round(raw * 1440)
        return time(minutes // 60 % 24, minutes % 60)
    if isinstance(raw, datetime):
        return raw.time()
    return raw


def _text(raw: Any) -> str:
    if isinstance(raw, bool):
        return "1" if raw else "0"
    if isinstance(raw, float):
        return f"{raw:.0f}" if raw.is_integer() else repr(raw)
    if isinstance(raw, datetime):
        return raw.date().isoformat() if raw.time() == time() else f"{raw:%Y-%m-%d %H:%M}"
    if isinstance(raw, date | time):
        return raw.isoformat()
    return str(raw)


def _digits_lost(raw: Any, text: str) -> str:
    """A code of more than fifteen digits that was a number in between is rounded."""
    if (isinstance(raw, float) and abs(raw) >= 1e15) or (
        isinstance(raw, str) and _ROUNDED.match(raw)
    ):
        return _(
            "%(text)s was kept as a number and has lost digits. Format the column as text and enter it again.",
            text=text,
        )
    return ""


def _from_hanzi(text: str) -> str:
    try:
        value = cn2an.cn2an(re.sub(r"[元圆整]", "", text), "smart")
    except (ValueError, KeyError, TypeError):
        return ""
    return f"{value:.0f}" if float(value).is_integer() else str(value)


def nearest(text: str, words: list[str]) -> str:
    """The word one probably meant, or nothing."""
    import difflib

    inside = [word for word in words if len(text) > 1 and (text in word or word in text)]
    if len(inside) == 1:
        return inside[0]
    found = difflib.get_close_matches(text, words, n=1, cutoff=0.6)
    return found[0] if found else ""


def words_of(spec: FieldSpec, languages: tuple[str, ...]) -> dict[str, str]:
    """Every word a choice goes by, in all languages of the house, to what is stored; twice used ones left out."""
    found: dict[str, set[str]] = {}
    for language in languages:
        with force_locale(language):
            for stored, label in spec.options():
                for word in (str(stored), str(label)):
                    found.setdefault(word.casefold(), set()).add(str(stored))
    stored_words = {str(stored).casefold(): str(stored) for stored, _label in spec.options()}
    return {
        word: stored_words.get(word) or next(iter(meant))
        for word, meant in found.items()
        if len(meant) == 1 or word in stored_words
    }


def reader_of(spec: FieldSpec, languages: tuple[str, ...], date_order: str = "") -> Reader:
    chosen = spec.kind in (Kind.CHOICE, Kind.STATE, Kind.CHOICES)
    options = words_of(spec, languages) if chosen else None
    return Reader(spec, date_order=date_order, options=options)
