"""Alerts before and above the limit (R39), and exceptions with an end (R38)."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select

from app.approvals import casework
from app.deadlines import dates
from app.domains.credit import lending_rules, watching
from app.domains.credit.exceptions import limit_of, usual_limit_of
from app.domains.credit.models import (
    CreditException,
    CreditLimit,
    CreditLimitAlert,
    CreditSupplyHold,
    DebtRecovery,
)
from app.extensions import db
from app.notices.models import Notification
from app.records import Refused, clock, void, within, writing
from tests.credit.office import asked, by, cap, decide, refused, store, submit
from tests.factories.credit import a_receivable, an_alert, an_exception


def sell(customer, amount):
    return store(a_receivable(customer=customer, amount=Decimal(amount)))


def cannot_sell(customer, amount=1):
    with pytest.raises(Refused) as no:
        sell(customer, amount)
    return {refusal.field for refusal in no.value.refusals}


def the_alert(customer, kind):
    query = select(CreditLimitAlert).where(
        CreditLimitAlert.customer_id == customer.id, CreditLimitAlert.kind == kind
    )
    return db.session.scalars(query.order_by(CreditLimitAlert.id.desc())).first()


def lower(customer, to):
    """The usual limit is lowered below what he owes: now he is above it."""
    with writing("cli"), within(deciding=True):
        CreditLimit.in_force(customer).limit_amount = Decimal(to)
        db.session.flush()
        watching.look_again(customer)


def report(alert, somebody, text="客户要求继续供货。"):
    with by(somebody):
        alert.opinion_requested = text
    return submit(alert, somebody)


# -- what is an alert --------------------------------------------------------------------------------


@pytest.mark.catalogue("BR-034", "R39")
@pytest.mark.parametrize(
    ("owed", "planned", "kind"),
    [
        ("89999.99", None, None),
        ("90000", None, "near"),
        ("100000", None, "near"),
        ("100000.01", None, "exceeded"),
        ("92000", "8000", "near"),
        ("92000", "8000.01", "may_exceed"),
        ("10000", "90000.01", "may_exceed"),
        ("0", None, None),
    ],
)
def test_the_kind_follows_from_the_figures(owed, planned, kind):
    found = lending_rules.kind_of_alert(
        Decimal(owed), Decimal(100_000), Decimal(90), Decimal(planned) if planned else None
    )

    assert found == kind


@pytest.mark.catalogue("BR-034", "R39")
def test_an_alert_says_what_the_books_say(buyer):
    sell(buyer, 10_000)
    with pytest.raises(Refused) as no:
        store(an_alert(customer=buyer, kind="exceeded", planned_amount=None))
    assert no.value.refusals[0].field == "kind"
    with pytest.raises(Refused):
        store(an_alert(customer=buyer, planned_amount=Decimal(90_000)))

    made = store(an_alert(customer=buyer, planned_amount=Decimal("90000.01")))

    assert (made.exposure, made.limit_amount, made.state) == (10_000, 100_000, "raised")
    with pytest.raises(Refused):
        store(an_alert(customer=buyer, planned_amount=Decimal(99_000)))  # is reported already
    with pytest.raises(Refused), writing("cli"):
        made.kind = "near"
    assert refused(an_alert(customer=buyer, planned_amount=Decimal(-1))) >= {"planned_amount"}


# -- close to it: the superior's opinion -------------------------------------------------------------


@pytest.mark.catalogue("AF-05", "DL-23")
def test_the_representative_reports_and_the_manager_gives_his_opinion(people, gina, buyer):
    sell(buyer, 92_000)
    alert = the_alert(buyer, "near")
    with pytest.raises(Refused) as no:
        submit(alert, people.alice)
    assert no.value.refusals[0].field == "opinion_requested"

    case = report(alert, people.alice)
    assert (case.flow.flow, asked(case), alert.state) == ("AF-05", [people.bob.id], "opinion")
    with pytest.raises(Refused) as no:
        decide(case, people.bob)
    assert no.value.refusals[0].field == "handling_decision"
    decide(
        case,
        people.bob,
        values={"handling_decision": "collect", "handling_opinion": "先收回一半。"},
    )

    assert (case.status, alert.state) == ("approved", "decided")
    recovery = db.session.scalars(select(DebtRecovery)).one()
    assert (recovery.customer, recovery.amount_due) == (buyer, Decimal(92_000))


@pytest.mark.catalogue("AF-05", "AF-06")
def test_only_the_general_manager_lets_a_planned_sale_pass_the_limit(people, gina, buyer):
    sell(buyer, 80_000)
    alert = store(an_alert(customer=buyer, planned_amount=Decimal(30_000)), by_=people.alice)
    case = submit(alert, people.alice)
    values = {
        "handling_decision": "allow", "allowed_up_to": Decimal(110_000), "allowed_until": clock.today(),
    }  # fmt: skip

    decide(case, people.bob, values=values)

    assert asked(case) == [gina.id]
    assert cannot_sell(buyer, 30_000) == {"amount"}
    decide(case, gina)
    sell(buyer, 30_000)
    assert cannot_sell(buyer) == {"amount"}


@pytest.mark.catalogue("DL-23")
def test_an_alert_that_nobody_reports_is_told_to_the_manager(people, buyer, on):
    with on("2026-03-06"):
        sell(buyer, 92_000)
    alert = the_alert(buyer, "near")
    with on("2026-03-10"):
        dates.run()
    told = select(Notification.user_id).where(
        Notification.kind == "due_late", Notification.link.contains(f"/{alert.id}")
    )

    assert {people.alice.id, people.bob.id} <= set(db.session.scalars(told))
    assert alert.responsible_rep == people.alice.employee


# -- above it: the general manager decides -----------------------------------------------------------


@pytest.mark.catalogue("AF-06", "BR-034")
def test_above_the_limit_nothing_is_sold_until_the_general_manager_has_decided(
    people, gina, buyer
):
    sale = sell(buyer, 80_000)
    lower(buyer, 60_000)
    alert = the_alert(buyer, "exceeded")
    assert (alert.state, alert.exposure, alert.limit_amount) == ("raised", 80_000, 60_000)
    assert cannot_sell(buyer) == {"customer_id"}

    with writing("cli"):  # he pays most of it: still the general manager has to decide first
        void(sale, "退货")
    assert cannot_sell(buyer) == {"customer_id"}
    with pytest.raises(Refused), by(people.alice):
        void(alert, "不必再报")

    case = report(alert, people.alice)
    assert (case.flow.flow, asked(case)) == ("AF-06", [people.bob.id])
    decide(case, people.bob, values={"handling_decision": "reduce"})
    assert asked(case) == [gina.id]
    assert cannot_sell(buyer) == {"customer_id"}
    decide(case, gina)

    assert alert.state == "decided"
    sell(buyer, 60_000)
    assert cannot_sell(buyer) == {"amount"}


@pytest.mark.catalogue("AF-06", "BR-034")
def test_what_he_allows_has_a_figure_and_an_end(people, gina, buyer, on):
    with on("2026-03-02"):
        sell(buyer, 80_000)
        lower(buyer, 60_000)
        case = report(the_alert(buyer, "exceeded"), people.alice)
        with pytest.raises(Refused) as no:
            decide(case, people.bob, values={"handling_decision": "allow"})
            decide(case, gina)
        assert {r.field for r in no.value.refusals} == {"allowed_up_to", "allowed_until"}
        more = {"allowed_up_to": Decimal(90_000), "allowed_until": date(2026, 3, 10)}
        decide(case, gina, values=more)

        assert limit_of(buyer.id) == Decimal(90_000)
        sell(buyer, 10_000)
        assert cannot_sell(buyer) == {"amount"}
    with on("2026-03-11"):
        assert limit_of(buyer.id) == Decimal(60_000)
        assert cannot_sell(buyer) == {"amount"}


@pytest.mark.catalogue("AF-06")
def test_what_he_decides_is_carried_out(people, gina, buyer):
    sell(buyer, 80_000)
    lower(buyer, 60_000)
    case = report(the_alert(buyer, "exceeded"), people.alice)
    decide(case, people.bob, values={"handling_decision": "stop_supply"})
    decide(case, gina)

    hold = db.session.scalars(select(CreditSupplyHold)).one()
    assert (hold.state, buyer.state) == ("confirmed", "credit_hold")


@pytest.mark.catalogue("AF-06")
def test_raising_the_limit_asks_for_a_new_one(people, gina, buyer):
    sell(buyer, 80_000)
    lower(buyer, 60_000)
    case = report(the_alert(buyer, "exceeded"), people.alice)
    decide(case, people.bob, values={"handling_decision": "raise_limit"})
    decide(case, gina)

    wanted = db.session.scalars(select(CreditLimit).where(CreditLimit.state == "requested")).one()
    assert (wanted.customer, wanted.limit_amount) == (buyer, Decimal(80_000))
    case = submit(wanted, people.alice)
    decide(case, people.bob)
    assert asked(case) == [gina.id]  # though it followed from her word


# -- exceptions --------------------------------------------------------------------------------------


@pytest.mark.catalogue("BR-035", "R38")
def test_an_exception_has_one_of_five_grounds_and_an_end(people, buyer):
    words = [value for value, _label in an_exception(customer=buyer).specs()["ground"].options()]

    assert words == [
        "growth",
        "bank_dishonour",
        "dishonour_likely",
        "bill_delayed",
        "credit_worse",
    ]
    assert refused(an_exception(customer=buyer, valid_to=None)) == {"valid_to"}
    assert refused(an_exception(customer=buyer, ground="friendship")) >= {"ground"}
    gone = clock.today() - timedelta(days=1)
    assert refused(an_exception(customer=buyer, valid_to=gone)) == {"valid_to"}
    assert refused(an_exception(customer=buyer, valid_from=gone, valid_to=gone)) == {"valid_to"}


@pytest.mark.catalogue("BR-034", "BR-035")
def test_it_is_raised_for_growth_lowered_where_credit_fails_and_never_above_the_cap(people, buyer):
    assert refused(an_exception(customer=buyer, direction="lower")) >= {"direction"}
    assert refused(an_exception(customer=buyer, ground="credit_worse")) >= {"direction"}
    assert refused(an_exception(customer=buyer, new_limit=Decimal(90_000))) == {"new_limit"}
    assert refused(an_exception(customer=buyer, new_limit=Decimal(-1))) == {"new_limit"}
    assert refused(an_exception(customer=buyer, new_limit=Decimal("200000.01"))) == {"new_limit"}
    cap("100000")
    assert refused(an_exception(customer=buyer)) == {"new_limit"}


@pytest.mark.catalogue("AF-07", "R38", "BR-035")
def test_the_manager_lets_trade_grow_by_his_instruction_until_a_day(people, buyer, on):
    with on("2026-03-02"):
        made = store(
            an_exception(customer=buyer, valid_from=date(2026, 3, 2), valid_to=date(2026, 3, 20)),
            by_=people.alice,
        )
        case = submit(made, people.alice)
        assert (case.flow.flow, asked(case)) == ("AF-07", [people.bob.id])
        assert cannot_sell(buyer, 110_000) == {"amount"}
        with pytest.raises(Refused) as no:
            decide(case, people.bob)
        assert no.value.refusals[0].field == "instruction"
        decide(case, people.bob, values={"instruction": "为扩大旺季销量，特批。"})

        assert (made.state, limit_of(buyer.id), usual_limit_of(buyer.id)) == (
            "active", 120_000, 100_000,
        )  # fmt: skip
        sell(buyer, 110_000)
    with on("2026-03-21"):
        assert limit_of(buyer.id) == Decimal(100_000)
        dates.run()
        db.session.refresh(made)

    assert made.state == "ended"
    assert the_alert(buyer, "exceeded").state == "raised"


@pytest.mark.catalogue("AF-08", "R38")
def test_where_credit_fails_the_superior_instructs_and_the_class_counts_no_more(people, buyer):
    sell(buyer, 50_000)
    made = store(
        an_exception(
            customer=buyer, ground="bill_delayed", direction="lower", new_limit=Decimal(30_000)
        ),
        by_=people.alice,
    )
    case = submit(made, people.alice)
    assert case.flow.flow == "AF-08"
    decide(case, people.bob, values={"instruction": "限度降至三万美元。"})

    assert limit_of(buyer.id) == Decimal(30_000)
    alert = the_alert(buyer, "exceeded")
    assert alert.state == "raised"
    assert asked(report(alert, people.alice)) == [
        people.bob.id
    ]  # though it followed from his word


@pytest.mark.catalogue("BR-035")
def test_an_exception_begins_on_its_day_replaces_the_former_and_may_be_ended_early(
    people, buyer, on
):
    def approved(**values):
        made = store(an_exception(customer=buyer, **values), by_=people.alice)
        decide(submit(made, people.alice), people.bob, values={"instruction": "同意。"})
        return made

    with on("2026-03-02"):
        first = approved(valid_from=date(2026, 3, 2), valid_to=date(2026, 3, 30))
        second = approved(
            valid_from=date(2026, 3, 10), valid_to=date(2026, 3, 30), new_limit=Decimal(150_000)
        )
        assert (first.state, second.state) == ("active", "approved")
    with on("2026-03-10"):
        dates.run()
        db.session.expire_all()
        assert (first.state, second.state) == ("ended", "active")
        assert limit_of(buyer.id) == Decimal(150_000)
        with pytest.raises(Refused), by(people.bob):
            void(second, "作废")
        with by(people.bob):
            watching.end_exception(second, "客户已转现款结算")

        assert (second.state, limit_of(buyer.id)) == ("ended", Decimal(100_000))


@pytest.mark.catalogue("BR-035", "AF-07")
def test_no_exception_and_no_allowance_is_in_force_by_hand(people, buyer):
    for forged in (
        an_exception(customer=buyer, state="approved", instruction="同意"),
        an_alert(customer=buyer, state="decided", handling_decision="allow"),
    ):
        with pytest.raises(Refused):
            store(forged)
    made = store(an_exception(customer=buyer), by_=people.alice)
    with pytest.raises(Refused), by(people.alice):
        made.state = "active"
        db.session.flush()
    assert limit_of(buyer.id) == Decimal(100_000)


@pytest.mark.catalogue("AF-05")
def test_a_withdrawn_alert_may_be_reported_again(people, buyer):
    sell(buyer, 92_000)
    alert = the_alert(buyer, "near")
    case = report(alert, people.alice)
    with by(people.alice):
        casework.withdraw(case.id, key="w")
    assert alert.state == "raised"

    assert report(alert, people.alice).status == "running"
    assert isinstance(alert, CreditLimitAlert)
    assert db.session.scalars(select(CreditException)).first() is None
