"""No sale to whom the trade card is not approved; what was sold before the file was opened is history."""

from __future__ import annotations

from datetime import date

import pytest

from app.domains.directory import operations
from app.domains.sales.models import SalesFact
from app.extensions import db
from app.records import Refused, check, writing
from tests.exchange.sheets import faults, load
from tests.factories.sales import a_sales_fact
from tests.people import hire
from tests.sales.shop import a_customer, a_product


@pytest.fixture
def goods(people, on):
    """A customer whose file was opened in March, and a product."""
    with on("2026-03-10"), writing("cli"):
        return a_customer("迪拜海湾五金"), a_product("插座")


@pytest.fixture
def clerk(people):
    """Finance enters sales."""
    with writing("cli"):
        return hire("fiona", "严慧", people.office, people.alice.employee.post, "finance")


def refused(customer, product, month):
    fact = a_sales_fact(
        customer=customer, product=product, product_id=product.id, customer_id=customer.id,
        month=date.fromisoformat(month),
    )  # fmt: skip
    with db.session.no_autoflush:
        return {refusal.field for refusal in check(fact)}


@pytest.mark.catalogue("BR-023")
@pytest.mark.parametrize("state", ["prospect", "card_pending"])
def test_nothing_is_sold_to_whom_the_card_is_not_approved(goods, on, state):
    customer, product = goods
    with writing("cli"):
        customer.state = state

    with on("2026-04-20"):
        assert refused(customer, product, "2026-03-01") == {"customer_id"}
        assert refused(customer, product, "2026-04-01") == {"customer_id"}


@pytest.mark.catalogue("BR-023")
def test_what_was_sold_before_the_file_was_opened_is_history(goods, on):
    with on("2026-04-20"):
        assert refused(*goods, "2026-02-01") == set()


@pytest.mark.catalogue("BR-023")
def test_who_was_taken_over_buys_on(goods, on):
    customer, product = goods
    with on("2026-04-20"):
        with writing("cli"):
            operations.take_over(customer, "2019年起供货")

        assert refused(customer, product, "2026-04-01") == set()


@pytest.mark.catalogue("BR-023")
def test_neither_page_nor_rest_nor_sheet_sells_before(goods, clerk, as_, client, token, on):
    customer, product = goods
    values = {"customer_id": customer.id, "product_id": product.id, "month": "2026-04-01", "sales_amount": "100"}  # fmt: skip
    with on("2026-04-20"):
        page = as_(clerk).post("/sales_fact/add", data=values)
        rest = client.post("/api/v1/sales_fact/", json=values, headers=token(clerk))
        run = load(
            [
                ["customer", "product", "month", "sales_amount"],
                [customer.number, product.number, "2026-04-01", 100],
                [customer.number, product.number, "2026-02-01", 90],
            ],
            "sales_fact",
        )
        with pytest.raises(Refused), writing("cli"):
            db.session.add(SalesFact(**values | {"month": date(2026, 4, 1), "sales_amount": 100}))

    assert (page.status_code, rest.status_code) == (422, 422)
    assert "customer_id" in rest.json["message"]
    assert [row for row, _column, _why in faults(run)] == [2]
    assert [fact.month for fact in db.session.scalars(SalesFact.rows())] == [date(2026, 2, 1)]


@pytest.mark.catalogue("BR-023")
def test_in_one_click_what_changed_about_the_customer_counts(goods, on):
    customer, product = goods
    pk, values = customer.id, {"product_id": product.id, "month": date(2026, 4, 1), "sales_amount": 1}  # fmt: skip
    with on("2026-04-20"), writing("cli"):
        db.session.expunge_all()
        first = SalesFact(customer_id=pk, **values | {"month": date(2026, 1, 1)})
        db.session.add(first)
        db.session.flush()
        operations.take_over(db.session.get(type(customer), pk), "2019年起供货")
        db.session.add(SalesFact(customer_id=pk, **values))
        db.session.flush()
