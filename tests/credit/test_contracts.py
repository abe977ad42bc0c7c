"""Contract reviews (R48) and contracts or orders (R49)."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select

from app.deadlines import dates
from app.domains.credit import emergencies
from app.domains.credit.models import ContractLine, SalesContract
from app.extensions import db
from app.notices.models import Notification
from app.records import Refused, clock, writing
from tests.credit.office import asked, by, decide, refused, store, submit
from tests.factories.credit import (
    a_contract,
    a_creditworthy_customer,
    a_hold,
    a_receivable,
    a_review,
)
from tests.factories.directory import a_customer, a_product


def reviewed(people, departments, customer, verb="approve"):
    sonia, quinn, tom = departments
    made = store(a_review(customer=customer), by_=sonia)
    case = submit(made, sonia)
    assert (case.flow.flow, asked(case)) == ("AF-18", [quinn.id])
    decide(case, quinn, values={"quality_opinion": "检验能力满足要求。"})
    assert asked(case) == [tom.id]
    decide(case, tom, values={"technical_opinion": "技术指标可以达到。"})
    while asked(case) == [people.bob.id] and case.step == "head":
        decide(case, people.bob)
    decide(
        case, people.bob, verb, values={"conclusion": "同意签订。"} if verb == "approve" else None
    )
    return made


def refuses(act):
    with pytest.raises(Refused) as no, writing("cli"):
        act()
        db.session.flush()
    return {refusal.field for refusal in no.value.refusals}


# -- the review --------------------------------------------------------------------------------------


@pytest.mark.catalogue("AF-18", "R48")
def test_the_departments_give_their_opinion_and_the_manager_concludes(people, departments, buyer):
    made = reviewed(people, departments, buyer)

    assert (made.state, made.capable, made.reviewed_on) == ("capable", True, clock.today())
    assert made.quality_opinion == "检验能力满足要求。"
    other = reviewed(people, departments, buyer, "reject")
    assert (other.state, other.capable) == ("not_capable", False)


@pytest.mark.catalogue("R48")
def test_a_review_says_what_the_customer_and_the_law_require(app):
    assert refused(a_review(customer_requirements=None)) == {"customer_requirements"}
    assert refused(a_review(regulatory_requirements="")) == {"regulatory_requirements"}
    assert refused(a_review(contract_or_order=None)) == {"contract_or_order"}


@pytest.mark.catalogue("DL-32")
def test_the_review_is_due_before_the_contract_is_signed(people, departments, buyer, on):
    with on("2026-03-02"):
        made = store(a_review(customer=buyer, needed_by=date(2026, 3, 6)), by_=departments[0])
    with on("2026-03-06"):
        dates.run()
    told = select(Notification.user_id).where(
        Notification.kind == "due_late", Notification.link.contains(f"review/show/{made.id}")
    )

    assert {people.bob.id, departments[0].id} <= set(db.session.scalars(told))


# -- the contract ------------------------------------------------------------------------------------


@pytest.mark.catalogue("BR-083", "DL-32", "R49")
def test_nothing_is_signed_or_confirmed_without_a_review_that_found_us_capable(
    people, departments, buyer
):
    contract = store(a_contract(customer=buyer), by_=people.alice)
    assert refuses(lambda: emergencies.sign_contract(contract)) == {"review_id"}
    open_review = store(a_review(customer=buyer))
    no = reviewed(people, departments, buyer, "reject")
    other = reviewed(people, departments, a_creditworthy_customer())
    for review in (open_review, no, other):

        def sign(review=review):
            contract.review = review
            emergencies.sign_contract(contract)

        assert refuses(sign) == {"review_id"}
    assert refuses(lambda: db.session.add(a_contract(state="signed"))) >= {"review_id"}

    capable = reviewed(people, departments, buyer)
    with by(people.alice):
        contract.review = capable
    with by(people.alice):
        emergencies.sign_contract(contract)

    assert (contract.state, contract.signed_on) == ("signed", clock.today())
    assert contract.number


@pytest.mark.catalogue("BR-034", "R49")
def test_what_is_sold_on_credit_must_fit_into_the_limit_when_it_is_signed(
    people, departments, buyer
):
    store(a_receivable(customer=buyer, amount=Decimal(90_000)))
    review = reviewed(people, departments, buyer)
    contract = store(
        a_contract(customer=buyer, review=review, credit_amount=Decimal("10000.01")),
        by_=people.alice,
    )
    assert refuses(lambda: emergencies.sign_contract(contract)) == {"credit_amount"}
    with by(people.alice):
        contract.credit_amount = Decimal(10_000)
    with by(people.alice):
        emergencies.sign_contract(contract)

    assert contract.state == "signed"


@pytest.mark.catalogue("BR-037", "BR-023")
def test_with_whom_nothing_is_traded_nothing_is_signed_and_a_stop_leaves_cash(
    people, departments, buyer
):
    store(a_hold(customer=buyer))
    review = reviewed(people, departments, buyer)
    contract = store(a_contract(customer=buyer, review=review, credit_amount=Decimal(1)))
    assert refuses(lambda: emergencies.sign_contract(contract)) == {"customer_id"}
    with writing("cli"):
        contract.credit_amount = Decimal(0)
    with writing("cli"):
        emergencies.sign_contract(contract)
    assert contract.state == "signed"

    prospect = store(a_customer())
    theirs = store(a_contract(customer=prospect, review=reviewed(people, departments, prospect)))
    assert refuses(lambda: emergencies.sign_contract(theirs)) == {"customer_id"}


@pytest.mark.catalogue("R49")
def test_the_figures_of_a_contract_fit(people, buyer):
    def line(quantity, price):
        return ContractLine(
            order_no=0, product=a_product(), quantity=Decimal(quantity), price=Decimal(price)
        )

    tomorrow = clock.today() + timedelta(days=1)
    assert refused(a_contract(customer=buyer, product_lines=[line(100, 200)])) == set()
    assert refused(a_contract(customer=buyer, product_lines=[line(100, 199)])) == {"amount"}
    assert refused(a_contract(customer=buyer, product_lines=[line(0, 1)])) >= {"products"}
    assert refused(a_contract(customer=buyer, credit_amount=Decimal(20_001))) == {"credit_amount"}
    assert refused(a_contract(customer=buyer, credit_amount=Decimal(-1))) == {"credit_amount"}
    assert refused(a_contract(customer=buyer, signed_on=tomorrow)) == {"signed_on"}
    assert refused(a_contract(customer=buyer, currency="EUR")) == {"usd_rate"}
    assert refused(a_contract(customer=buyer, kind="promise")) == {"kind"}
    assert isinstance(a_contract(customer=buyer), SalesContract)
