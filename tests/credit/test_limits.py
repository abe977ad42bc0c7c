"""Classes (R34), limits (R35) and additional conditions (R40)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from flask_babel import force_locale

from app.domains.credit import operations, rules
from app.domains.credit.models import CreditClassification
from app.extensions import db
from app.records import Refused, writing
from tests.credit.office import asked, by, cap, decide, refused, store, submit
from tests.factories.credit import (
    a_classification,
    a_condition,
    a_limit,
    a_report,
    a_trade_card,
)
from tests.factories.directory import a_customer

LARGE = {"large_scale": True, "good_reputation": True, "stable": True, "employee_count": 250}


# -- the class ---------------------------------------------------------------------------------------


@pytest.mark.catalogue("BR-031", "R34")
@pytest.mark.parametrize(
    ("facts", "suggested"),
    [
        (LARGE | {"claims_balance": Decimal(150_000)}, "jia"),
        (LARGE | {"claims_balance": Decimal(150_000), "stable": False}, "bing"),
        (LARGE | {"is_intermediate_wholesaler": True}, "bing"),
        (LARGE | {"past_dishonesty": True}, "bing"),
        (LARGE | {"large_trade_volume": True}, "jia"),
        ({}, "yi"),
        ({"employee_count": 99}, "bing"),
        ({"employee_count": 100}, "yi"),
        ({"large_trade_volume": True}, "bing"),
        ({"newly_established": True}, "bing"),
    ],
)
def test_the_class_follows_from_the_criteria(app, facts, suggested):
    assert a_classification(**facts).suggested_class == suggested


@pytest.mark.catalogue("BR-031", "R34")
@pytest.mark.parametrize(
    ("facts", "words"),
    [
        (LARGE, "经营业务稳定"),
        (LARGE | {"past_dishonesty": True}, "不守信用"),
        (LARGE | {"is_intermediate_wholesaler": True}, "中间批发商"),
        ({"claims_balance": Decimal(100_000)}, "100,000"),
        ({"large_trade_volume": True}, "交易量较大"),
        ({"employee_count": 99}, "不足 100 人"),
        ({"newly_established": True}, "新成立"),
        ({}, "一般"),
    ],
)
def test_the_reason_is_shown_beside_the_suggested_class(app, facts, words):
    with app.test_request_context(), force_locale("zh"):
        assert words in a_classification(**facts).suggested_because


@pytest.mark.catalogue("BR-032")
def test_a_hundred_thousand_dollars_are_among_those_above(app):
    def suggested(claims):
        return a_classification(claims_balance=Decimal(claims)).suggested_class

    assert suggested("100000.00") == "bing"
    assert suggested("99999.99") == "yi"


@pytest.mark.catalogue("BR-033")
def test_another_class_than_suggested_says_why(app):
    assert refused(a_classification(credit_class="yi")) == set()
    assert refused(a_classification(credit_class="jia")) == {"override_reason"}
    assert refused(a_classification(credit_class="jia", override_reason=" ")) == {
        "override_reason"
    }
    assert refused(a_classification(credit_class="jia", override_reason="母公司担保")) == set()
    dishonest = a_classification(**LARGE, past_dishonesty=True, credit_class="jia")
    assert refused(dishonest) == {"override_reason"}


@pytest.mark.catalogue("R34")
def test_a_given_share_of_our_sales_says_whether_trade_is_large(app):
    def wrong(share, large):
        chosen = "bing" if large else "yi"
        return refused(
            a_classification(
                trade_share=Decimal(share), large_trade_volume=large, credit_class=chosen
            )
        )

    assert wrong("1.99", False) == wrong("2", True) == set()
    assert wrong("1.99", True) == wrong("2", False) == {"large_trade_volume"}
    assert wrong("101", True) == {"trade_share"}


@pytest.mark.catalogue("AF-04", "R34")
def test_the_manager_decides_the_class_and_the_former_one_steps_back(people, customer):
    first = store(a_classification(customer=customer), by_=people.alice)
    later = store(
        a_classification(customer=customer, employee_count=80, credit_class="bing"),
        by_=people.alice,
    )
    case = submit(later, people.alice)
    assert asked(case) == [people.bob.id]
    decide(case, people.bob)
    assert (later.state, customer.credit_class) == ("active", "bing")

    decide(submit(first, people.alice), people.bob)

    assert (first.state, later.state, customer.credit_class) == ("active", "replaced", "yi")


@pytest.mark.catalogue("AF-04")
def test_no_class_and_no_limit_is_in_force_by_hand(people, customer):
    for forged in (
        a_classification(customer=customer, state="active"),
        a_limit(customer=customer, state="active"),
        a_limit(customer=customer, state="approved"),
    ):
        with pytest.raises(Refused):
            store(forged)
    proposed = store(a_classification(customer=customer))
    with pytest.raises(Refused), by(people.bob):
        proposed.state = "approved"
        db.session.flush()


@pytest.mark.catalogue("R34")
def test_the_file_of_the_customer_says_his_class_in_words(people, customer, as_):
    decide(
        submit(store(a_classification(customer=customer), by_=people.alice), people.alice),
        people.bob,
    )

    assert "乙类" in as_(people.bob).get(f"/customer/show/{customer.id}").text


# -- the limit ---------------------------------------------------------------------------------------


@pytest.mark.catalogue("BR-030", "R35")
def test_exposure_is_unpaid_sales_and_open_bills_together(app):
    limit = a_limit(
        limit_amount=Decimal(100_000),
        receivable_total=Decimal(62_000),
        unsettled_bill_total=Decimal(30_000),
    )

    assert rules.exposure(Decimal(62_000), Decimal(30_000)) == Decimal(92_000)
    assert (limit.exposure, limit.usage_pct) == (Decimal(92_000), Decimal("92.00"))
    assert a_limit(limit_amount=Decimal(0)).usage_pct is None
    assert a_limit().exposure == 0


@pytest.mark.catalogue("AF-04", "R35")
def test_a_first_limit_is_signed_by_the_manager_and_head_office(people, hugo, trading, on):
    cap("100000")
    with on("2026-03-02"):
        limit = store(a_limit(customer=trading), by_=people.alice)
        case = submit(limit, people.alice)
        assert asked(case) == [people.bob.id]
        decide(case, people.bob)
        assert (asked(case), limit.state) == ([hugo.id], "submitted")
        decide(case, hugo)

    assert (limit.state, limit.valid_from) == ("active", date(2026, 3, 2))
    assert trading.credit_limit == Decimal(50_000)


def in_force(people, hugo, customer, **values):
    limit = store(a_limit(customer=customer, **values), by_=people.alice)
    case = submit(limit, people.alice)
    decide(case, people.bob)
    decide(case, hugo)
    return limit


@pytest.mark.catalogue("AF-04", "R35")
def test_a_later_change_is_signed_by_the_manager_and_the_general_manager(
    people, hugo, gina, trading
):
    cap("100000")
    former = in_force(people, hugo, trading)
    change = store(a_limit(customer=trading, limit_amount=Decimal(80_000)), by_=people.alice)

    case = submit(change, people.alice)
    decide(case, people.bob)
    assert asked(case) == [gina.id]
    assert trading.credit_limit == Decimal(50_000)
    decide(case, gina)

    assert (former.state, change.state) == ("replaced", "active")
    assert trading.credit_limit == Decimal(80_000)


@pytest.mark.catalogue("AF-04", "R35")
def test_no_limit_is_above_the_companys_and_none_is_asked_for_before_that_is_set(people, trading):
    limit = store(a_limit(customer=trading), by_=people.alice)
    with pytest.raises(Refused) as no:
        submit(limit, people.alice)
    assert no.value.refusals[0].field == "limit_amount"

    cap("50000")
    assert refused(a_limit(limit_amount=Decimal("50000.01"))) == {"limit_amount"}
    assert submit(limit, people.alice).status == "running"


@pytest.mark.catalogue("AF-04")
def test_a_cap_that_was_lowered_meanwhile_stops_the_limit_at_its_last_signature(
    people, hugo, trading
):
    cap("50000")
    limit = store(a_limit(customer=trading), by_=people.alice)
    case = submit(limit, people.alice)
    decide(case, people.bob)
    cap("49000")

    with pytest.raises(Refused):
        decide(case, hugo)
    db.session.refresh(limit)

    assert (limit.state, trading.credit_limit) == ("submitted", None)


@pytest.mark.catalogue("BR-023", "R35")
def test_who_does_not_trade_yet_gets_no_credit(people, customer):
    cap("100000")
    limit = store(a_limit(customer=customer), by_=people.alice)

    with pytest.raises(Refused) as no:
        submit(limit, people.alice)

    assert no.value.refusals[0].field == "customer_id"
    for state in ("submitted", "approved"):
        assert "customer_id" in refused(a_limit(customer=customer, state=state))


def the_clock() -> int:
    with writing("job"):
        return operations.keep_limits()


@pytest.mark.catalogue("R35")
def test_a_limit_begins_and_ends_on_its_days(people, hugo, trading, on):
    cap("100000")
    with on("2026-03-02"):
        limit = in_force(
            people, hugo, trading, valid_from=date(2026, 3, 10), valid_to=date(2026, 6, 30)
        )
        the_clock()
        assert (limit.state, trading.credit_limit) == ("approved", None)
    with on("2026-03-10"):
        assert the_clock() == 1
        assert the_clock() == 0
        assert (limit.state, trading.credit_limit) == ("active", Decimal(50_000))
    with on("2026-06-30"):
        assert the_clock() == 0
    with on("2026-07-01"):
        assert the_clock() == 1

    assert (limit.state, trading.credit_limit) == ("expired", None)
    turned = a_limit(valid_from=date(2026, 3, 2), valid_to=date(2026, 3, 1))
    assert refused(turned) == {"valid_to"}


@pytest.mark.catalogue("R35")
def test_a_limit_keeps_the_class_it_was_asked_for_with_and_its_own_customers_basis(
    people, trading
):
    mine = store(a_classification(customer=trading), by_=people.alice)
    decide(submit(mine, people.alice), people.bob)

    limit = store(a_limit(customer=trading, classification=mine), by_=people.alice)

    assert limit.credit_class == "yi"
    stranger = store(a_customer())
    assert refused(a_limit(customer=stranger, classification=mine)) == {"classification_id"}
    card = store(a_trade_card(customer=trading), by_=people.alice)
    assert refused(a_limit(customer=stranger, trade_card=card)) == {"trade_card_id"}


# -- conditions --------------------------------------------------------------------------------------


@pytest.fixture
def reported(people, customer):
    """alice's report on her customer, handed in."""
    made = store(a_report(customer=customer, reported_to=people.bob.employee), by_=people.alice)
    submit(made, people.alice)
    return made


def set_condition(people, customer, report, **values):
    made = store(a_condition(customer=customer, basis_report=report, **values), by_=people.alice)
    decide(submit(made, people.alice), people.bob)
    return made


@pytest.mark.catalogue("BR-025", "R40")
def test_conditions_are_of_the_four_kinds_and_stand_on_a_report(app):
    words = [value for value, _label in a_condition().specs()["conditions"].options()]

    assert words == ["contract", "personal", "joint", "mortgage"]
    assert refused(a_condition(conditions=("deposit",))) == {"conditions"}
    assert refused(a_condition(conditions=())) == {"conditions"}
    without = a_condition()
    without.basis_report = None
    assert refused(without) == {"basis_report_id"}
    other = store(a_report())
    assert refused(a_condition(basis_report=other)) == {"basis_report_id"}


@pytest.mark.catalogue("AF-03", "BR-025")
def test_the_manager_sets_conditions_by_a_report_that_was_handed_in(people, customer, reported):
    draft = store(a_report(customer=customer), by_=people.alice)
    made = store(a_condition(customer=customer, basis_report=draft), by_=people.alice)
    with pytest.raises(Refused) as no:
        submit(made, people.alice)
    assert no.value.refusals[0].field == "basis_report_id"
    with by(people.alice):
        made.basis_report = reported

    case = submit(made, people.alice)
    assert (case.flow.flow, asked(case)) == ("AF-03", [people.bob.id])
    decide(case, people.bob)

    assert made.state == "set"


@pytest.mark.catalogue("R40")
def test_a_condition_is_fulfilled_or_waived_with_a_reason(people, customer, reported, as_, on):
    with on("2026-03-02"):
        one = set_condition(people, customer, reported, due_on=date(2026, 3, 10))
        two = set_condition(people, customer, reported)
    with on("2026-03-11"):
        overdue = as_(people.bob).get("/additional_condition/list/?view=overdue").text
        assert one.number in overdue
        assert two.number not in overdue
        browser, action = as_(people.bob), "/additional_condition/action"
        browser.post(f"{action}/fulfil/{one.id}")
        browser.post(f"{action}/waive/{two.id}", data={"reason": " "})
        db.session.refresh(two)
        assert two.state == "set"
        browser.post(f"{action}/waive/{two.id}", data={"reason": "已提供母公司担保"})

    for record in (one, two):
        db.session.refresh(record)
    assert (one.state, one.fulfilled_on) == ("fulfilled", date(2026, 3, 11))
    assert refused(a_condition(fulfilled_on=date(2999, 1, 1))) == {"fulfilled_on"}
    assert (two.state, "母公司担保" in two.remark) == ("waived", True)


@pytest.mark.catalogue("AF-03", "BR-023")
def test_trade_and_credit_wait_for_a_condition_that_holds_them_up(
    people, hugo, investigated, reported
):
    cap("100000")
    condition = set_condition(people, investigated, reported, holds_up_trade=True)
    card = store(a_trade_card(customer=investigated), by_=people.alice)
    with by(people.alice):
        operations.complete_card(card)
    case = submit(card, people.alice)
    decide(case, people.bob)
    decide(case, hugo)
    assert (card.state, investigated.state) == ("hq_approved", "card_pending")
    assert investigated.credit_limit is None

    with by(people.bob):
        operations.fulfil(condition)

    assert investigated.state == "trading"
    assert investigated.credit_limit == Decimal(60_000)


@pytest.mark.catalogue("R34")
def test_classes_other_than_suggested_have_a_view_of_their_own(people, customer, as_):
    made = store(
        a_classification(customer=customer, credit_class="jia", override_reason="母公司担保"),
        by_=people.alice,
    )
    decide(submit(made, people.alice), people.bob)
    plain = store(a_classification(), by_=people.alice)
    decide(submit(plain, people.alice), people.bob)

    page = as_(people.bob).get("/credit_classification/list/?view=overridden").text

    assert made.number in page
    assert db.session.get(CreditClassification, plain.id).number not in page
