"""How a retail customer comes to order: on the net, by handset, by 烟信通; and never a password in the books."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from sqlalchemy.exc import IntegrityError

from app.deadlines import dates
from app.deadlines.models import CalendarDay
from app.domains.customers import ordering
from app.domains.customers.ordering import (
    HandedTo,
    OnlineOrderApplication,
    OrderPasswordHandover,
)
from app.extensions import db
from app.organisation import operations as organisation
from app.organisation.models import AbHandover, AbPost
from app.records import NotAllowed, Refused, check, clock, writing
from tests.clock import OFFICE, on
from tests.customers import retailers
from tests.customers.acting import asked, by, sign, store, submit
from tests.customers.retailers import IDENTITY, approved, fill, profile_of, received
from tests.factories.directory import a_customer
from tests.factories.retail import (
    a_password_handover,
    a_training,
    a_yanxintong,
    an_agreement,
    an_application,
)


@pytest.fixture
def staff(people):
    return retailers.take_on(people)


@pytest.fixture
def shop(staff):
    """A retailer of mike's whose quantification is approved and who wants to order on the net."""
    with on("2026-03-02"):
        onboarding = received(staff)
        approved(onboarding, staff, order_method="online")
        fill(onboarding, staff.lisa, IDENTITY)
    return onboarding


def refused(record):
    with db.session.no_autoflush:
        return {refusal.field for refusal in check(record)}


def applied(shop, who):
    with by(who):
        form = OnlineOrderApplication(customer=shop.customer, applied_on=clock.today())
        db.session.add(form)
    return form


def maintained(shop, staff):
    form = applied(shop, staff.nina)
    case = submit(form, staff.nina)
    sign(case, staff.mike, opinion="门店有电脑，同意")
    sign(case, staff.carl, opinion="同意")
    with by(staff.nina):
        ordering.maintain(form)
    return form


def sent(form, staff):
    with by(staff.olga):
        handover = OrderPasswordHandover(application=form)
        db.session.add(handover)
    return handover


def late(record):
    return [deadline.code for deadline, _when, is_late in dates.standing(record) if is_late]


# -- the form: R21 -------------------------------------------------------------------------------------


@pytest.mark.catalogue("R21", "AF-25")
def test_account_manager_and_chief_approve_what_the_customer_filled_in(shop, staff):
    form = applied(shop, staff.nina)
    assert (form.account_manager, form.number) == (staff.mike.employee, None)
    case = submit(form, staff.nina)
    assert asked(case) == {staff.mike.id}
    sign(case, staff.mike, opinion="门店有电脑，同意")
    assert asked(case) == {staff.carl.id}
    sign(case, staff.carl, opinion="准予开通")

    assert (form.state, form.number is not None) == ("approved", True)
    assert (form.account_manager_opinion, form.section_chief_opinion) == (
        "门店有电脑，同意",
        "准予开通",
    )


@pytest.mark.catalogue("AF-25", "BR-171")
def test_where_the_account_manager_keyed_it_in_the_chief_decides(shop, staff):
    form = applied(shop, staff.mike)
    case = submit(form, staff.mike)

    assert asked(case) == {staff.carl.id}


@pytest.mark.catalogue("AF-25", "BR-171")
def test_an_account_manager_who_cannot_sign_is_not_passed_over(people, shop, staff):
    form = applied(shop, staff.nina)
    with by(staff.nina):
        form.account_manager = people.carol.employee

    with pytest.raises(Refused) as no:
        submit(form, staff.nina)

    assert [refusal.field for refusal in no.value.refusals] == ["account_manager_id"]


@pytest.mark.catalogue("R21", "AF-25")
def test_nobody_is_maintained_before_both_have_approved(shop, staff):
    form = applied(shop, staff.nina)
    with pytest.raises(Refused), by(staff.nina):
        ordering.maintain(form)
    case = submit(form, staff.nina)
    sign(case, staff.mike, "reject", "无网络")

    assert form.state == "rejected"
    with pytest.raises(Refused), by(staff.nina):
        ordering.maintain(form)


@pytest.mark.catalogue("R21", "DL-10")
def test_the_password_is_due_in_the_morning_of_the_second_working_day_after(shop, staff):
    with on("2026-03-05 16:00"):  # Thursday
        form = maintained(shop, staff)
    assert form.system_maintained_on == date(2026, 3, 5)
    assert form.password_at == datetime(2026, 3, 9, 12, tzinfo=OFFICE)
    with on("2026-03-09 11:59"):
        assert late(form) == []
    with on("2026-03-09 12:01"):
        assert late(form) == ["DL-10"]


@pytest.mark.catalogue("R21")
def test_the_form_is_for_whom_the_profile_lets_order_on_the_net(shop, staff):
    fill(shop, staff.nina, order_method="mobile")
    assert refused(an_application(customer=shop.customer)) == {"customer_id"}
    assert refused(an_agreement(customer=shop.customer)) == set()
    assert refused(a_yanxintong(customer=shop.customer)) == {"customer_id"}
    assert refused(an_application(applied_on=clock.today() + timedelta(days=1))) == {"applied_on"}


@pytest.mark.catalogue("DL-10", "DL-11", "DL-12")
def test_a_changed_calendar_moves_what_still_waits(shop, staff):
    with on("2026-03-05 16:00"):
        form = maintained(shop, staff)
        agreement = store(an_agreement(agreement_received_on=date(2026, 3, 5)))
        training = store(
            a_training(
                order_on=date(2026, 3, 7), trained_at=datetime(2026, 3, 6, 9, tzinfo=OFFICE)
            )
        )
        assert (agreement.reply_by, training.done_by) == (date(2026, 3, 6), date(2026, 3, 6))
        with writing("cli"):
            db.session.add(CalendarDay(day=date(2026, 3, 6), kind="rest", name="停电"))
        dates.run()
        for one in (form, agreement, training):
            db.session.refresh(one)

    assert form.password_at == datetime(2026, 3, 10, 12, tzinfo=OFFICE)
    assert (agreement.reply_by, training.done_by) == (date(2026, 3, 9), date(2026, 3, 5))


# -- the password: R22 ---------------------------------------------------------------------------------


@pytest.mark.catalogue("R22", "AF-25", "DL-10")
def test_the_password_goes_from_clerk_to_analyst_to_account_manager(shop, staff):
    with on("2026-03-05"):
        form = maintained(shop, staff)
    with on("2026-03-09"):
        handover = sent(form, staff)
        assert (handover.from_person, handover.sent_on) == (staff.olga.employee, date(2026, 3, 9))
        with pytest.raises(Refused), by(staff.nina):
            ordering.hand_on(HandedTo.CUSTOMER)(handover)
        with by(staff.nina):
            ordering.receive_password(handover)
        assert (form.state, form.password_received_on) == ("password_received", date(2026, 3, 9))
        assert handover.to_person == staff.nina.employee
        with by(staff.nina):
            ordering.hand_on(HandedTo.ACCOUNT_MANAGER)(handover)

    assert (handover.state, handover.handed_on) == ("handed", date(2026, 3, 9))
    assert (form.state, form.handed_to) == ("handed", "account_manager")


@pytest.mark.catalogue("R22", "AF-25")
def test_a_password_is_sent_once_and_for_who_is_maintained(shop, staff):
    waiting = applied(shop, staff.nina)
    assert "application_id" in refused(OrderPasswordHandover(application=waiting))
    with writing("cli"):
        handover = a_password_handover()
        db.session.add(handover)
    with pytest.raises((Refused, IntegrityError)):
        store(OrderPasswordHandover(application=handover.application))
    db.session.rollback()
    nina = staff.nina.employee
    form = maintained(shop, staff)
    twice = OrderPasswordHandover(application=form, from_person=nina, to_person=nina)
    assert refused(twice) == {"to_person_id"}


@pytest.mark.catalogue("BR-158", "R22", "R21")
def test_no_password_is_written_into_any_field(shop, staff):
    form = maintained(shop, staff)
    for words in ("密码：8xK2pq", "初始密码是 a1b2c3", "Password = hunter2", "口令:9988"):
        assert refused(OrderPasswordHandover(application=form, remark=words)) == {"remark"}, words
        assert "remark" in refused(an_application(remark=words))
    for words in (
        "密码由内勤电话告知，已提醒客户修改密码。",
        "密码是客户自己设置的。",
        "密码：已当面告知客户",
    ):
        assert refused(an_application(remark=words)) == set(), words
    names = {*OrderPasswordHandover.specs(), *OnlineOrderApplication.specs()}
    assert not {name for name in names if "secret" in name or name == "password"}


@pytest.mark.catalogue("R21", "AF-25")
def test_where_none_came_the_account_manager_resets_it_when_the_morning_is_over(shop, staff):
    with on("2026-03-05"):
        form = maintained(shop, staff)
    with on("2026-03-09 11:00"):
        assert ordering.why_not_reset(form) is not None
        with pytest.raises(Refused), by(staff.mike):
            ordering.reset(form)
    with on("2026-03-09 14:00"):
        with pytest.raises(NotAllowed), by(staff.carl):
            ordering.reset(form)
        with by(staff.mike):
            ordering.reset(form)
        assert (form.state, form.reset_by_manager, form.handed_to) == (
            "handed",
            True,
            "account_manager",
        )
        assert "application_id" in refused(OrderPasswordHandover(application=form))


@pytest.mark.catalogue("BR-015", "R21")
def test_b_resets_it_for_the_account_manager_within_the_handover(people, shop, staff):
    with on("2026-03-05"):
        form = maintained(shop, staff)
    with on("2026-03-09 14:00"):
        assert not _may_reset(form, people.bob)
        with writing("cli"):
            pair = AbPost(
                post=staff.mike.employee.post,
                a_person=staff.mike.employee,
                b_person=people.bob.employee,
            )
            db.session.add(pair)
        with by(staff.mike):
            handover = AbHandover(
                ab_post=pair,
                leave_from=date(2026, 3, 9),
                leave_to=date(2026, 3, 10),
                items_handed="客户",
            )
            db.session.add(handover)
        for who in (staff.mike, people.bob):
            with by(who):
                organisation.sign(handover)

        assert _may_reset(form, people.bob)


def _may_reset(form, who):
    with by(who):
        return ordering.is_manager(form.account_manager)


# -- the training: R25 -----------------------------------------------------------------------------------


@pytest.mark.catalogue("R25", "AF-25", "DL-11")
def test_online_is_trained_before_the_order_day_and_then_he_may_order(shop, staff):
    with on("2026-03-05"):
        form = maintained(shop, staff)
    with on("2026-03-09"):
        handover = sent(form, staff)
        with by(staff.nina):
            ordering.receive_password(handover)
            ordering.hand_on(HandedTo.CUSTOMER)(handover)
        with by(staff.mike):
            training = a_training(
                customer=shop.customer, order_on=None,
                trained_at=datetime(2026, 3, 10, 9, tzinfo=OFFICE), method="到店一对一",
            )  # fmt: skip
            db.session.add(training)
        assert (training.trainer, training.order_on, training.done_by) == (
            "account_manager", date(2026, 3, 11), date(2026, 3, 10),
        )  # fmt: skip
        assert (form.state, form.training_method) == ("training_agreed", "到店一对一")
        assert form.training_at == training.trained_at
        with pytest.raises(Refused), by(staff.mike):
            ordering.finish_training(training)
    with on("2026-03-10 17:31"):
        assert late(training) == ["DL-11"]
        assert shop.state == "approved"
        with by(staff.mike):
            ordering.finish_training(training)

    assert (training.done, form.state, shop.state) == (True, "training_done", "orderable")


@pytest.mark.catalogue("R25", "DL-11")
def test_a_training_comes_in_time_and_from_the_right_trainer(app):
    day = date(2026, 12, 16)
    noon = datetime(2026, 12, 16, 12, tzinfo=OFFICE)

    assert refused(a_training(order_on=day, trained_at=noon)) == {"trained_at"}
    assert refused(a_training(order_on=day, trained_at=noon - timedelta(days=1))) == set()
    for method, trainer in (("mobile", "telecom"), ("yanxintong", "mobile_operator")):
        values = {"order_method": method, "trainer": trainer, "order_on": day}
        assert refused(a_training(**values, trained_at=noon)) == set()
        assert refused(a_training(**values, trained_at=noon - timedelta(days=1))) == {"trained_at"}
        assert refused(a_training(**values | {"trainer": "account_manager"}, trained_at=noon)) == {
            "trainer"
        }
    assert refused(a_training(trainer="telecom")) == {"trainer"}


# -- the operators: R23, R24 -----------------------------------------------------------------------------


@pytest.mark.catalogue("R23", "AF-26", "DL-12", "DL-11")
def test_the_telecom_company_is_answered_in_a_day_and_trains_on_the_order_day(staff):
    with on("2026-03-02"):
        shop = received(staff)
        approved(shop, staff, order_method="mobile")
    with on("2026-03-06"):  # Friday
        with by(staff.nina):
            agreement = an_agreement(
                customer=shop.customer,
                agreement_received_on=date(2026, 3, 6),
                handset_received=True,
            )
            db.session.add(agreement)
        assert (agreement.reply_by, agreement.order_day_sent) == (
            date(2026, 3, 9),
            date(2026, 3, 11),
        )
        with pytest.raises(Refused), by(staff.nina):
            ordering.send_code(agreement)  # no customer code yet
        fill(shop, staff.lisa, IDENTITY)
        with pytest.raises(Refused), by(staff.nina):
            ordering.maintain_agreement(agreement)
    with on("2026-03-09 17:31"):
        assert late(agreement) == ["DL-12"]
        with by(staff.nina):
            ordering.send_code(agreement)
        assert late(agreement) == ["DL-12"], "the system is not maintained yet"
        with by(staff.nina):
            ordering.maintain_agreement(agreement)
        assert (agreement.customer_code_sent_on, agreement.system_maintained_on) == (
            date(2026, 3, 9), date(2026, 3, 9),
        )  # fmt: skip
        assert (late(agreement), shop.state) == ([], "orderable")
        with pytest.raises(Refused), by(staff.nina):
            ordering.note_training(agreement)
    with on("2026-03-11 17:31"):
        assert late(agreement) == ["DL-11"]
        with by(staff.nina):
            ordering.note_training(agreement)

    assert (agreement.state, agreement.trained_on) == ("trained", date(2026, 3, 11))


@pytest.mark.catalogue("R24", "AF-26", "DL-12")
def test_yanxintong_goes_the_same_way_with_the_mobile_operator(staff):
    with on("2026-03-02"):
        shop = received(staff)
        approved(shop, staff, order_method="yanxintong")
        fill(shop, staff.lisa, IDENTITY)
        with by(staff.nina):
            form = a_yanxintong(customer=shop.customer, deposit=200)
            db.session.add(form)
            db.session.flush()
            ordering.send_code(form)
            ordering.maintain_agreement(form)
        assert shop.state == "orderable"
        with by(staff.mike):
            training = a_training(
                customer=shop.customer, order_method="yanxintong", order_on=None,
                trained_at=datetime(2026, 3, 11, 9, tzinfo=OFFICE),
            )  # fmt: skip
            db.session.add(training)
    assert training.trainer == "mobile_operator"
    with on("2026-03-11 18:00"), by(staff.mike):
        ordering.finish_training(training)

    assert (form.state, form.trained_on) == ("trained", date(2026, 3, 11))


@pytest.mark.catalogue("R23", "R24")
def test_amounts_are_not_negative_and_agreements_have_come(app):
    tomorrow = clock.today() + timedelta(days=1)

    assert refused(an_agreement(telecom_prepaid_fee=-1)) == {"telecom_prepaid_fee"}
    assert refused(a_yanxintong(deposit=-1)) == {"deposit"}
    assert refused(an_agreement(agreement_received_on=tomorrow)) == {"agreement_received_on"}
    early = an_agreement(order_day_sent=tomorrow, trained_on=clock.today())
    assert refused(early) == {"trained_on"}


@pytest.mark.catalogue("R21", "R23", "BR-018")
def test_an_account_manager_reads_the_forms_of_his_own_customers_alone(shop, staff, as_):
    mine = applied(shop, staff.nina)
    foreign = store(an_agreement(customer=a_customer()))
    fill(shop, staff.nina, order_method="mobile")
    own = store(an_agreement(customer=shop.customer))
    browser = as_(staff.mike)

    assert browser.get(f"/online_order_application/show/{mine.id}").status_code == 200
    assert browser.get(f"/mobile_order_agreement/show/{own.id}").status_code == 200
    assert browser.get(f"/mobile_order_agreement/show/{foreign.id}").status_code == 404
    assert profile_of(shop).order_method == "mobile"


@pytest.mark.catalogue("E18", "E19")
def test_the_papers_name_the_parties_and_leave_room_for_their_seals(shop, staff, as_):
    form = maintained(shop, staff)
    fill(shop, staff.nina, order_method="mobile")
    agreement = store(an_agreement(customer=shop.customer, telecom_prepaid_fee=100))
    browser = as_(staff.mike)

    for register, record, name in (
        ("online_order_application", form, "online_order_application"),
        ("mobile_order_agreement", agreement, "mobile_order_agreement"),
    ):
        answer = browser.get(f"/print/{register}/{record.id}/{name}.pdf")
        assert (answer.status_code, answer.data[:4]) == (200, b"%PDF")
