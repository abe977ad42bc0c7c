"""Somebody leaves: his customers go to others, are told of it, and nothing is taken along."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from app.approvals import publishing
from app.approvals.models import ApprovalFlow
from app.deadlines import dates
from app.domains.customers import handing_over
from app.domains.customers.contacts import CustomerContactAssignment
from app.domains.customers.handing_over import (
    CustomerHandover,
    CustomerHandoverLine,
    CustomerNotice,
)
from app.extensions import db
from app.notices.models import Notification
from app.records import Refused, check, clock, void, writing
from app.security import scopes, sessions, users
from app.security.roles import rights
from tests.customers.acting import asked, by, sign, store, submit
from tests.factories.customers import a_contact, a_contact_report, a_dealing, a_handover, a_notice
from tests.factories.directory import a_customer
from tests.people import hire


def refused(record):
    with db.session.no_autoflush:
        return {refusal.field for refusal in check(record)}


@pytest.fixture
def sara(people):
    """Takes over from alice."""
    with writing("cli"):
        return hire("sara", "沈莎", people.sales, people.alice.employee.post, "sales_rep")


@pytest.fixture
def clerk(people):
    """Of the sales department too: opens and submits what its head signs."""
    with writing("cli"):
        return hire("clio", "柯丽", people.sales, people.alice.employee.post, "department_head")


@pytest.fixture
def customers(people):
    """alice represents two customers, and is in touch with a third."""
    rep = people.alice.employee
    one, two, three = store(
        a_customer(name="甲公司", responsible_rep=rep),
        a_customer(name="乙公司", responsible_rep=rep),
        a_customer(name="丙公司"),
    )
    store(a_contact(customer=three, employee=rep))
    store(a_customer(name="丁公司", responsible_rep=people.bob.employee))
    return one, two, three


def opened(people, sara, clerk, **values):
    with by(clerk):
        handover = a_handover(
            leaver=people.alice.employee,
            business_dept=people.sales,
            received_by=people.dave.employee,
            successor=sara.employee,
            **values,
        )
        db.session.add(handover)
    return handover


def signed(handover, people, sara, clerk):
    case = submit(handover, clerk)
    sign(case, people.alice)
    sign(case, people.dave)
    sign(case, people.bob)
    sign(case, sara)
    return case


def told(handover):
    """Every notice of it has gone out."""
    with writing("cli"):
        for notice in db.session.scalars(
            CustomerNotice.living().where(CustomerNotice.handover_id == handover.id)
        ):
            notice.channel = "letter"
            handing_over.note_notice(notice)


def go_on(handover, somebody, *states):
    for state in states:
        with by(somebody):
            handing_over.move_on(state)(handover)


def completed(handover):
    with writing("cli"):
        for line in handover.material:
            line.complete = True


# -- opening -----------------------------------------------------------------------------------------


@pytest.mark.catalogue("R11", "BR-006")
def test_a_handover_brings_in_every_customer_of_the_leaver(people, sara, clerk, customers):
    handover = opened(people, sara, clerk)

    assert [line.customer.name for line in handover.material] == ["甲公司", "乙公司", "丙公司"]
    assert handover.business_head is people.bob.employee
    assert handover.number.startswith("KHJJ-")


@pytest.mark.catalogue("R11")
def test_a_customer_he_got_meanwhile_is_brought_in_before_it_is_submitted(
    people, sara, clerk, customers
):
    handover = opened(people, sara, clerk)
    store(a_customer(name="戊公司", responsible_rep=people.alice.employee))

    with pytest.raises(Refused) as no:
        submit(handover, clerk)
    assert [refusal.field for refusal in no.value.refusals] == ["handed"]
    with by(clerk):
        handing_over.bring_in(handover)
    submit(handover, clerk)

    assert handover.state == "signing"


@pytest.mark.catalogue("R11")
def test_who_leaves_neither_comes_after_himself_nor_receives(people, sara):
    me = people.alice.employee

    assert refused(a_handover(leaver=me, successor=me)) == {"successor_id"}
    assert refused(a_handover(leaver=me, received_by=me)) == {"received_by_id"}
    assert refused(
        a_handover(
            leaver=me,
            material=[CustomerHandoverLine(customer=a_customer(), successor=me, order_no=0)],
        )
    ) == {"handed"}


@pytest.mark.catalogue("R11")
def test_a_leaver_has_one_handover_also_for_two_clerks_at_once(people, sara, clerk, customers):
    opened(people, sara, clerk)

    with pytest.raises(Refused) as no:
        opened(people, sara, clerk)
    assert [refusal.field for refusal in no.value.refusals] == ["leaver_id"]
    table = CustomerHandover.__table__
    with (
        pytest.raises(IntegrityError),
        db.engine.connect().execution_options(writes=True) as connection,
        connection.begin(),
    ):
        connection.execute(
            table.insert(),
            [
                {
                    "leaver_id": people.alice.employee.id, "business_dept_id": people.sales.id,
                    "received_by_id": people.dave.employee.id, "successor_id": sara.employee.id,
                    "state": "opened", "version": 1, "no_data_taken_declaration": False,
                }
            ],
        )  # fmt: skip


@pytest.mark.catalogue("R11")
def test_transfer_and_resignation_open_it_only_where_there_are_customers(people, sara, customers):
    with writing("cli"):
        made = handing_over.open_handover(
            people.alice.employee,
            successor=sara.employee,
            received_by=people.dave.employee,
            trigger="resignation",
            trigger_no="LZ-2026-001",
        )
        none = handing_over.open_handover(
            people.carol.employee, successor=sara.employee, received_by=people.dave.employee
        )

    assert (made.trigger, made.trigger_no, len(made.material)) == (
        "resignation",
        "LZ-2026-001",
        3,
    )
    assert none is None


# -- the export right ----------------------------------------------------------------------------------


def ways_out(browser, customer):
    """Every door by which customers could be carried away."""
    doors = {
        "xlsx": "/export/customer.xlsx",
        "csv": "/export/customer_interaction.csv",
        "chosen": f"/export/customer.xlsx?ids={customer.id}",
        "paper": f"/print/customer/{customer.id}/customer_file.pdf",
        "list on paper": "/print/customer/customer_list.pdf",
    }
    found = {name: browser.get(door, buffered=True).status_code for name, door in doors.items()}
    chosen = {"action": "print-customer_file", "ids": customer.id}
    found["bulk"] = browser.post("/customer/action_post", data=chosen).status_code
    return found


@pytest.fixture
def exporter(people):
    """A leaver whose roles let him export: a head of department with customers of his own."""
    with writing("cli"):
        return hire(
            "otto", "欧拓", people.sales, people.alice.employee.post, "department_head", "general_manager"
        )  # fmt: skip


@pytest.mark.catalogue("BR-006")
def test_the_export_right_ends_on_every_path_when_the_handover_opens(
    people, sara, clerk, exporter, as_
):
    customer = store(a_customer(responsible_rep=exporter.employee))
    browser = as_(exporter)
    assert 403 not in ways_out(browser, customer).values()

    with by(clerk):
        handover = a_handover(
            leaver=exporter.employee,
            business_dept=people.sales,
            received_by=people.dave.employee,
            successor=sara.employee,
        )
        db.session.add(handover)

    assert set(ways_out(browser, customer).values()) == {403}
    page = browser.get("/customer/list/").text
    assert "/export/customer.xlsx" not in page
    assert browser.get(f"/customer/show/{customer.id}").status_code == 200
    with writing("cli"):
        void(handover, "不调离了")
    assert 403 not in ways_out(browser, customer).values()


@pytest.mark.catalogue("BR-006")
def test_every_register_about_customers_is_closed_to_him_and_no_other(
    people, sara, clerk, exporter
):
    """Whatever names a customer, of whichever office; what does not stays as it was."""
    store(a_customer(responsible_rep=exporter.employee))
    before = {
        r.register for r in rights() if scopes.may(scopes.someone(exporter.user), "x", r.register)
    }
    store(
        a_handover(
            leaver=exporter.employee,
            business_dept=people.sales,
            received_by=people.dave.employee,
            successor=sara.employee,
        )
    )
    leaver = scopes.someone(users.by_id(exporter.id))

    after = {r.register for r in rights() if scopes.may(leaver, "x", r.register)}

    gone = before - after
    assert {"customer", "customer_interaction", "contact_report", "customer_statistical_report",
            "sales_fact", "customer_stock"} <= gone  # fmt: skip
    assert {"leave_request", "it_device"} <= after
    assert all(not scopes.may(leaver, "x", name) for name in gone)
    assert scopes.may(leaver, "r", "customer")


# -- signatures and what follows -----------------------------------------------------------------------


@pytest.mark.catalogue("AF-23", "R11")
def test_the_leaver_declares_both_departments_sign_and_the_successor_last(
    people, sara, clerk, customers
):
    handover = opened(people, sara, clerk)

    case = submit(handover, clerk)
    assert asked(case) == {people.alice.id}
    sign(case, people.alice)
    assert asked(case) == {people.bob.id, people.dave.id}
    sign(case, people.dave)
    assert (asked(case), handover.state) == ({people.bob.id}, "signing")
    sign(case, people.bob)
    assert asked(case) == {sara.id}
    sign(case, sara)

    assert (handover.state, handover.no_data_taken_declaration) == ("received", True)


@pytest.mark.catalogue("AF-23")
def test_what_one_of_them_refuses_is_open_again_and_changes_nothing(
    people, sara, clerk, customers
):
    handover = opened(people, sara, clerk)
    case = submit(handover, clerk)
    sign(case, people.alice)

    sign(case, people.dave, "reject", "资料未交齐")

    assert handover.state == "opened"
    assert customers[0].responsible_rep is people.alice.employee
    assert users.by_id(people.alice.id).active


@pytest.mark.catalogue("AF-23")
def test_the_head_who_submits_it_alone_has_somebody_above_him(people, sara, clerk, customers):
    with by(people.bob):
        handover = a_handover(
            leaver=people.alice.employee,
            business_dept=people.sales,
            received_by=people.dave.employee,
            successor=sara.employee,
        )
        db.session.add(handover)

    with pytest.raises(Refused) as no:
        submit(handover, people.bob)

    assert [refusal.field for refusal in no.value.refusals] == ["business_dept_id"]


@pytest.mark.catalogue("AF-23", "R11")
def test_where_the_head_himself_leaves_the_department_above_signs(people, sara, clerk):
    store(a_customer(responsible_rep=people.bob.employee))

    def handover_of_the_head():
        with by(clerk):
            made = a_handover(
                leaver=people.bob.employee,
                business_dept=people.sales,
                received_by=people.dave.employee,
                successor=sara.employee,
            )
            db.session.add(made)
        return made

    alone = handover_of_the_head()
    with pytest.raises(Refused) as no:
        submit(alone, clerk)
    assert [refusal.field for refusal in no.value.refusals] == ["business_dept_id"]
    with writing("cli"):
        void(alone, "先指定上级部门")
        people.sales.parent = people.office
        people.office.head_id = people.carol.employee.id

    case = submit(handover_of_the_head(), clerk)
    sign(case, people.bob)

    assert asked(case) == {people.carol.id, people.dave.id}


@pytest.mark.catalogue("R11", "AF-23")
def test_with_the_last_signature_his_customers_are_in_other_hands(people, sara, clerk, customers):
    one, two, three = customers
    me = people.alice.employee
    soon = clock.today() + timedelta(days=3)
    open_step, done_step = store(
        a_dealing(customer=one, our_person=me, next_action="回访", next_action_on=soon),
        a_dealing(
            customer=one, our_person=me, next_action="寄样",
            next_action_on=clock.today() - timedelta(days=3),
        ),
    )  # fmt: skip
    with by(people.alice):
        report = a_contact_report(customer=two, next_step="议价", next_on=soon)
        db.session.add(report)
    sign(submit(report, people.alice), people.bob)
    handover = opened(people, sara, clerk)
    with writing("cli"):
        handover.material[1].successor = people.bob.employee

    signed(handover, people, sara, clerk)

    assert [c.responsible_rep for c in (one, two)] == [sara.employee, people.bob.employee]
    (contact,) = CustomerContactAssignment.active_of(three)
    assert (contact.employee, contact.role) == (sara.employee, "main")
    assert (open_step.our_person, open_step.next_by) == (me, sara.employee)
    assert done_step.next_by is None
    assert report.next_by is people.bob.employee
    notices = list(db.session.scalars(select(CustomerNotice).order_by(CustomerNotice.customer_id)))
    assert [(n.customer, n.successor, n.state) for n in notices] == [
        (one, sara.employee, "drafted"),
        (two, people.bob.employee, "drafted"),
        (three, sara.employee, "drafted"),
    ]


@pytest.mark.catalogue("R11", "AF-23")
def test_the_leavers_account_is_closed_and_his_sessions_end(people, sara, clerk, customers, as_):
    handover = opened(people, sara, clerk)
    browser = as_(people.alice)
    assert browser.get("/customer/list/").status_code == 200

    signed(handover, people, sara, clerk)

    assert not users.by_id(people.alice.id).active
    assert sessions.open_ones(people.alice.id) == []
    assert handover.access_ended_on == clock.today()
    assert browser.get("/customer/list/").status_code == 302


@pytest.mark.catalogue("R11")
def test_who_leaves_later_keeps_his_account_until_that_day(people, sara, clerk, customers, on):
    last = clock.today() + timedelta(days=4)
    handover = opened(people, sara, clerk, leave_on=last)
    signed(handover, people, sara, clerk)
    dates.run()
    assert users.by_id(people.alice.id).active

    with on(str(last)):
        dates.run()

    assert not users.by_id(people.alice.id).active
    assert db.session.get(CustomerHandover, handover.id).access_ended_on == last


@pytest.mark.catalogue("BR-010", "R11")
def test_an_important_new_customer_has_two_contacts_after_the_handover_too(
    people, sara, clerk, customers
):
    one = customers[0]
    store(a_contact(customer=one, employee=people.alice.employee))
    store(a_contact(customer=one, employee=sara.employee, role="second"))
    with writing("cli"):
        one.is_promising_new = True
    handover = opened(people, sara, clerk)
    with pytest.raises(Refused) as no:
        submit(handover, clerk)
    assert [refusal.field for refusal in no.value.refusals] == ["handed"]

    with writing("cli"):
        handover.material[0].successor = people.bob.employee
    signed(handover, people, sara, clerk)

    assert {c.employee.name: c.role for c in CustomerContactAssignment.active_of(one)} == {
        "王强": "main",
        "沈莎": "second",
    }


@pytest.mark.catalogue("R11")
def test_once_handed_over_a_line_keeps_its_customer_and_successor(people, sara, clerk, customers):
    handover = opened(people, sara, clerk)
    signed(handover, people, sara, clerk)

    with pytest.raises(Refused), by(people.dave):
        handover.material[0].successor_id = people.bob.employee.id
    with pytest.raises(Refused), by(people.dave):
        handover.material.append(CustomerHandoverLine(customer=store(a_customer()), order_no=9))
    with by(people.dave):
        handover.material[0].complete = True

    assert handover.material[0].complete


# -- sorting, archiving, closing -------------------------------------------------------------------------


@pytest.mark.catalogue("R11")
def test_what_goes_into_the_archive_is_complete_or_says_what_is_missing(
    people, sara, clerk, customers
):
    handover = opened(people, sara, clerk)
    signed(handover, people, sara, clerk)
    go_on(handover, people.dave, "sorted")
    assert handing_over.move_on("archived").why_not(handover) is not None
    with pytest.raises(Refused):
        go_on(handover, people.dave, "archived")
    with pytest.raises(Refused), writing("cli"):
        handover.state = "archived"
    with by(people.dave):
        for line in handover.material[:2]:
            line.complete = True
        handover.material[2].missing = "2024 年合同原件"

    go_on(handover, people.dave, "archived")

    assert handover.state == "archived"


@pytest.mark.catalogue("BR-006", "BR-007", "R11")
def test_it_is_not_closed_before_every_customer_has_a_successor_and_is_told(
    people, sara, clerk, customers
):
    handover = opened(people, sara, clerk)
    signed(handover, people, sara, clerk)
    completed(handover)
    go_on(handover, people.dave, "sorted", "archived")

    with pytest.raises(Refused):
        go_on(handover, people.dave, "closed")
    with pytest.raises(Refused) as no, writing("cli"):  # by hand, past the button
        handover.state = "closed"
    assert len(no.value.refusals) == 3
    db.session.refresh(handover)
    told(handover)
    late = store(a_customer(name="己公司", responsible_rep=people.alice.employee))
    with pytest.raises(Refused) as no:
        go_on(handover, people.dave, "closed")
    assert "己公司" in str(no.value)
    with writing("cli"):
        late.responsible_rep = sara.employee
    go_on(handover, people.dave, "closed")

    assert (handover.state, handover.closed_on) == ("closed", clock.today())


@pytest.mark.catalogue("BR-007")
def test_a_closed_handover_keeps_its_notices(people, sara, clerk, customers):
    handover = opened(people, sara, clerk)
    signed(handover, people, sara, clerk)
    completed(handover)
    told(handover)
    go_on(handover, people.dave, "sorted", "archived", "closed")
    notice = db.session.scalars(select(CustomerNotice)).first()

    with pytest.raises(Refused), writing("cli"):
        void(notice, "不要了")


# -- R12 ---------------------------------------------------------------------------------------------


@pytest.mark.catalogue("R12", "BR-007")
def test_a_customer_is_told_by_some_channel_and_then_hears_from_the_successor(app):
    notice = store(a_notice())
    with pytest.raises(Refused), writing("cli"):
        handing_over.note_notice(notice)
    with pytest.raises(Refused), writing("cli"):
        handing_over.note_first_contact(notice)

    with writing("cli"):
        notice.channel = "letter"
        handing_over.note_notice(notice)
        handing_over.note_first_contact(notice)

    assert (notice.state, notice.notified_on, notice.first_contact_on) == (
        "contacted",
        clock.today(),
        clock.today(),
    )


@pytest.mark.catalogue("R12")
def test_days_of_a_notice_follow_each_other(people, on):
    me = people.alice.employee
    with on("2026-03-10"):
        early = a_notice(notified_on=date(2026, 3, 6), first_contact_on=date(2026, 3, 5))
        later = a_notice(notified_on=date(2026, 3, 11))

        assert refused(early) == {"first_contact_on"}
        assert refused(later) == {"notified_on"}
        assert refused(a_notice(leaver=me, successor=me)) == {"successor_id"}
        assert refused(a_notice(state="notified")) == {"notified_on", "channel"}


@pytest.mark.catalogue("DL-21", "R12")
def test_told_within_three_working_days_and_in_touch_within_five_of_that(people, on, as_):
    with on("2026-03-06"):  # a Friday
        notice = store(a_notice(customer=a_customer(name="丙公司")))
    assert notice.notify_by == date(2026, 3, 11)

    with on("2026-03-11"):
        assert "丙公司" not in as_(people.bob).get("/customer_notice/list/?view=overdue").text
    with on("2026-03-12"):
        assert "丙公司" in as_(people.bob).get("/customer_notice/list/?view=overdue").text
        with writing("cli"):
            notice.channel = "letter"
            handing_over.note_notice(notice)
        assert "丙公司" not in as_(people.bob).get("/customer_notice/list/?view=overdue").text

    assert notice.contact_by == date(2026, 3, 19)


@pytest.mark.catalogue("DL-21")
def test_who_owes_a_notice_is_reminded_once_and_the_marketing_manager_when_it_is_late(
    people, sara, on
):
    with writing("cli"):
        mona = hire("mona", "孟娜", people.office, sara.employee.post, "marketing_manager")
    with on("2026-03-06"):
        store(a_notice(successor=sara.employee))

    def messages():
        query = select(Notification.user_id, func.count()).where(
            Notification.kind.in_(("due_soon", "due_late"))
        )
        return dict(tuple(row) for row in db.session.execute(query.group_by(Notification.user_id)))

    with on("2026-03-10"):
        dates.run()
        assert messages() == {}
    with on("2026-03-11"):
        dates.run()
        dates.run()
        assert messages() == {people.bob.id: 1, sara.id: 1}
    with on("2026-03-12"):
        dates.run()
        dates.run()

    assert messages() == {people.bob.id: 2, sara.id: 2, mona.id: 1}


# -- paper, flow ----------------------------------------------------------------------------------------


@pytest.mark.catalogue("E37", "R11")
def test_the_list_names_customers_material_and_who_signed(people, sara, clerk, customers, as_):
    from tests.documents.test_prints import words_of

    handover = opened(people, sara, clerk)
    with writing("cli"):
        handover.material[0].materials = "合同 3 份、往来函 12 件"
    signed(handover, people, sara, clerk)

    paper = as_(clerk).get(
        f"/print/customer_handover/{handover.id}/customer_handover.pdf", buffered=True
    )

    words = words_of(paper.data).replace(" ", "")
    for said in ("客户资料交接清单", "甲公司", "乙公司", "丙公司", "合同3份、往来函12件", "李雯", "王强", "陈勇", "沈莎", "E37"):  # fmt: skip
        assert said in words


@pytest.mark.catalogue("AF-23")
def test_a_step_may_name_several_fields_and_an_office_may_publish_that(app):
    flow = db.session.scalars(select(ApprovalFlow).where(ApprovalFlow.flow == "AF-23")).one()

    with writing("cli"):
        draft = publishing.new_version(flow)
        publishing.publish(draft)

    (step,) = [one for one in draft.spec() if one.key == "departments"]
    assert step.who.names == ("business_head_id", "received_by_id")
    with pytest.raises(Refused), writing("cli"):
        other = publishing.new_version(draft)
        next(s for s in other.steps if s.key == "departments").named_in = "leaver_id,nobody"
        other.purpose = "D16§5"
