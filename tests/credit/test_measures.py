"""What the credit office counts (AN-12, AN-13, AN-14, AN-16), and that what lies behind a figure adds up to it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from app.domains.credit.models import ReceivablePayment, RecoveryStep
from app.records import writing
from app.security import scopes
from tests.credit.office import decide, store, submit
from tests.factories.credit import (
    a_bill,
    a_classification,
    a_creditworthy_customer,
    a_dishonour,
    a_receivable,
    a_recovery,
)
from tests.sales.shop import asked
from tests.sales.test_measures import everything_behind_adds_up


@pytest.fixture
def two(people, on):
    """alice's customer owes 62,000 + 30,000 of 100,000; another one owes 1,000."""
    with on("2026-03-31"):
        mine = a_creditworthy_customer(responsible_rep_id=people.alice.employee.id, name="海湾")
        other = a_creditworthy_customer(name="红河")
        for amount, due in (
            (40_000, date(2026, 4, 10)),
            (12_000, date(2026, 3, 1)),
            (10_000, date(2025, 12, 1)),
        ):
            store(
                a_receivable(
                    customer=mine,
                    amount=Decimal(amount),
                    invoiced_on=date(2025, 11, 1),
                    due_on=due,
                )
            )
        store(a_bill(customer=mine, amount=Decimal(30_000)))
        store(a_receivable(customer=other, amount=Decimal(1_000)))
    return mine, other


@pytest.mark.catalogue("AN-12", "BR-030")
def test_the_use_of_limits_with_its_ageing(people, two, on):
    with on("2026-03-31"):
        answer = asked("credit_use")
        first = answer["rows"][0]

        assert (first["limit"], first["receivables"], first["bills"]) == (
            "100000.00", "62000.00", "30000.00",
        )  # fmt: skip
        assert (first["exposure"], first["usage"]) == ("92000.00", "0.92")
        assert [first[one] for one in ("not_due", "days_30", "days_60", "days_90", "older")] == [
            "40000.00", "12000.00", "0.00", "0.00", "10000.00",
        ]  # fmt: skip
        assert answer["totals"]["exposure"] == "93000"
        assert len(asked("credit_use", only="near")["rows"]) == 1
        assert asked("credit_use", only="exceeded")["rows"] == []
        assert everything_behind_adds_up("credit_use") == 14


@pytest.mark.catalogue("AN-12")
def test_a_representative_counts_his_own_customers_only(people, two, on):
    with on("2026-03-31"):
        alice = scopes.someone(people.alice.user)

        assert [row["name"] for row in asked("credit_use", alice)["rows"]] == ["海湾"]


@pytest.mark.catalogue("AN-13")
def test_customers_by_class_with_what_they_owe(people, two, on):
    with on("2026-03-31"):
        for customer, more in (
            (two[0], {}),
            (
                two[1],
                {
                    "credit_class": "jia",
                    "override_reason": "母公司担保",
                    "avg_gross_margin": Decimal(20),
                },
            ),
        ):
            made = store(a_classification(customer=customer, **more), by_=people.alice)
            decide(submit(made, people.alice), people.bob)
        jia, yi, bing = asked("credit_classes")["rows"]

    assert (jia["customers"], jia["overridden"], jia["exposure"], jia["margin"]) == (
        1, 1, "1000.00", "0.2",
    )  # fmt: skip
    assert (yi["customers"], yi["overridden"], yi["exposure"]) == (1, 0, "92000.00")
    assert bing["customers"] == 0


@pytest.mark.catalogue("AN-14", "R47")
def test_what_was_collected_year_by_year_in_dollars(people, two, on):
    with on("2026-03-31"):
        mine = two[0]
        sale = store(
            a_receivable(
                customer=two[1], amount=Decimal(9_200), currency="EUR", usd_rate=Decimal("0.92"),
                invoiced_on=date(2025, 1, 5),
            )
        )  # fmt: skip
        with writing("cli"):
            for day, amount in ((date(2025, 6, 1), 4_600), (date(2026, 2, 1), 920)):
                sale.paid_lines.append(
                    ReceivablePayment(order_no=0, paid_on=day, amount=Decimal(amount))
                )
        bill = store(a_bill(customer=mine, amount=Decimal(700)))
        with writing("cli"):
            bill.state = "settled"
        step = RecoveryStep(
            order_no=0, action="dunning", done_on=date(2026, 3, 1), recovered=Decimal(300)
        )
        store(a_recovery(customer=mine, action_lines=[step]))
        answer = asked("collections")

    found = {
        (row["name"], row["year"]): (
            row["payments"],
            row["bills"],
            row["collected"],
            row["recovered"],
        )
        for row in answer["rows"]
    }
    assert found == {
        ("海湾", "2026"): ("0.00", "700.00", "700.00", "300.00"),
        ("红河", "2025"): ("5000.00", "0.00", "5000.00", "0.00"),
        ("红河", "2026"): ("1000.00", "0.00", "1000.00", "0.00"),
    }
    assert answer["totals"]["collected"] == "6700"


@pytest.mark.catalogue("AN-16")
def test_dishonour_stops_and_suspensions_of_a_period(people, two, on):
    with on("2026-03-31"):
        store(
            a_dishonour(
                customer=two[0], event="bill_dishonoured", amount=Decimal(30_000), happened_on=date(2026, 3, 30)
            )
        )  # fmt: skip
        store(a_dishonour(customer=two[1], amount=Decimal(5), happened_on=date(2024, 3, 30)))
        rows = {row["event"]: row for row in asked("dishonours")["rows"]}

        assert [row["count"] for row in rows.values()] == [1, 0, 0, 2, 0]
        assert next(iter(rows.values()))["amount"] == "30000.00"
        assert everything_behind_adds_up("dishonours") == 3
        assert (
            sum(r["count"] for r in asked("dishonours", from_="2024-01", to="2024-12")["rows"])
            == 1
        )


@pytest.mark.parametrize("name", ["credit_use", "credit_classes", "collections", "dishonours"])
def test_each_has_a_page_a_sheet_and_a_paper(people, as_, two, name):
    browser = as_(people.bob)

    assert browser.get(f"/measures/{name}").status_code == 200
    assert browser.get(f"/measures/{name}.xlsx").data[:2] == b"PK"
    assert browser.get(f"/measures/{name}.pdf").data[:4] == b"%PDF"
