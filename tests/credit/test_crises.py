"""When a customer does not pay: R41 to R47, and that without instruction nothing but the stop is done."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select

from app.deadlines import dates
from app.domains.credit import emergencies
from app.domains.credit.models import (
    CreditCountermeasure,
    CreditSupplyHold,
    DebtRecovery,
    RecoveryStep,
    RiskCustomerReport,
    TradeSuspension,
)
from app.extensions import db
from app.notices.models import Notification
from app.records import Refused, clock, void, writing
from tests.credit.office import asked, by, decide, refused, store, submit
from tests.factories.credit import (
    a_bill,
    a_countermeasure,
    a_creditworthy_customer,
    a_dishonour,
    a_guarantee,
    a_hold,
    a_receivable,
    a_recovery,
    a_report,
    a_risk_report,
    a_suspension,
    an_instructed_risk_report,
    an_urgent_report,
)
from tests.factories.directory import a_customer


def refuses(act, somebody=None):
    with pytest.raises(Refused) as no, by(somebody) if somebody else writing("cli"):
        act()
        db.session.flush()
    return {refusal.field for refusal in no.value.refusals}


def set_to(record, **values):
    def act():
        for name, value in values.items():
            setattr(record, name, value)

    return act


# -- the emergency stop ------------------------------------------------------------------------------


@pytest.mark.catalogue("BR-037", "AF-11", "R45")
def test_who_sees_a_danger_stops_the_supply_alone_and_at_once(people, buyer, on):
    with on("2026-03-06"):
        hold = store(a_hold(customer=buyer), by_=people.alice)

    assert (hold.state, hold.held_by, buyer.state) == (
        "held",
        people.alice.employee,
        "credit_hold",
    )
    assert hold.confirm_by == date(2026, 3, 9)
    assert refuses(lambda: db.session.add(a_receivable(customer=buyer))) == {"customer_id"}


@pytest.mark.catalogue("AF-11", "R45")
def test_the_superior_confirms_it_afterwards_and_only_he_releases_it(people, buyer, as_):
    hold = store(a_hold(customer=buyer), by_=people.alice)
    case = submit(hold, people.alice)
    assert (case.flow.flow, asked(case), hold.state) == ("AF-11", [people.bob.id], "held")
    assert buyer.state == "credit_hold"
    decide(case, people.bob)
    assert (hold.state, hold.confirmed_by) == ("confirmed", people.bob.employee)

    action = f"/credit_supply_hold/action/release/{hold.id}"
    assert as_(people.alice).post(action, data={"reason": "已还款"}).status_code == 403
    assert refuses(lambda: emergencies.release_hold(hold, " "), people.bob) == {"reason"}
    as_(people.bob).post(action, data={"reason": "货款已收回"})

    db.session.expire_all()
    assert (hold.state, hold.released_on, buyer.state) == ("released", clock.today(), "trading")
    store(a_receivable(customer=buyer))


@pytest.mark.catalogue("AF-11")
def test_a_stop_that_is_not_confirmed_ends(people, buyer):
    hold = store(a_hold(customer=buyer), by_=people.alice)
    case = submit(hold, people.alice)
    assert refuses(lambda: emergencies.release_hold(hold, "x"), people.bob) == {"state"}
    decide(case, people.bob, "reject", "误报，客户正常。")

    assert (hold.state, buyer.state) == ("unconfirmed", "trading")


@pytest.mark.catalogue("AF-11")
def test_a_stop_that_nobody_confirms_is_told_to_the_marketing_manager(people, buyer, on):
    with on("2026-03-06"):
        hold = store(a_hold(customer=buyer), by_=people.alice)
    with on("2026-03-10"):
        dates.run()
    told = select(Notification.user_id).where(
        Notification.kind == "due_late", Notification.link.contains(f"supply_hold/show/{hold.id}")
    )

    assert people.bob.id in set(db.session.scalars(told))


@pytest.mark.catalogue("R45")
def test_a_stop_is_made_once_for_who_gets_something_and_is_not_voided_away(people, buyer):
    hold = store(a_hold(customer=buyer), by_=people.alice)

    assert refuses(lambda: db.session.add(a_hold(customer=buyer))) == {"customer_id"}
    assert refuses(lambda: db.session.add(a_hold(customer=a_customer()))) == {"customer_id"}
    assert refuses(lambda: void(hold, "录入错误"), people.alice) == {None}
    assert buyer.state == "credit_hold"


@pytest.mark.catalogue("BR-037", "BR-039")
def test_the_states_of_the_file_are_not_written_by_hand(people, buyer):
    assert refuses(set_to(buyer, state="credit_hold")) == {"state"}
    assert refuses(set_to(buyer, state="suspended")) == {"state"}
    assert refuses(set_to(buyer, state="terminated")) == {"state"}
    store(a_hold(customer=buyer))
    assert refuses(set_to(buyer, state="trading")) == {"state"}


# -- dishonour, and what follows ---------------------------------------------------------------------


@pytest.mark.catalogue("AF-12", "R43", "R44", "R45")
def test_a_dishonour_marks_the_bill_stops_the_supply_and_begins_the_risk_report(people, buyer):
    cheque = store(a_bill(customer=buyer, kind="cheque", amount=Decimal(7_000)))
    store(a_guarantee(customer=buyer, state="proposed"))

    made = store(
        a_dishonour(customer=buyer, bill=cheque, event="cheque_dishonoured"), by_=people.alice
    )

    assert (made.state, made.amount, cheque.state) == ("reported", Decimal(7_000), "dishonoured")
    hold = db.session.scalars(select(CreditSupplyHold)).one()
    assert (hold.dishonour, buyer.state) == (made, "credit_hold")
    risk = db.session.scalars(select(RiskCustomerReport)).one()
    assert (risk.dishonour, risk.state, risk.exposure) == (made, "draft", Decimal(7_000))
    assert risk.submitted_to == people.bob.employee


@pytest.mark.catalogue("R43")
def test_a_report_speaks_of_a_bill_of_its_customer_and_closes_with_what_was_done(people, buyer):
    bill = store(a_bill(customer=buyer))

    assert refused(a_dishonour(customer=buyer, bill=bill, event="cheque_dishonoured")) == {"event"}
    other = a_creditworthy_customer()
    assert refused(a_dishonour(customer=other, bill=bill)) == {"bill_id"}
    tomorrow = clock.today() + timedelta(days=1)
    assert refused(a_dishonour(customer=buyer, happened_on=tomorrow)) == {"happened_on"}
    assert refused(a_dishonour(customer=buyer, event="cancelled")) == {"event"}
    made = store(a_dishonour(customer=buyer, bill=bill))
    assert bill.state == "deferred"
    assert refuses(set_to(made, state="closed")) == {"recovery_actions"}
    with writing("cli"):
        made.recovery_actions = "已收回全部货款"
    with writing("cli"):
        made.state = "closed"
    assert made.state == "closed"


@pytest.mark.catalogue("AF-12", "R44", "BR-039")
def test_the_superior_instructs_and_suspension_begins(people, buyer):
    risk = store(a_risk_report(customer=buyer, submitted_to=people.bob.employee), by_=people.alice)
    case = submit(risk, people.alice)
    assert (case.flow.flow, asked(case)) == ("AF-12", [people.bob.id])
    with pytest.raises(Refused) as no:
        decide(case, people.bob)
    assert {r.field for r in no.value.refusals} == {"decision", "instruction"}
    decide(case, people.bob, values={"decision": "suspend", "instruction": "即日起中止交易。"})

    suspension = db.session.scalars(select(TradeSuspension)).one()
    assert (suspension.state, suspension.risk_report) == ("draft", risk)
    assert suspension.instruction == "即日起中止交易。"
    assert asked(submit(suspension, people.alice)) == [
        people.bob.id
    ]  # though it followed from his word
    assert buyer.state == "trading"


@pytest.mark.catalogue("AF-12", "R44")
def test_the_superior_may_have_the_debt_recovered_instead(people, buyer):
    store(a_receivable(customer=buyer, amount=Decimal(8_000)))
    risk = store(a_risk_report(customer=buyer, submitted_to=people.bob.employee), by_=people.alice)
    decide(
        submit(risk, people.alice), people.bob,
        values={"decision": "collect", "instruction": "全力追索。"},
    )  # fmt: skip

    assert db.session.scalars(select(DebtRecovery)).one().amount_due == Decimal(8_000)
    assert db.session.scalars(select(TradeSuspension)).first() is None


@pytest.mark.catalogue("R44")
def test_the_report_says_what_is_at_stake_and_to_whom_it_goes(people, buyer):
    guarantee = store(a_guarantee(customer=buyer), by_=people.alice)
    decide(submit(guarantee, people.alice), people.bob)
    store(a_receivable(customer=buyer, amount=Decimal(8_000)))
    risk = store(a_risk_report(customer=buyer, submitted_to=people.bob.employee), by_=people.alice)
    assert risk.exposure == Decimal(8_000)
    assert "海湾控股公司" in risk.guarantees
    with by(people.alice):
        risk.submitted_to = None

    with pytest.raises(Refused) as no:
        submit(risk, people.alice)
    assert no.value.refusals[0].field == "submitted_to_id"


# -- the end of trade --------------------------------------------------------------------------------


def instructed(people, buyer, **values):
    made = store(a_suspension(customer=buyer, **values), by_=people.alice)
    case = submit(made, people.alice)
    assert (case.flow.flow, asked(case)) == ("AF-12-suspension", [people.bob.id])
    decide(case, people.bob, values={"instruction": "即日起中止交易。"})
    return made


def notify(suspension, somebody, effective_on):
    with by(somebody):
        suspension.customer_notified, suspension.channel = True, "letter"
        suspension.notified_on, suspension.effective_on = clock.today(), effective_on
    with by(somebody):
        emergencies.note_notice(suspension)


@pytest.mark.catalogue("BR-039", "R46")
def test_suspension_stands_on_an_instructed_risk_report_of_this_customer(people, buyer):
    draft = store(a_risk_report(customer=buyer))
    watch = an_instructed_risk_report("watch", customer=buyer)
    other = an_instructed_risk_report()

    for report in (draft, watch, other):
        assert refused(a_suspension(customer=buyer, risk_report=report)) == {"risk_report_id"}
    made = store(a_suspension(customer=buyer), by_=people.alice)
    case = submit(made, people.alice)
    with pytest.raises(Refused) as no:
        decide(case, people.bob)
    assert no.value.refusals[0].field == "instruction"


@pytest.mark.catalogue("BR-039", "AF-12")
def test_trade_ends_on_its_day_and_after_the_customer_was_told(people, buyer, on):
    with on("2026-03-02"):
        suspension = instructed(people, buyer)
        assert refuses(lambda: emergencies.note_notice(suspension), people.alice) == {
            "customer_notified", "notified_on", "channel",
        }  # fmt: skip
        assert refuses(set_to(suspension, instruction="终止"), people.alice) == {"instruction"}
        notify(suspension, people.alice, date(2026, 3, 9))
        assert (suspension.state, buyer.state) == ("notified", "trading")
        dates.run()
        assert buyer.state == "trading"
    with on("2026-03-09"):
        dates.run()
        db.session.expire_all()
        assert (suspension.state, buyer.state) == ("effective", "suspended")
        assert refuses(lambda: db.session.add(a_receivable(customer=buyer))) == {"customer_id"}
        assert refuses(set_to(buyer, state="trading")) == {"state"}
        assert refuses(lambda: void(suspension, "x"), people.alice) == {None}

        assert refuses(lambda: emergencies.resume_trade(suspension, ""), people.bob) == {"reason"}
        with by(people.bob):
            emergencies.resume_trade(suspension, "货款已全部收回")

    assert (suspension.state, suspension.resume_on, buyer.state) == (
        "resumed", date(2026, 3, 9), "trading",
    )  # fmt: skip


@pytest.mark.catalogue("R46")
def test_trade_that_is_ended_does_not_resume_and_a_stop_is_released_first(people, buyer):
    hold = store(a_hold(customer=buyer), by_=people.alice)
    suspension = instructed(people, buyer)
    notify(suspension, people.alice, clock.today())
    assert buyer.state == "suspended"
    assert refuses(lambda: emergencies.resume_trade(suspension, "还款"), people.bob) == {"state"}
    assert refuses(set_to(suspension, state="resumed"), people.bob) == {"state"}
    with by(people.bob):
        emergencies.release_hold(hold, "还款")
    assert buyer.state == "suspended"

    ended = instructed(people, buyer, kind="terminate")
    notify(ended, people.alice, clock.today())

    assert (ended.state, buyer.state) == ("effective", "terminated")
    assert refuses(lambda: emergencies.resume_trade(ended, "x"), people.bob) == {"state"}


# -- countermeasures ---------------------------------------------------------------------------------


@pytest.mark.catalogue("BR-036", "AF-10", "R42")
def test_without_instruction_a_countermeasure_stays_a_draft(people, buyer):
    made = store(a_countermeasure(customer=buyer), by_=people.alice)
    for state in ("submitted", "instructed", "executed"):
        assert refuses(set_to(made, state=state), people.alice) >= {"state"}
    case = submit(made, people.alice)
    assert (case.flow.flow, asked(case)) == ("AF-10", [people.bob.id])
    assert refuses(lambda: emergencies.execute(made, "已执行"), people.alice) == {"state"}
    decide(case, people.bob, values={"instruction": "减半供货。"})

    assert (made.state, made.instruction_by) == ("instructed", people.bob.employee)
    assert refuses(lambda: emergencies.execute(made, " "), people.alice) == {"reason"}
    with by(people.alice):
        emergencies.execute(made, "供货量减至每月五百台")
    assert (made.state, made.executed_on) == ("executed", clock.today())
    forged = a_countermeasure(customer=buyer)
    forged.state = "instructed"
    assert refused(forged) == {"state"}


@pytest.mark.catalogue("BR-036", "AF-09")
def test_a_countermeasure_follows_an_urgent_report_on_which_was_instructed(people, buyer):
    daily = store(a_report(customer=buyer))
    silent = store(a_report(customer=buyer, report_mode="urgent", form="oral"))
    other = an_urgent_report()

    for report in (daily, silent, other):
        assert refused(a_countermeasure(customer=buyer, report=report)) == {"report_id"}
    assert refused(a_countermeasure(customer=buyer)) == set()


@pytest.mark.catalogue("AF-09", "R42")
def test_the_superior_who_instructs_on_an_urgent_report_opens_the_countermeasure(people, buyer):
    report = store(
        a_report(
            customer=buyer, report_mode="urgent", form="written", abnormality=True,
            reported_to=people.bob.employee,
        ),
        by_=people.alice,
    )  # fmt: skip
    values = {"instruction": "要求增加保证金。", "countermeasures": ("deposit", "less_supply")}
    decide(submit(report, people.alice), people.bob, values=values)

    made = db.session.scalars(select(CreditCountermeasure)).one()
    assert (made.state, made.report, made.measures) == (
        "draft",
        report,
        ("deposit", "less_supply"),
    )


# -- guarantees and recovery -------------------------------------------------------------------------


@pytest.mark.catalogue("R41")
def test_a_guarantee_names_what_stands_behind_it(app):
    assert refused(a_guarantee(guarantor=" ")) == {"guarantor"}
    assert refused(a_guarantee(kind="mortgage")) == {"collateral"}
    assert refused(a_guarantee(kind="deposit", amount=None)) == {"amount"}
    assert refused(a_guarantee(amount=Decimal(-1))) == {"amount"}
    assert refused(a_guarantee(kind="promise")) == {"kind"}


def a_standing(people, buyer, **values):
    made = store(a_guarantee(customer=buyer, **values), by_=people.alice)
    decide(submit(made, people.alice), people.bob)
    return made


@pytest.mark.catalogue("R41")
def test_the_manager_accepts_a_guarantee_and_has_it_claimed(people, buyer):
    made = a_standing(people, buyer)
    assert made.state == "active"
    assert refuses(lambda: emergencies.claim(made, ""), people.bob) == {"reason"}
    with by(people.bob):
        emergencies.claim(made, "追索三月货款")

    assert (made.state, made.claimed_on) == ("claimed", clock.today())


def step(action, day, recovered=0):
    return RecoveryStep(
        order_no=0, action=action, done_on=date(2026, 3, day), recovered=Decimal(recovered)
    )


@pytest.mark.catalogue("BR-038", "R47")
def test_where_both_stand_the_collateral_comes_before_the_guarantor(people, buyer, on):
    with on("2026-03-20"):
        a_standing(people, buyer)
        pursued = a_recovery(customer=buyer, action_lines=[step("guarantor", 5)])
        assert refused(pursued) == set()  # only a guarantor stands
        a_standing(people, buyer, kind="mortgage", guarantor=None, collateral="沙迦仓库")

        def wrong(*steps):
            return refused(a_recovery(customer=buyer, action_lines=list(steps)))

        assert wrong(step("guarantor", 5)) == {"actions"}
        assert wrong(step("guarantor", 5), step("collateral", 6)) == {"actions"}
        assert wrong(step("collateral", 5), step("guarantor", 6)) == set()
        assert wrong(step("dunning", 5), step("collateral", 6)) == set()


@pytest.mark.catalogue("R47")
def test_what_is_recovered_adds_up_and_is_told_year_by_year(people, buyer, on):
    with on("2026-03-20"):
        made = store(a_recovery(customer=buyer, action_lines=[step("dunning", 3, 10_000)]))
        with writing("cli"):
            made.action_lines.append(step("goods", 9, 5_000))
        assert (made.recovered_total, made.still_due) == (15_000, 15_000)
        with writing("cli"):
            made.action_lines[0].recovered = Decimal(12_000)
        assert made.recovered_total == 17_000
        assert made.history == "2026: 17,000.00 USD"
        assert refuses(set_to(made, amount_due=Decimal(16_999))) == {"actions"}
        assert refused(a_recovery(amount_due=Decimal(0))) >= {"amount_due"}
        assert refused(a_recovery(action_lines=[step("dunning", 21)])) == {"actions"}


@pytest.mark.catalogue("R46", "AF-12")
def test_nothing_of_this_is_in_force_by_hand(people, buyer):
    for forged in (
        a_suspension(customer=buyer, state="effective"),
        a_guarantee(customer=buyer, state="active"),
        a_hold(customer=buyer, state="confirmed"),
        a_risk_report(customer=buyer, state="instructed"),
    ):
        with pytest.raises(Refused):
            store(forged)
    assert buyer.state == "trading"
