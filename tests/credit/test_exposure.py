"""What is owed (R36, R37), and that nobody sells on credit above the limit, by whichever door."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select

from app.domains.credit import lending_rules, operations
from app.domains.credit.exceptions import limit_of
from app.domains.credit.ledger import owed_by, standing_of
from app.domains.credit.models import CreditLimit, CreditLimitAlert, Receivable, ReceivablePayment
from app.exchange import runs
from app.exchange.models import ImportFault, ImportRun
from app.extensions import db
from app.records import Refused, clock, void, within, writing
from tests import people as persons
from tests.credit.office import store
from tests.exchange.sheets import load
from tests.factories.credit import a_bill, a_creditworthy_customer, a_receivable
from tests.factories.directory import a_customer


def sell(customer, amount, **values):
    return store(a_receivable(customer=customer, amount=Decimal(amount), **values))


def take_bill(customer, amount, **values):
    return store(a_bill(customer=customer, amount=Decimal(amount), **values))


def exposure(customer):
    db.session.expire_all()
    return standing_of(customer).after


def alerts(customer):
    query = select(CreditLimitAlert).where(CreditLimitAlert.customer_id == customer.id)
    return {(one.kind, one.state) for one in db.session.scalars(query)}


def refuses(act):
    with pytest.raises(Refused) as no, writing("cli"):
        act()
        db.session.flush()
    return {refusal.field for refusal in no.value.refusals}


# -- what counts -------------------------------------------------------------------------------------


@pytest.mark.catalogue("BR-030", "R36", "R37")
def test_unpaid_sales_and_open_bills_count_together_and_are_always_current(buyer):
    sale = sell(buyer, 62_000)
    bill = take_bill(buyer, 30_000)
    limit = CreditLimit.in_force(buyer)
    assert exposure(buyer) == Decimal(92_000)
    assert (limit.exposure, limit.usage_pct) == (Decimal(92_000), Decimal("92.00"))

    with writing("cli"):
        sale.paid_lines.append(
            ReceivablePayment(order_no=0, paid_on=clock.today(), amount=Decimal(12_000))
        )
    assert (sale.balance, sale.state, exposure(buyer)) == (50_000, "open", Decimal(80_000))

    with writing("cli"):
        bill.state = "settled"
    assert (exposure(buyer), bill.settled_on) == (Decimal(50_000), clock.today())
    with writing("cli"):
        void(sale, "重复录入")
    assert exposure(buyer) == 0
    assert limit.exposure == 0


@pytest.mark.catalogue("R36")
def test_a_payment_that_is_corrected_or_taken_out_counts_at_once(buyer):
    sale = sell(buyer, 10_000)
    with writing("cli"):
        sale.paid_lines.append(
            ReceivablePayment(order_no=0, paid_on=clock.today(), amount=Decimal(10_000))
        )
    assert (sale.state, exposure(buyer)) == ("paid", 0)

    with writing("cli"):
        sale.paid_lines[0].amount = Decimal(4_000)
    assert (sale.state, exposure(buyer)) == ("open", Decimal(6_000))
    with writing("cli"):
        sale.paid_lines = []
    assert exposure(buyer) == Decimal(10_000)


@pytest.mark.catalogue("R36")
def test_no_more_is_paid_than_was_sold_and_not_before_it_happens(buyer):
    sale = sell(buyer, 10_000)

    def pay(amount, day):
        line = ReceivablePayment(order_no=0, paid_on=day, amount=Decimal(amount))
        sale.paid_lines.append(line)

    assert refuses(lambda: pay(10_001, clock.today())) == {"payments"}
    assert refuses(lambda: pay(10, clock.today() + timedelta(days=1))) == {"payments"}
    assert refuses(lambda: pay(-10, clock.today())) == {"payments"}
    assert refuses(lambda: setattr(sale, "amount", Decimal(0))) >= {"amount"}


@pytest.mark.catalogue("R37")
def test_a_bill_that_pays_a_sale_counts_in_its_place(buyer):
    sale = sell(buyer, 90_000)

    bill = take_bill(buyer, 40_000, receivable=sale)

    assert (sale.bill_amount, sale.balance) == (40_000, 50_000)
    assert exposure(buyer) == Decimal(90_000)
    with writing("cli"):
        void(bill, "录入错误")
    db.session.refresh(sale)
    assert (sale.balance, exposure(buyer)) == (90_000, Decimal(90_000))
    other = a_receivable()
    assert refuses(lambda: db.session.add(a_bill(customer=buyer, receivable=other))) >= {
        "receivable_id"
    }


@pytest.mark.catalogue("R37")
def test_a_dishonoured_bill_goes_on_counting(buyer):
    bill = take_bill(buyer, 5_000)
    for state in ("doubtful", "dishonoured", "deferred"):
        with writing("cli"):
            bill.state = state
        assert exposure(buyer) == Decimal(5_000)


# -- the limit ---------------------------------------------------------------------------------------


@pytest.mark.catalogue("BR-034", "R36")
def test_up_to_the_limit_is_sold_and_not_a_cent_above(buyer):
    sell(buyer, 62_000)
    take_bill(buyer, 30_000)

    assert refuses(
        lambda: db.session.add(a_receivable(customer=buyer, amount=Decimal("8000.01")))
    ) == {"amount"}
    sell(buyer, 8_000)
    assert exposure(buyer) == Decimal(100_000)


@pytest.mark.catalogue("BR-034", "R36")
def test_a_document_that_is_edited_moved_reopened_or_restored_is_asked_like_a_new_one(buyer):
    other = a_creditworthy_customer(limit=50_000)
    sale, second = sell(buyer, 60_000), sell(buyer, 30_000)
    with writing("cli"):
        second.paid_lines.append(
            ReceivablePayment(order_no=0, paid_on=clock.today(), amount=Decimal(30_000))
        )
    third = sell(buyer, 35_000)

    assert refuses(lambda: setattr(sale, "amount", Decimal(65_001))) == {"amount"}
    assert refuses(lambda: setattr(sale, "customer", other)) == {"amount"}
    assert refuses(lambda: setattr(sale, "customer_id", other.id)) == {"amount"}
    assert refuses(lambda: setattr(second, "paid_lines", [])) == {"amount"}
    with writing("cli"):
        void(third, "退货")
    fourth = sell(buyer, 40_000)
    assert refuses(lambda: setattr(third, "voided_at", None)) == {"amount"}
    with writing("cli"):
        sale.customer = a_creditworthy_customer(limit=60_000)
    assert exposure(buyer) == fourth.amount


@pytest.mark.catalogue("BR-034", "R37")
def test_a_bill_counts_like_a_sale_also_when_it_turns_out_not_to_be_settled(buyer):
    bill = take_bill(buyer, 60_000)
    with writing("cli"):
        bill.state = "settled"
    sell(buyer, 60_000)

    assert refuses(lambda: db.session.add(a_bill(customer=buyer, amount=Decimal(40_001)))) == {
        "amount"
    }
    assert refuses(lambda: setattr(bill, "state", "unsettled")) == {"amount"}


@pytest.mark.catalogue("BR-034", "R36")
def test_another_currency_counts_at_its_rate_and_says_which(buyer):
    assert refuses(lambda: db.session.add(a_receivable(customer=buyer, currency="EUR"))) == {
        "usd_rate"
    }
    assert refuses(lambda: db.session.add(a_receivable(customer=buyer, usd_rate=Decimal(2)))) == {
        "usd_rate"
    }
    euros = {"currency": "EUR", "usd_rate": Decimal("0.92")}
    assert lending_rules.in_dollars(Decimal(92_000), Decimal("0.92")) == Decimal(100_000)
    assert refuses(
        lambda: db.session.add(a_receivable(customer=buyer, amount=Decimal("92000.01"), **euros))
    ) == {"amount"}

    sale = sell(buyer, 92_000, **euros)

    assert (sale.outstanding_usd, exposure(buyer)) == (Decimal(100_000), Decimal(100_000))
    assert refuses(lambda: setattr(sale, "usd_rate", Decimal("0.91"))) == {"amount"}


@pytest.mark.catalogue("BR-034", "R36")
def test_several_in_one_click_are_counted_together(buyer):
    def three():
        db.session.add_all(a_receivable(customer=buyer, amount=Decimal(40_000)) for _n in range(3))

    assert refuses(three) == {"amount"}
    assert exposure(buyer) == 0


@pytest.mark.catalogue("BR-023", "BR-034")
def test_who_has_no_limit_or_does_not_trade_gets_nothing_on_credit(people, trading, customer):
    assert refuses(lambda: db.session.add(a_receivable(customer=trading))) == {"customer_id"}
    assert refuses(lambda: db.session.add(a_receivable(customer=a_customer()))) == {"customer_id"}


@pytest.mark.catalogue("BR-034")
def test_when_the_limit_has_expired_nothing_more_is_sold(buyer, on):
    with writing("cli"), within(deciding=True):
        CreditLimit.in_force(buyer).valid_to = clock.today()
        db.session.flush()
    with on(str(clock.today() + timedelta(days=1))):
        assert limit_of(buyer.id) is None
        assert refuses(lambda: db.session.add(a_receivable(customer=buyer))) == {"customer_id"}
        with writing("job"):
            operations.keep_limits()
        assert CreditLimit.in_force(buyer) is None


@pytest.mark.catalogue("BR-034", "R36")
def test_the_form_and_rest_obey_the_same_limit(people, client, token, as_, buyer):
    with writing("cli"):
        clerk = persons.hire("fiona", "钱会计", people.office, people.bob.employee.post, "finance")
    wanted = {
        "customer_id": str(buyer.id), "invoiced_on": str(clock.today()), "amount": "100000.01", "currency": "USD",
    }  # fmt: skip

    page = as_(clerk).post("/receivable/add", data=wanted).text
    answer = client.post(
        "/api/v1/receivable/", json={**wanted, "customer_id": buyer.id}, headers=token(clerk)
    )

    assert "100,000.00" in page
    assert (answer.status_code, list(answer.json["message"])) == (422, ["amount"])
    assert exposure(buyer) == 0
    assert (
        as_(clerk).post("/receivable/add", data=wanted | {"amount": "100000"}).status_code == 302
    )
    assert exposure(buyer) == Decimal(100_000)


@pytest.mark.catalogue("R36")
def test_overdue_sales_have_a_view_of_their_own(people, as_, buyer):
    late = sell(buyer, 100, invoiced_on=date(2026, 1, 5), due_on=date(2026, 2, 5))
    early = sell(buyer, 100, due_on=clock.today() + timedelta(days=5))

    page = as_(people.bob).get("/receivable/list/?view=overdue").text

    assert late.number in page
    assert early.number not in page
    assert isinstance(late, Receivable)


# -- the alerts --------------------------------------------------------------------------------------


@pytest.mark.catalogue("BR-034", "DL-23")
def test_the_alert_is_there_when_the_mark_is_passed_and_once(buyer, on):
    with on("2026-03-06"):
        sell(buyer, 89_999)
        assert alerts(buyer) == set()
        sell(buyer, 1)
        sell(buyer, 1_000)

    assert alerts(buyer) == {("near", "raised")}
    made = db.session.scalars(select(CreditLimitAlert)).one()
    assert (made.exposure, made.limit_amount) == (Decimal(90_000), Decimal(100_000))
    assert made.report_by == date(2026, 3, 9)  # the working day after, DL-23


@pytest.mark.catalogue("BR-034")
def test_the_mark_is_a_setting(buyer):
    from app.records import settings

    with writing("cli"):
        settings.put("credit_warn_pct", "50")
    sell(buyer, 50_000)

    assert alerts(buyer) == {("near", "raised")}


@pytest.mark.catalogue("R39")
def test_what_is_no_longer_so_need_not_be_reported(buyer):
    sale = sell(buyer, 95_000)
    with writing("cli"):
        sale.paid_lines.append(
            ReceivablePayment(order_no=0, paid_on=clock.today(), amount=Decimal(50_000))
        )

    assert alerts(buyer) == {("near", "lapsed")}
    assert sum(owed_by(buyer)) == Decimal(45_000)


# -- sheets ------------------------------------------------------------------------------------------


def bring(buyer, *amounts, **more):
    head = ["customer", "invoice_no", "invoiced_on", "amount", "currency", "usd_rate"]
    rows = [
        [buyer.number, f"FP{n}", str(clock.today()), amount, *more.get("currency", ("USD", ""))]
        for n, amount in enumerate(amounts)
    ]
    return load([head, *rows], "receivable", mode=more.get("mode", "good"))


@pytest.mark.catalogue("BR-034", "R36")
def test_a_sheet_brings_no_more_than_the_limit_whatever_its_rows_add_up_to(buyer):
    bring(buyer, "100000.01")
    assert exposure(buyer) == 0
    run = bring(buyer, "40000", "40000", "40000")
    assert (run.counts["new"], exposure(buyer)) == (2, Decimal(80_000))
    fault = db.session.scalars(select(ImportFault).where(ImportFault.run_id == run.id)).one()
    assert (fault.row, fault.column) == (4, "amount")
    before = exposure(buyer)
    bring(buyer, "92001", currency=("EUR", "0.92"))
    assert exposure(buyer) == before


@pytest.mark.catalogue("R36")
def test_rows_of_a_sheet_that_fit_are_counted_and_undone_again(buyer):
    run = bring(buyer, "40000", "50000", mode="all")
    assert exposure(buyer) == Decimal(90_000)
    assert alerts(buyer) == {("near", "raised")}

    with writing("cli"):
        db.session.get(ImportRun, run.id).undo_reason = "表错了"
        runs.undo_run(run.id)

    assert exposure(buyer) == 0
    assert CreditLimit.in_force(buyer).exposure == 0
