"""From a cell to a value: what every kind of field makes of what stands in sheets."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

import pytest

from app.exchange.faults import Unfit
from app.exchange.values import reader_of
from app.records import Choices, FieldSpec, Kind

pytestmark = pytest.mark.usefixtures("app")
LANGUAGES = ("zh", "en")


class Size(Choices):
    SMALL = "small", "小"
    LARGE = "large", "大、很大"


def read(kind: Kind, raw: object, *, order: str = "", **more: object):
    spec = FieldSpec("field", "Field", kind, **({"scale": 2} | more))  # type: ignore[arg-type]
    return reader_of(spec, LANGUAGES, order)(raw)


def value(kind: Kind, raw: object, **more: object):
    return read(kind, raw, **more)[0]


@pytest.mark.parametrize("raw", [None, "", "  ", "N/A", "n/a", "-", "—", "#N/A", "NULL", "\u3000"])
@pytest.mark.parametrize("kind", [Kind.LINE, Kind.MONEY, Kind.DATE, Kind.WHOLE, Kind.REFERENCE])
def test_nothing_is_nothing_in_every_column(kind, raw):
    assert value(kind, raw) is None


@pytest.mark.parametrize(
    ("raw", "amount", "currency"),
    [
        ("1,000(万元人民币)", "10000000", "CNY"),
        ("300(万)", "3000000", ""),
        ("500万元人民币", "5000000", "CNY"),
        ("20(万美元)", "200000", "USD"),
        ("3万欧元", "30000", "EUR"),
        ("120(万日元)", "1200000", "JPY"),
        ("1.5亿元", "150000000", ""),
        ("12.50元整", "12.50", ""),
        ("¥1,234.50", "1234.50", ""),
        ("USD", None, None),
        ("100 USD", "100", "USD"),
        ("(1,200.00)", "-1200.00", ""),
        ("−5", "-5", ""),
        ("１２３", "123", ""),
        (1000.0, "1000", ""),
        (0.1 + 0.2, "0.3", ""),
        (60.70400000000001, None, None),
        ("三百万", None, None),
    ],
)
def test_amounts_are_read_as_offices_write_them(raw, amount, currency):
    if amount is None:
        with pytest.raises(Unfit):
            read(Kind.MONEY, raw)
        return

    found, _warning, said = read(Kind.MONEY, raw)

    assert (found, said) == (Decimal(amount), currency)


def test_a_double_keeps_the_places_that_somebody_typed():
    assert value(Kind.MONEY, 60.70400000000001, scale=4) == Decimal("60.704")
    assert value(Kind.MONEY, -0.14000000000032742, scale=4) == Decimal("-0.14")


def test_the_cure_of_words_for_a_figure_is_the_figure():
    with pytest.raises(Unfit) as no:
        read(Kind.MONEY, "三百万")

    assert "3000000" in no.value.cure


def test_whole_numbers_come_as_doubles_from_workbooks():
    assert value(Kind.WHOLE, 2.0) == 2
    with pytest.raises(Unfit):
        read(Kind.WHOLE, 2.5)


@pytest.mark.parametrize(
    ("raw", "day"),
    [
        (date(2019, 1, 2), date(2019, 1, 2)),
        (datetime(2019, 1, 2, 0, 0), date(2019, 1, 2)),  # noqa: DTZ001 - as a workbook gives it
        ("2019-01-02", date(2019, 1, 2)),
        ("2019/1/2", date(2019, 1, 2)),
        ("2019年1月2日", date(2019, 1, 2)),
        ("20190102", date(2019, 1, 2)),
        ("2019-01-02 00:00:00", date(2019, 1, 2)),
        ("13/1/2019", date(2019, 1, 13)),
        ("1/13/2019", date(2019, 1, 13)),
    ],
)
def test_days_are_read_as_sheets_hold_them(raw, day):
    assert value(Kind.DATE, raw) == day


def test_a_day_that_was_kept_as_a_number_is_read_and_said():
    found, warning, _currency = read(Kind.DATE, 43467.0)

    assert found == date(2019, 1, 2)
    assert "2019-01-02" in warning


def test_day_or_month_first_is_never_guessed():
    with pytest.raises(Unfit):
        read(Kind.DATE, "3/4/2026")

    assert value(Kind.DATE, "3/4/2026", order="dmy") == date(2026, 4, 3)
    assert value(Kind.DATE, "3/4/2026", order="mdy") == date(2026, 3, 4)


def test_a_day_that_never_was_is_refused():
    with pytest.raises(Unfit, match="2031-02-30"):
        read(Kind.DATE, "2031-02-30")


def test_moments_are_those_of_the_office():
    assert value(Kind.INSTANT, "2026-11-24 09:30") == datetime(2026, 11, 24, 1, 30, tzinfo=UTC)
    noon = datetime(2026, 11, 24, 12, 0)  # noqa: DTZ001 - as a workbook gives it
    assert value(Kind.INSTANT, noon).astimezone(UTC).hour == 4


def test_times_come_as_fractions_of_a_day_too():
    assert value(Kind.TIME, 0.5) == time(12, 0)
    assert value(Kind.TIME, timedelta(hours=9, minutes=30)) == time(9, 30)
    assert value(Kind.TIME, "9:30".zfill(5)) == time(9, 30)


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        ("是", True),
        ("否", False),
        ("√", True),
        (1.0, True),
        (0.0, False),
        (True, True),
        ("Y", True),
    ],
)
def test_yes_and_no_in_the_words_of_sheets(raw, said):
    assert value(Kind.BOOL, raw) is said


def test_a_choice_is_read_by_the_shown_word_and_by_the_stored_one():
    assert value(Kind.CHOICE, "小", choices=Size) == "small"
    assert value(Kind.CHOICE, "LARGE", choices=Size) == "large"


def test_an_unknown_choice_says_which_was_meant():
    with pytest.raises(Unfit) as no:
        read(Kind.CHOICE, "很大", choices=Size)

    assert "大、很大" in no.value.cure


def test_several_choices_stand_in_one_cell():
    assert value(Kind.CHOICES, "小；large", choices=Size) == ("small", "large")
    assert value(Kind.CHOICES, "大、很大", choices=Size) == ("large",)
    assert value(Kind.CHOICES, "小/small", choices=Size) == ("small",)


def test_codes_of_digits_stay_codes():
    assert value(Kind.WORD, 13812345678.0, length=64) == "13812345678"
    assert value(Kind.PHONE, "021-5555 0117") == "021-5555 0117"


@pytest.mark.parametrize("raw", [310117198001011234.0, "3.10117E+17"])
def test_a_code_that_excel_has_rounded_is_noticed(raw):
    _value, warning, _currency = read(Kind.WORD, raw, length=64)

    assert warning


def test_a_broken_formula_is_no_value():
    with pytest.raises(Unfit):
        read(Kind.LINE, "#REF!")


def test_per_cent_below_one_is_doubted():
    assert read(Kind.PERCENT, 0.125, scale=4)[1]
    assert read(Kind.PERCENT, "12.5%", scale=4)[:2] == (Decimal("12.5"), "")
