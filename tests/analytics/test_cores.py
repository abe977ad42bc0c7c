"""The arithmetic of the analyses, without a database: the regulation's examples, and what holds for all figures."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as some

from app.analytics import abc, composition, exact, seasonal, turnover
from app.analytics.months import ALL_TIME, Month, months_between, periods_of, pieces

A, B = Decimal(75), Decimal(95)


def letters(amounts, *, crossing=False, a=A, b=B):
    found = abc.classify(amounts, a, b, crossing=crossing)
    return "".join(found.class_at(place) for place in range(found.count))


# -- composition -------------------------------------------------------------------------------------


@pytest.mark.catalogue("BR-050", "AN-01")
def test_the_seven_kinds_of_business_make_the_shares_of_the_example():
    amounts = [Decimal(a) for a in (400, 250, 150, 80, 60, 40, 20)]

    shares = composition.shares(amounts)

    assert [share * 100 for share in shares] == [40, 25, 15, 8, 6, 4, 2]


@pytest.mark.catalogue("BR-050")
def test_without_sales_there_are_no_shares_and_no_error():
    assert composition.shares([Decimal(0), Decimal(0)]) == [None, None]
    assert composition.difference(None, Decimal("0.2")) is None


@pytest.mark.catalogue("BR-050")
@given(some.lists(some.integers(0, 10**14), min_size=1, max_size=40))
def test_shares_make_the_whole(amounts):
    shares = composition.shares([Decimal(a) for a in amounts])

    if sum(amounts):
        assert abs(sum(map(Fraction, shares)) - 1) < Fraction(1, 10**50)


# -- ABC ---------------------------------------------------------------------------------------------


@pytest.mark.catalogue("BR-051", "AN-02")
@pytest.mark.parametrize(
    ("amounts", "within", "crossing"),
    [
        ([500, 250, 120, 80, 30, 20], "AABBCC", "AABBCC"),
        ([600, 300, 60, 40], "ABCC", "AABC"),
        ([900, 60, 40], "ACC", "ABC"),
    ],
)
def test_the_examples_of_the_regulation_fall_into_their_classes(amounts, within, crossing):
    assert letters(amounts) == within
    assert letters(amounts, crossing=True) == crossing


@pytest.mark.catalogue("BR-051")
def test_the_limit_itself_is_still_inside():
    # A hair more than 75 % is no longer inside; a float could not tell the two apart.
    assert letters([600 * 10**15, 150 * 10**15, 200 * 10**15, 50 * 10**15]) == "AABC"
    assert letters([600 * 10**15, 150 * 10**15 + 1, 200 * 10**15 - 1, 50 * 10**15]) == "ABBC"


@pytest.mark.catalogue("BR-051")
def test_zero_and_less_are_c_and_no_part_of_the_total():
    found = abc.classify([60, 40, 0, -30], A, B)

    assert "".join(found.class_at(p) for p in range(found.count)) == "ACCC"
    assert (found.total, found.positive, found.count) == (100, 2, 4)
    assert found.reached_at(3) == 100


@pytest.mark.catalogue("BR-051")
def test_where_nothing_was_sold_everybody_is_c():
    assert letters([0, 0, -1]) == "CCC"
    assert letters([]) == ""


amounts_falling = some.lists(some.integers(-(10**9), 10**12), max_size=120).map(
    lambda amounts: sorted(amounts, reverse=True)
)
limits = some.tuples(some.integers(1, 9998), some.integers(1, 9999)).map(
    lambda pair: (Decimal(min(pair)) / 100, Decimal(max(pair) + 1) / 100)
)


@pytest.mark.catalogue("BR-051")
@given(amounts_falling, limits)
def test_every_item_is_where_its_own_cumulative_share_says(amounts, ab):
    a, b = ab
    total = sum(amount for amount in amounts if amount > 0)
    found = abc.classify(amounts, a, b)

    reached = 0
    for place, amount in enumerate(amounts):
        if amount <= 0:
            assert found.class_at(place) == "C"
            continue
        reached += amount
        share = Fraction(reached, total) * 100
        wanted = (
            "A" if share <= Fraction(a) or place == 0 else "B" if share <= Fraction(b) else "C"
        )
        assert found.class_at(place) == wanted
        assert found.reached_at(place) == reached
    assert found.total == total


@pytest.mark.catalogue("BR-051")
@given(amounts_falling, limits)
def test_crossing_puts_nobody_into_a_worse_class(amounts, ab):
    within, crossing = (letters(amounts, crossing=c, a=ab[0], b=ab[1]) for c in (False, True))

    assert len(within) == len(crossing) == len(amounts)
    assert all(c <= w for w, c in zip(within, crossing, strict=True))
    assert list(crossing) == sorted(crossing)


@pytest.mark.catalogue("BR-051")
@given(amounts_falling)
def test_the_classes_share_out_the_total(amounts):
    found = abc.classify(amounts, A, B)

    ends = (0, found.a_ends, found.b_ends, found.count)
    sums = [found.sum_between(start, end) for start, end in pairwise(ends)]

    assert sum(sums) == found.total


# -- seasons -----------------------------------------------------------------------------------------

EXAMPLE = [Decimal(a) for a in (150, 60, 90, 100, 100, 80, 70, 80, 110, 120, 120, 120)]


@pytest.mark.catalogue("BR-053", "AN-05")
def test_the_example_gives_january_one_and_a_half_and_the_year_its_whole_target():
    found = seasonal.of_averages(EXAMPLE, Decimal(2400))

    january, february = found.seasons[:2]
    assert (january.index, january.share, january.target) == (
        Decimal("1.5"),
        Decimal("0.125"),
        Decimal("300.00"),
    )
    assert (february.index, february.target) == (Decimal("0.6"), Decimal("120.00"))
    assert sum(s.index for s in found.seasons).quantize(Decimal("1e-20")) == 12
    assert sum(s.target for s in found.seasons) == 2400
    assert found.grand_average == 100


@pytest.mark.catalogue("BR-053")
def test_three_years_are_averaged_month_by_month():
    amounts = {
        Month(year, month): EXAMPLE[month - 1] + delta
        for year, delta in ((2023, -10), (2024, 0), (2025, 10))
        for month in range(1, 13)
    }

    found = seasonal.pattern(amounts, Month(2023, 1), Month(2025, 12))

    assert [s.average for s in found.seasons] == EXAMPLE
    assert found.years == 3
    assert not found.is_short


@pytest.mark.catalogue("BR-053")
def test_fewer_years_are_averaged_over_those_there_are_and_flagged():
    first, last = seasonal.window(Month(2025, 12), 3, Month(2024, 3))
    amounts = {month: Decimal(100) for month in months_between(first, last)}

    found = seasonal.pattern(amounts, first, last)

    assert (first, last) == (Month(2024, 3), Month(2025, 12))
    assert [s.average for s in found.seasons] == [100] * 12
    assert found.is_short


@pytest.mark.catalogue("BR-053")
def test_a_year_without_sales_is_flat_and_flagged():
    found = seasonal.pattern({}, Month(2023, 1), Month(2025, 12), target=Decimal("1000.01"))

    assert found.is_flat
    assert {s.share * 12 for s in found.seasons} == {1} or all(
        abs(s.share * 12 - 1) < Decimal("1e-25") for s in found.seasons
    )
    assert sum(s.target for s in found.seasons) == Decimal("1000.01")
    assert {s.target for s in found.seasons} == {Decimal("83.33"), Decimal("83.34")}


@pytest.mark.catalogue("BR-053")
def test_quarters_add_up_to_four_hundred_per_cent():
    amounts = {Month(2025, month): EXAMPLE[month - 1] for month in range(1, 13)}

    found = seasonal.pattern(
        amounts, Month(2025, 1), Month(2025, 12), by_quarter=True, target=Decimal(2400)
    )

    assert [s.average for s in found.seasons] == [300, 280, 260, 360]
    assert [s.index for s in found.seasons] == [
        Decimal(1),
        Decimal(280) / 300,
        Decimal(260) / 300,
        Decimal("1.2"),
    ] or sum(s.index for s in found.seasons).quantize(Decimal("1e-20")) == 4
    assert [s.target for s in found.seasons] == [600, 560, 520, 720]


@pytest.mark.catalogue("BR-053")
@given(
    some.decimals(0, 10**12, places=2),
    some.lists(some.integers(0, 10**12), min_size=1, max_size=12),
)
def test_parts_add_up_to_the_fen_and_none_is_a_fen_off(whole, weights):
    parts = exact.in_parts(whole, weights)

    assert sum(parts) == whole
    total = sum(weights)
    for part, weight in zip(parts, weights, strict=True):
        wanted = Fraction(whole) * (
            Fraction(weight, total) if total else Fraction(1, len(weights))
        )
        assert abs(Fraction(part) - wanted) < Fraction(1, 100)


@pytest.mark.catalogue("BR-053")
@given(some.dictionaries(some.integers(0, 35), some.integers(-(10**6), 10**9), max_size=36))
def test_indices_add_up_to_twelve_whatever_was_sold(sold):
    start = Month(2023, 1)
    amounts = {start.plus(place): Decimal(value) for place, value in sold.items()}

    found = seasonal.pattern(amounts, start, start.plus(35), target=Decimal("99.99"))

    assert abs(sum(s.index for s in found.seasons) - 12) < Decimal("1e-20")
    assert sum(s.target for s in found.seasons) == Decimal("99.99")
    assert all(s.target >= 0 for s in found.seasons)


# -- stock, turnover, cross and contribution ratio ------------------------------------------------------


@pytest.mark.catalogue("BR-055")
def test_the_margin_of_the_example_is_thirty_per_cent():
    assert turnover.margin(Decimal(120_000) - Decimal(84_000), Decimal(120_000)) == Decimal("0.3")


@pytest.mark.catalogue("BR-056", "BR-057", "AN-08")
def test_the_stock_of_the_example_turns_over_four_times():
    average = turnover.average_stock(Decimal(35_000), Decimal(25_000))

    assert average == 30_000
    assert turnover.turnover(Decimal(120_000), average) == 4
    assert turnover.turnover(Decimal(120_000), Decimal(0)) is None
    assert turnover.turnover(Decimal(120_000), None) is None


@pytest.mark.catalogue("BR-058", "BR-059", "AN-09")
def test_the_three_products_of_the_example_are_pushed_in_the_order_p_q_r():
    rows = turnover.ratios(
        [
            turnover.Moved("R", Decimal(90_000), Decimal("0.4"), Decimal(45_000), Decimal(90_000)),
            turnover.Moved("Q", Decimal(90_000), Decimal("0.2"), Decimal(15_000), Decimal(90_000)),
            turnover.Moved(
                "P", Decimal(120_000), Decimal("0.3"), Decimal(30_000), Decimal(120_000)
            ),
        ]
    )
    rows.sort(key=turnover.by_contribution)

    assert [row.code for row in rows] == ["P", "Q", "R"]
    assert [row.cross_ratio for row in rows] == [Decimal("1.2"), Decimal("1.2"), Decimal("0.8")]
    assert [row.contribution for row in rows] == [
        Decimal("0.48"),
        Decimal("0.36"),
        Decimal("0.24"),
    ]
    assert [round(row.contribution_share * 100, 1) for row in rows] == [
        Decimal("44.4"),
        Decimal("33.3"),
        Decimal("22.2"),
    ]


@pytest.mark.catalogue("BR-058")
@given(some.integers(-(10**9), 10**9), some.integers(1, 10**9), some.integers(1, 10**9))
def test_the_cross_ratio_is_gross_profit_on_stock(profit, sales, stock):
    cross = turnover.cross_ratio(
        turnover.margin(Decimal(profit), Decimal(sales)),
        turnover.turnover(Decimal(sales), Decimal(stock)),
    )

    assert abs(cross - exact.ratio(profit, stock)) < Decimal("1e-40")


@pytest.mark.catalogue("BR-059")
def test_a_product_without_stock_has_no_ratio_and_stands_last():
    rows = turnover.ratios(
        [
            turnover.Moved("X", Decimal(10), Decimal("0.5"), None, Decimal(10)),
            turnover.Moved("Y", Decimal(90), Decimal("-0.1"), Decimal(9), Decimal(90)),
        ]
    )
    rows.sort(key=turnover.by_contribution)

    assert [row.code for row in rows] == ["Y", "X"]
    assert rows[0].contribution < 0
    assert rows[0].contribution_share is None
    assert rows[1].contribution is None


# -- periods of the kept sums -----------------------------------------------------------------------


month_pairs = some.tuples(some.integers(0, 71), some.integers(0, 71)).map(sorted)


@given(month_pairs, month_pairs)
def test_any_period_is_exactly_made_of_the_kept_ones(asked, known):
    start = Month(2021, 1)
    first, last = (start.plus(place) for place in asked)
    known_from, known_to = (start.plus(place) for place in known)
    every = list(months_between(known_from, known_to))

    found = pieces(first, last, known_from, known_to)

    for month in every:
        counted = sum(found.get(period, 0) for period in periods_of(month))
        assert counted == (1 if first <= month <= last else 0)


@given(month_pairs)
def test_a_period_takes_few_pieces(asked):
    start = Month(2021, 1)
    first, last = (start.plus(place) for place in asked)

    found = pieces(first, last, start, start.plus(71))

    assert len(found) <= 6 + (last.year - first.year)


def test_whole_years_and_the_year_so_far_are_one_piece():
    known = (Month(2023, 4), Month(2026, 10))

    assert pieces(Month(2025, 1), Month(2025, 12), *known) == {202500: 1}
    assert pieces(Month(2026, 1), Month(2026, 10), *known) == {202600: 1}
    assert pieces(Month(2026, 1), Month(2026, 12), *known) == {202600: 1}
    assert pieces(Month(2025, 4), Month(2025, 6), *known) == {202522: 1}
    assert pieces(Month(2020, 1), Month(2030, 1), *known) == {ALL_TIME: 1}
    assert pieces(Month(2020, 1), Month(2020, 12), *known) == {}


@pytest.mark.parametrize("text", ["2026-13", "2026-0", "202603", "26-03", "", "2026-03-"])
def test_what_is_no_month_is_not_read_as_one(text):
    with pytest.raises(ValueError, match=r".*"):
        Month.read(text)
