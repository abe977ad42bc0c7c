"""A new retailer comes into the network by the working day, each post with its own fields."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from app.deadlines import dates, duties
from app.deadlines.models import CalendarDay, DutyOccurrence
from app.domains.customers import retail
from app.domains.customers.retail import RetailCustomerProfile, RetailOnboarding
from app.extensions import db
from app.notices.models import Notification
from app.records import NotAllowed, Refused, check, clock, settings, void, writing
from tests.clock import OFFICE, on
from tests.customers import retailers
from tests.customers.acting import asked, by, sign, store, submit
from tests.customers.retailers import (
    ATTENTION,
    BASE,
    CIRCLE,
    IDENTITY,
    OTHER,
    QUANT,
    approved,
    fill,
    maintain_base,
    profile_of,
    received,
)
from tests.factories.directory import a_customer
from tests.factories.retail import a_profile, an_onboarding


@pytest.fixture
def staff(people):
    return retailers.take_on(people)


def refused(record):
    with db.session.no_autoflush:
        return {refusal.field for refusal in check(record)}


def days(onboarding):
    return tuple(
        getattr(onboarding, name).strftime("%m-%d")
        for name in (
            "located_by", "base_by", "quant_by", "circle_display_by", "other_by", "attention_coop_by",
        )
    )  # fmt: skip


def late(onboarding):
    return [deadline.code for deadline, _when, is_late in dates.standing(onboarding) if is_late]


# -- the chain of working days -----------------------------------------------------------------------


@pytest.mark.catalogue("R20", "BR-017", "DL-02", "DL-03", "DL-04", "DL-06", "DL-07", "DL-08")
def test_each_stage_has_its_working_day_the_day_of_receipt_is_the_first(staff):
    with on("2026-03-02"):
        onboarding = received(staff)

    assert days(onboarding) == ("03-02", "03-03", "03-04", "03-13", "03-20", "03-27")


@pytest.mark.catalogue("BR-017", "DL-06")
def test_a_grading_that_comes_early_hurries_trade_circle_and_display(staff):
    with on("2026-03-02"):
        onboarding = received(staff, grading_on=date(2026, 3, 10))
        assert onboarding.circle_display_by == date(2026, 3, 9)
        with by(staff.nina):
            onboarding.grading_on = date(2026, 4, 10)

    assert onboarding.circle_display_by == date(2026, 3, 13)


@pytest.mark.catalogue("BR-017", "R20")
def test_whether_the_day_of_receipt_counts_is_a_switch(staff):
    with writing("cli"):
        settings.put("receipt_is_first_day", False)
    with on("2026-03-02"):
        onboarding = received(staff)

    assert days(onboarding)[:3] == ("03-03", "03-04", "03-05")


@pytest.mark.catalogue("R20", "BR-017")
def test_a_changed_calendar_moves_the_days_of_who_is_not_complete(staff):
    with on("2026-03-02"):
        onboarding = received(staff)
        with writing("cli"):
            db.session.add(CalendarDay(day=date(2026, 3, 3), kind="rest", name="停电"))
        dates.run()
    db.session.refresh(onboarding)

    assert days(onboarding) == ("03-02", "03-04", "03-05", "03-16", "03-23", "03-30")


@pytest.mark.catalogue("DL-03", "DL-04", "DL-05", "R20")
def test_each_stage_is_late_when_its_shift_has_ended_and_its_owner_hears_of_it(people, staff):
    with on("2026-03-02"):
        onboarding = received(staff)
    with on("2026-03-03 17:00"):
        assert late(onboarding) == ["DL-02"]
    with on("2026-03-03 17:31"):
        assert late(onboarding) == ["DL-02", "DL-03"]
        assert retail._stages_of(onboarding)["stages"][1]["by"] == date(2026, 3, 3)
        assert "维护基础信息" in onboarding.overdue or "base data" in onboarding.overdue
        dates.run()
    told = db.session.scalars(
        select(Notification.user_id).where(Notification.kind == "due_late")
    ).all()
    assert set(told) == {staff.nina.id, staff.carl.id}
    with on("2026-03-04 17:31"):
        assert "DL-04" in late(onboarding)
    with on("2026-03-10 17:29"):
        assert "DL-05" not in late(onboarding)
    with on("2026-03-10 17:31"):
        assert "DL-05" in late(onboarding)
    with on("2026-03-27 17:31"):
        assert late(onboarding) == ["DL-02", "DL-03", "DL-04", "DL-05", "DL-06", "DL-07", "DL-08"]


@pytest.mark.catalogue("DL-01")
def test_a_day_with_a_new_retailer_proves_itself_and_a_day_without_is_ticked_off(people, staff):
    with on("2026-03-02"):
        received(staff)
        duties.run()
        first = _occurrence("2026-03-02")
        assert first.done_at is not None
        assert (first.evidence_register, bool(first.evidence_id)) == ("retail_onboarding", True)
    with on("2026-03-03 17:00"):
        duties.run()
        second = _occurrence("2026-03-03")
        assert second.done_at is None
        with pytest.raises(NotAllowed), by(staff.mike):
            duties.tick_off(second, "无")
        with by(staff.nina):
            duties.tick_off(second, "今日无新入网户信息传来")

    assert second.done_at is not None
    assert _occurrence("2026-03-04").done_at is None
    assert not _all("2026-03-07"), "Saturday is no working day"


@pytest.mark.catalogue("DL-01", "R20")
def test_the_analysts_hear_once_of_whom_the_licence_clerk_entered_and_nobody_took_in(staff):
    with on("2026-03-02"):
        with by(staff.lisa):
            waiting, taken_in = a_customer(), a_customer()
            db.session.add_all([waiting, taken_in])
        store(a_customer())
        received(staff, customer=taken_in)
        dates.run()
        dates.run()

    told = select(Notification).where(Notification.kind == "new_retailer")
    [notice] = db.session.scalars(told).all()
    assert notice.user_id == staff.nina.id
    assert notice.link == f"/retail_onboarding/add?customer_id={waiting.id}"


def _all(period):
    db.session.rollback()
    query = select(DutyOccurrence).where(
        DutyOccurrence.duty == "DL-01", DutyOccurrence.period == period
    )
    return db.session.scalars(query).all()


def _occurrence(period):
    [found] = _all(period)
    return found


# -- the signatures ------------------------------------------------------------------------------------


@pytest.mark.catalogue("R20", "AF-24", "BR-171")
def test_analyst_account_manager_and_chief_go_on_one_after_the_other(staff):
    with on("2026-03-02"):
        onboarding = received(staff)
        maintain_base(onboarding, staff)
    assert onboarding.located_on == date(2026, 3, 2)
    with on("2026-03-03"):
        case = submit(onboarding, staff.nina)
        assert (onboarding.state, asked(case)) == ("base_maintained", {staff.mike.id})
        assert onboarding.base_maintained_on == date(2026, 3, 3)
        assert onboarding.account_manager_notified_on == date(2026, 3, 3)
    with on("2026-03-04"):
        fill(onboarding, staff.mike, QUANT)
        sign(case, staff.mike)
        assert (onboarding.state, asked(case)) == ("quant_maintained", {staff.carl.id})
        assert onboarding.quant_maintained_on == onboarding.chief_notified_on == date(2026, 3, 4)
    with on("2026-03-05"):
        sign(case, staff.carl)

    assert onboarding.chief_approved_on == onboarding.orderable_on == date(2026, 3, 5)
    assert profile_of(onboarding).quant_approved_on == date(2026, 3, 5)


@pytest.mark.catalogue("R20", "AF-24")
def test_with_the_chiefs_signature_telephone_and_cash_order_at_once(staff):
    with on("2026-03-02"):
        phone = received(staff)
        approved(phone, staff)
        net = received(staff)
        approved(net, staff, order_method="online", order_day="wed")
        electronic = received(staff)
        approved(electronic, staff, settlement_method="electronic")

    assert (phone.state, net.state, electronic.state) == ("orderable", "approved", "approved")
    assert retail.why_not_order(net) is not None
    with by(staff.nina):
        retail.open_orders(electronic)
    assert electronic.state == "orderable"
    with pytest.raises(Refused), by(staff.nina):
        retail.open_orders(net)


@pytest.mark.catalogue("R20", "DL-02", "DL-03")
def test_nobody_is_told_before_the_first_group_is_in_the_profile(staff):
    with on("2026-03-02"):
        onboarding = received(staff)
        with pytest.raises(Refused) as no:
            submit(onboarding, staff.nina)
        assert {refusal.field for refusal in no.value.refusals} == {"customer_id"}
        maintain_base(onboarding, staff)
        fill(onboarding, staff.nina, delivery_route=None)
        with pytest.raises(Refused) as no:
            submit(onboarding, staff.nina)
        assert len(str(no.value).split("、")) == 1
        fill(onboarding, staff.nina, BASE)

        assert submit(onboarding, staff.nina).status == "running"


@pytest.mark.catalogue("R20", "DL-04")
def test_the_account_manager_signs_when_the_second_group_is_in_the_profile(staff):
    with on("2026-03-02"):
        onboarding = received(staff)
        maintain_base(onboarding, staff)
        case = submit(onboarding, staff.nina)
        with pytest.raises(Refused):
            sign(case, staff.mike)
        db.session.rollback()
        fill(onboarding, staff.mike, QUANT)
        sign(case, staff.mike)

    assert onboarding.state == "quant_maintained"


@pytest.mark.catalogue("BR-016", "DL-05")
def test_the_chief_approves_at_the_latest_on_the_day_before_the_first_order(staff):
    with on("2026-03-02"):
        cases = []
        for _n in range(2):
            onboarding = received(staff)
            maintain_base(onboarding, staff)
            cases.append((onboarding, submit(onboarding, staff.nina)))
            fill(onboarding, staff.mike, QUANT)
            sign(cases[-1][1], staff.mike)
    (first, in_time), (second, too_late) = cases
    with on("2026-03-10 20:00"):
        sign(in_time, staff.carl)
    with on("2026-03-11"):
        with pytest.raises(Refused) as no:
            sign(too_late, staff.carl)
        assert [refusal.field for refusal in no.value.refusals] == ["first_order_on"]
        db.session.rollback()
        sign(too_late, staff.carl, "return", "改订货日")
        assert (second.state, second.quant_maintained_on, second.base_maintained_on) == (
            "received", None, None,
        )  # fmt: skip
        with by(staff.nina):
            second.first_order_on = date(2026, 3, 18)
        submit(second, staff.nina)
        sign(too_late, staff.mike)
        sign(too_late, staff.carl)

    assert first.state == second.state == "orderable"


@pytest.mark.catalogue("BR-016", "R20")
def test_what_was_approved_stays_as_it_was_signed(staff):
    with on("2026-03-02"):
        onboarding = received(staff)
        approved(onboarding, staff)
        for name, value in (
            ("first_order_on", date(2026, 3, 20)),
            ("received_on", date(2026, 2, 27)),
            ("account_manager_id", staff.nina.employee.id),
        ):
            with pytest.raises(Refused), by(staff.nina):
                setattr(onboarding, name, value)
            db.session.refresh(onboarding)
        with by(staff.nina):
            onboarding.grading_on = date(2026, 3, 10)

    assert onboarding.circle_display_by == date(2026, 3, 9)


@pytest.mark.catalogue("R20", "BR-016")
def test_a_form_has_days_that_follow_each_other(app):
    assert refused(an_onboarding(first_order_on=clock.today())) == {"first_order_on"}
    assert refused(an_onboarding(grading_on=clock.today())) == {"grading_on"}
    assert "received_on" in refused(an_onboarding(received_on=date(2999, 1, 1)))


@pytest.mark.catalogue("R20")
def test_a_customer_comes_into_the_network_once(staff):
    with on("2026-03-02"):
        onboarding = received(staff)
        with pytest.raises((Refused, IntegrityError)):
            received(staff, customer=onboarding.customer)


@pytest.mark.catalogue("R20", "R19")
def test_later_groups_note_their_day_and_the_last_field_completes_the_form(staff):
    with on("2026-03-02"):
        onboarding = received(staff)
        approved(onboarding, staff)
    with on("2026-03-12"):
        fill(onboarding, staff.mike, CIRCLE)
    assert onboarding.circle_display_done_on == date(2026, 3, 12)
    with on("2026-03-18"):
        fill(onboarding, staff.mike, OTHER)
        fill(onboarding, staff.lisa, IDENTITY)
        assert (onboarding.other_done_on, onboarding.state) == (date(2026, 3, 18), "orderable")
        assert profile_of(onboarding).state == "orderable"
    with on("2026-03-26"):
        fill(onboarding, staff.mike, ATTENTION)

    assert (onboarding.attention_coop_done_on, onboarding.state) == (date(2026, 3, 26), "complete")
    assert (profile_of(onboarding).state, profile_of(onboarding).completeness) == ("complete", 100)


@pytest.mark.catalogue("R20")
def test_a_group_is_done_only_while_its_fields_are_there(staff):
    with on("2026-03-02"):
        onboarding = received(staff)
        fill(onboarding, staff.mike, CIRCLE)
        assert onboarding.circle_display_done_on is not None
        fill(onboarding, staff.mike, display_form=None)

    assert onboarding.circle_display_done_on is None


# -- the profile -----------------------------------------------------------------------------------------


@pytest.mark.catalogue("R19", "R20")
def test_receipt_opens_an_empty_profile_of_the_customer_with_his_order_day(staff):
    with on("2026-03-02"):
        onboarding = received(staff)
    profile = profile_of(onboarding)

    assert (profile.state, profile.order_day, profile.customer) == (
        "received",
        "wed",
        onboarding.customer,
    )
    assert onboarding.account_manager == staff.mike.employee


@pytest.mark.catalogue("R20")
def test_the_account_manager_comes_from_the_card_and_the_card_from_him(staff):
    with writing("cli"):
        known = a_customer(responsible_rep=staff.mike.employee)
        unknown = a_customer()
    first = store(
        RetailOnboarding(
            customer=known, received_on=clock.today(), first_order_on=date(2999, 1, 1)
        )
    )
    second = store(an_onboarding(customer=unknown, account_manager=staff.mike.employee))

    assert first.account_manager == staff.mike.employee
    assert second.customer.responsible_rep == staff.mike.employee


@pytest.mark.catalogue("R19", "BR-014")
def test_completeness_is_a_share_with_a_list_of_what_is_missing(staff):
    with on("2026-03-02"):
        onboarding = received(staff)
    profile = profile_of(onboarding)
    assert profile.completeness == Decimal("4.76"), "one of 21: the order day"
    maintain_base(onboarding, staff)
    fill(onboarding, staff.mike, QUANT, CIRCLE, ATTENTION)

    assert profile.completeness == (Decimal(1600) / 21).quantize(Decimal("0.01"))
    assert len(profile.missing.splitlines()) == 4
    assert set(profile.missing_names()) == {
        "customer_code", "licence", "delivery_day", "law_standing", "signboard",
    }  # fmt: skip


@pytest.mark.catalogue("R19")
def test_each_field_carries_who_maintained_it_and_when(staff):
    with on("2026-03-02"):
        onboarding = received(staff)
        maintain_base(onboarding, staff)
    with on("2026-03-04"):
        fill(onboarding, staff.mike, QUANT)
    with on("2026-03-05"):
        fill(onboarding, staff.mike, market_type="country")
    who = {
        line.field_name: (line.maintained_by, line.maintained_on)
        for line in profile_of(onboarding).maintenance
    }

    assert who["visit_batch"] == (staff.nina.employee, date(2026, 3, 2))
    assert who["service_person_id"] == (staff.nina.employee, date(2026, 3, 2))
    assert who["quant_info"] == (staff.mike.employee, date(2026, 3, 4))
    assert who["market_type"] == (staff.mike.employee, date(2026, 3, 5))
    assert "signboard" not in who
    assert "2026-03-05" in profile_of(onboarding).maintained


@pytest.mark.catalogue("R19", "AF-24")
def test_a_quantification_that_changes_later_is_approved_anew_by_the_chief(staff):
    with on("2026-03-02"):
        onboarding = received(staff)
        maintain_base(onboarding, staff)
        fill(onboarding, staff.mike, QUANT)
        with by(staff.carl):
            assert retail.why_not_approve_quantification(profile_of(onboarding)) is not None
        case = submit(onboarding, staff.nina)
        sign(case, staff.mike)
        sign(case, staff.carl)
    profile = profile_of(onboarding)
    with on("2026-04-01"):
        fill(onboarding, staff.mike, quant_info="每周 30 条")
        assert profile.quant_approved_on is None
        waiting = select(RetailCustomerProfile.id).where(RetailCustomerProfile.quant_waits())
        assert db.session.scalars(waiting).all() == [profile.id]
        with pytest.raises(Refused), by(staff.mike):
            retail.approve_quantification(profile)
        with by(staff.carl):
            retail.approve_quantification(profile)

    assert profile.quant_approved_on == date(2026, 4, 1)
    assert not db.session.scalars(waiting).all()


@pytest.mark.catalogue("R19")
def test_a_profile_stands_once_for_a_customer_and_its_stops_begin_at_one(app):
    profile = store(a_profile(delivery_sequence=1))
    assert refused(a_profile(delivery_sequence=0)) == {"delivery_sequence"}
    with pytest.raises((Refused, IntegrityError)):
        store(a_profile(customer=profile.customer))
    db.session.rollback()
    with writing("cli"):
        void(db.session.get(RetailCustomerProfile, profile.id), "重复")

    store(a_profile(customer=profile.customer))


@pytest.mark.catalogue("R19")
def test_a_profile_of_an_old_customer_is_complete_when_nothing_is_missing(staff):
    profile = store(a_profile(**BASE, **QUANT, **CIRCLE, **OTHER, order_day="mon", licence="1"))
    assert profile.state == "received"
    found = select(RetailCustomerProfile.id).where(RetailCustomerProfile.incomplete())
    assert db.session.scalars(found).all() == [profile.id]
    with writing("cli"):
        profile.service_person = staff.mike.employee
        for name, value in ATTENTION.items():
            setattr(profile, name, value)

    assert profile.state == "complete"
    assert db.session.scalars(found).all() == []


@pytest.mark.catalogue("R19", "BR-018")
def test_each_post_writes_its_own_group_and_reads_the_rest(people, staff, as_):
    with on("2026-03-02"):
        onboarding = received(staff)
    profile = profile_of(onboarding)
    form = {
        who.user.username: as_(who).get(f"/retail_customer_profile/edit/{profile.id}").text
        for who in (staff.nina, staff.mike, staff.lisa)
    }

    def writes(name):
        return {who for who, page in form.items() if f'name="{name}"' in page}

    assert writes("visit_batch") == writes("order_method") == {"nina"}
    assert writes("market_type") == writes("attention_degree") == writes("signboard") == {"mike"}
    assert writes("service_person_id") == {"nina"}
    assert writes("customer_code") == writes("licence") == {"lisa"}
    assert writes("grade") == set()


@pytest.mark.catalogue("BR-018", "R19", "R20")
def test_an_account_manager_sees_his_own_customers_alone(people, staff, as_):
    with on("2026-03-02"):
        mine = received(staff)
        other = received(staff, customer=store(a_customer()), account_manager=people.bob.employee)
    browser = as_(staff.mike)

    for register, own, foreign in (
        ("retail_onboarding", mine, other),
        ("retail_customer_profile", profile_of(mine), profile_of(other)),
    ):
        assert browser.get(f"/{register}/show/{own.id}").status_code == 200
        assert browser.get(f"/{register}/show/{foreign.id}").status_code == 404


@pytest.mark.catalogue("E47")
def test_the_form_lists_every_stage_with_its_day_and_who_maintained_it(staff):
    with on("2026-03-02"):
        onboarding = received(staff)
        approved(onboarding, staff)
    rows = retail._stages_of(onboarding)["stages"]

    assert [row["by"] for row in rows] == [
        date(2026, 3, 2), date(2026, 3, 3), date(2026, 3, 4), date(2026, 3, 13), date(2026, 3, 20),
        date(2026, 3, 27),
    ]  # fmt: skip
    assert [row["who"] for row in rows] == ["nina", "nina", "mike", "", "", ""]


@pytest.mark.catalogue("DL-03")
def test_the_clock_of_the_office_decides_when_a_day_is_over(staff):
    """A deadline of a day stands until the end of its last shift, on the office's clock."""
    with on("2026-03-02"):
        onboarding = received(staff)
    deadline = next(one for one in RetailOnboarding.due if one.code == "DL-03")

    assert deadline.due_at(onboarding) == datetime(2026, 3, 3, 17, 30, tzinfo=OFFICE)
