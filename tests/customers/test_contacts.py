"""Who of ours is in touch with a customer, and what they report."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from app.domains.customers import contacts
from app.domains.customers.contacts import (
    ContactReporter,
    CustomerContactAssignment,
    CustomerMajorMatter,
)
from app.extensions import db
from app.records import NotAllowed, Refused, check, void, writing
from app.records.moving import moving
from tests.customers.acting import asked, by, sign, store, submit
from tests.exchange.sheets import load
from tests.factories.customers import a_contact, a_contact_report, a_matter
from tests.factories.directory import a_customer
from tests.people import hire

end = moving("ended")


def refused(record):
    with db.session.no_autoflush:
        return {refusal.field for refusal in check(record)}


@pytest.fixture
def sara(people):
    """A second sales representative."""
    with writing("cli"):
        return hire("sara", "沈莎", people.sales, people.alice.employee.post, "sales_rep")


# -- R07 ---------------------------------------------------------------------------------------------


def a_reported_matter(people, **values):
    return store(a_matter(dept=people.sales, reported_to=people.office, **values))


@pytest.mark.catalogue("R07")
def test_the_department_it_is_reported_to_receives_a_matter_and_files_it(people):
    matter = a_reported_matter(people)

    with pytest.raises(NotAllowed), by(people.alice):
        contacts.receive(matter)
    with by(people.dave):
        contacts.receive(matter)
    assert (matter.state, matter.received_by, matter.received_on is not None) == (
        "received",
        people.dave.employee,
        True,
    )
    with pytest.raises(NotAllowed), by(people.alice):
        contacts.put_on_file(matter)
    with by(people.dave):
        contacts.put_on_file(matter)

    assert matter.state == "filed"
    with pytest.raises(Refused), by(people.dave):
        matter.matter = "改写"


@pytest.mark.catalogue("R07")
def test_nothing_counts_as_received_without_who_and_when(people):
    matter = a_reported_matter(people)

    with pytest.raises(Refused), writing("cli"):
        matter.state = "received"


@pytest.mark.catalogue("R07", "BR-008")
def test_a_confidential_business_says_why(people):
    assert refused(a_matter(is_confidential=True)) == {"confidential_reason"}
    assert refused(a_matter(is_confidential=True, confidential_reason="  ")) == {
        "confidential_reason"
    }
    assert refused(a_matter(confidential_reason="谈判中")) == {"confidential_reason"}
    assert refused(a_matter(is_confidential=True, confidential_reason="谈判中")) == set()


@pytest.mark.catalogue("R07", "BR-008")
def test_of_a_confidential_business_the_desk_sees_the_fact_and_not_the_content(people, as_):
    customer = store(a_customer())
    answer = as_(people.bob).post(
        "/customer_major_matter/add",
        data={
            "customer_id": customer.id, "dept_id": people.sales.id, "reported_to_id": people.office.id,
            "matter": "拟收购客户三成股权", "is_confidential": "1", "confidential_reason": "谈判中",
        },
    )  # fmt: skip
    assert answer.status_code == 302
    matter = db.session.scalars(select(CustomerMajorMatter)).one()
    with writing("cli"):
        boss = hire("gina", "高敏", people.office, people.alice.employee.post, "general_manager")
        head = hire("hugo", "胡果", people.sales, people.alice.employee.post, "department_head")

    pages = {
        who: as_(somebody).get(f"/customer_major_matter/show/{matter.id}").text
        for who, somebody in (("desk", people.dave), ("auditor", people.erin), ("boss", boss), ("head", head))
    }  # fmt: skip

    assert {who: "拟收购客户三成股权" in page for who, page in pages.items()} == {
        "desk": False,
        "auditor": False,
        "boss": True,
        "head": True,
    }
    assert "该业务保密" in pages["desk"]
    assert "拟收购" not in as_(people.dave).get("/search?q=拟收购").text.replace('value="拟收购"', "").replace("拟收购”", "")  # fmt: skip


@pytest.mark.catalogue("R07", "BR-008")
def test_what_is_confidential_no_more_is_open_again(people):
    matter = a_reported_matter(
        people, matter="拟合资", is_confidential=True, confidential_reason="谈判中"
    )
    assert matter.confidential_content == "拟合资"
    assert matter.matter != "拟合资"

    with writing("cli"):
        matter.matter = "拟合资，已定"
    assert matter.confidential_content == "拟合资，已定"
    with writing("cli"):
        matter.is_confidential, matter.confidential_reason = False, None

    assert (matter.matter, matter.confidential_content) == ("拟合资，已定", None)


@pytest.mark.catalogue("R07", "BR-008")
def test_a_sheet_keeps_the_secret_too(people):
    store(a_customer(name="甲"))

    load(
        [
            [
                "customer",
                "dept",
                "reported_to",
                "matter",
                "is_confidential",
                "confidential_reason",
            ],
            ["甲", "销售部", "行政部", "拟并购", "是", "谈判中"],
        ],
        "customer_major_matter",
    )

    matter = db.session.scalars(select(CustomerMajorMatter)).one()
    assert (matter.confidential_content, "拟并购" in matter.matter) == ("拟并购", False)


@pytest.mark.catalogue("R07", "DL-65")
@pytest.mark.parametrize(
    ("told", "late"), [("2026-03-06", False), ("2026-03-09", False), ("2026-03-10", True)]
)
def test_a_matter_of_friday_is_reported_on_monday_at_the_latest(people, on, told, late):
    with on(told):
        matter = a_reported_matter(people, happened_on=date(2026, 3, 6))

    assert (matter.report_by, matter.is_late) == (date(2026, 3, 9), late)


def test_a_matter_lies_not_in_the_future(app, on):
    with on("2026-03-06"):
        assert refused(a_matter(happened_on=date(2026, 3, 7))) == {"happened_on"}


# -- R08 ---------------------------------------------------------------------------------------------


@pytest.mark.catalogue("R08", "R01")
def test_the_card_names_the_second_contact(people, sara, as_):
    customer = store(a_customer())
    store(a_contact(customer=customer, employee=people.alice.employee))
    assert customer.second_contact is None

    second = store(a_contact(customer=customer, employee=sara.employee, role="second"))

    assert customer.second_contact == "沈莎"
    assert "沈莎" in as_(people.bob).get(f"/customer/show/{customer.id}").text
    with by(people.bob):
        end(second)
    assert (second.to_on is not None, customer.second_contact) == (True, None)


@pytest.mark.catalogue("R08", "R01")
def test_contacts_entered_in_one_click_and_voided_ones_are_told_to_the_card(people, sara):
    with writing("cli"):
        customer = a_customer()
        db.session.add_all(
            [
                a_contact(customer=customer, employee=sara.employee, role="second"),
                a_contact(customer=customer, employee=people.alice.employee, role="main"),
            ]
        )
    assert customer.second_contact == "沈莎"

    with writing("cli"):
        void(CustomerContactAssignment.active_of(customer)[1], "登记有误")

    assert customer.second_contact is None


@pytest.mark.catalogue("R08", "BR-010")
def test_two_contacts_are_two_persons_and_one_of_them_is_the_main_one(people, sara):
    customer = store(a_customer())
    store(a_contact(customer=customer, employee=people.alice.employee))

    assert refused(
        a_contact(customer=customer, employee=people.alice.employee, role="second")
    ) == {"employee_id"}
    assert refused(a_contact(customer=customer, employee=sara.employee, role="main")) == {"role"}
    assert refused(a_contact(customer=customer, employee=sara.employee, role="second")) == set()


@pytest.mark.catalogue("R08", "BR-010")
def test_two_clerks_at_the_same_moment_make_no_second_main_contact(people, sara):
    """The database itself says no, where both have asked before either wrote."""
    customer = store(a_customer())
    store(a_contact(customer=customer, employee=people.alice.employee))
    table = CustomerContactAssignment.__table__
    row = {
        "customer_id": customer.id, "state": "active", "version": 1,
    }  # fmt: skip

    for values in (
        {"employee_id": sara.employee.id, "role": "main"},
        {"employee_id": people.alice.employee.id, "role": "second"},
    ):
        with (
            pytest.raises(IntegrityError),
            db.engine.connect().execution_options(writes=True) as connection,
            connection.begin(),
        ):
            connection.execute(table.insert(), [row | values])


@pytest.mark.catalogue("BR-010")
def test_an_important_new_customer_is_not_left_with_one_contact(people, sara):
    customer = store(a_customer(is_promising_new=True))
    first = store(a_contact(customer=customer, employee=people.alice.employee))
    store(a_contact(customer=customer, employee=sara.employee, role="second"))

    with pytest.raises(Refused) as no, by(people.bob):
        end(first)
    assert "较重要" in str(no.value) or "important" in str(no.value)
    with pytest.raises(Refused), writing("cli"):
        void(first, "不再联系")
    db.session.refresh(first)
    store(a_contact(customer=customer, employee=people.bob.employee, role="second"))
    with by(people.bob):
        end(first)

    assert first.state == "ended"


@pytest.mark.catalogue("R08")
def test_a_contact_is_not_moved_to_another_customer_nor_ended_before_it_began(people):
    contact = store(a_contact(employee=people.alice.employee, from_on=date(2026, 3, 6)))
    other = store(a_customer())

    with pytest.raises(Refused) as no, by(people.bob):
        contact.customer_id, contact.customer = other.id, other
    assert {refusal.field for refusal in no.value.refusals} == {"customer_id"}
    db.session.refresh(contact)
    with pytest.raises(Refused) as no, by(people.bob):
        contact.to_on = date(2026, 3, 5)

    assert {refusal.field for refusal in no.value.refusals} == {"to_on"}


def test_of_an_ordinary_customer_the_last_contact_may_end(people):
    contact = store(a_contact(employee=people.alice.employee))

    with by(people.bob):
        end(contact)

    assert contact.state == "ended"


@pytest.mark.catalogue("BR-010")
def test_important_new_customers_without_two_contacts_or_a_report_stand_in_a_view(
    people, sara, as_
):
    lonely, silent, kept, ordinary = store(
        a_customer(name="孤单公司", is_promising_new=True),
        a_customer(name="沉默公司", is_promising_new=True),
        a_customer(name="周到公司", is_promising_new=True),
        a_customer(name="平常公司"),
    )
    for customer in (silent, kept):
        store(a_contact(customer=customer, employee=people.alice.employee))
        store(a_contact(customer=customer, employee=sara.employee, role="second"))
    report = store_report(people.alice, kept, people.alice, sara)
    with by(sara):
        contacts.sign_as_reporter(report)
    submit(report, people.alice)

    page = as_(people.bob).get("/customer/list/?view=neglected").text

    assert [c.name in page for c in (lonely, silent, kept, ordinary)] == [True, True, False, False]


# -- R09 ---------------------------------------------------------------------------------------------


def store_report(author, customer, *reporters, **values):
    with by(author):
        report = a_contact_report(customer=customer, **values)
        report.reporting = [
            ContactReporter(employee_id=one.employee.id, employee=one.employee, order_no=place)
            for place, one in enumerate(reporters)
        ]
        db.session.add(report)
    return report


@pytest.mark.catalogue("R09")
def test_the_superior_reads_a_contact_report_and_leaves_his_remark(people):
    report = store_report(people.alice, store(a_customer()), next_step="寄样品")
    assert [one.employee for one in report.reporting] == [people.alice.employee]
    assert report.next_by is people.alice.employee

    case = submit(report, people.alice)
    assert (report.state, asked(case)) == ("submitted", {people.bob.id})
    sign(case, people.bob, opinion="跟进样品")

    assert (report.state, report.read_by, report.superior_remark) == (
        "read",
        people.bob.employee,
        "跟进样品",
    )
    with pytest.raises(Refused), by(people.alice):
        report.matters_discussed = "改写"


@pytest.mark.catalogue("R09")
def test_a_report_that_is_not_accepted_is_a_draft_again(people):
    report = store_report(people.alice, store(a_customer()))
    case = submit(report, people.alice)

    sign(case, people.bob, "reject", "写得太简单")

    assert report.state == "draft"
    assert submit(report, people.alice).status == "running"


@pytest.mark.catalogue("R09")
def test_the_head_who_reports_himself_is_read_by_another(people):
    with writing("cli"):
        other = hire(
            "mona", "孟娜", people.office, people.alice.employee.post, "marketing_manager"
        )
    report = store_report(people.bob, store(a_customer()))

    case = submit(report, people.bob)

    assert asked(case) == {other.id}


@pytest.mark.catalogue("R09", "BR-010")
def test_of_an_important_new_customer_two_contacts_report_together(people, sara):
    customer = store(a_customer(is_promising_new=True))
    alone = store_report(people.alice, customer)
    with pytest.raises(Refused) as no:
        submit(alone, people.alice)
    assert {refusal.field for refusal in no.value.refusals} == {"reporters"}
    both = store_report(people.alice, customer, people.alice, sara)
    with by(sara):
        contacts.sign_as_reporter(both)
    with pytest.raises(Refused):  # neither is entered as his contact
        submit(both, people.alice)

    store(a_contact(customer=customer, employee=people.alice.employee))
    store(a_contact(customer=customer, employee=sara.employee, role="second"))
    submit(both, people.alice)

    assert both.state == "submitted"


@pytest.mark.catalogue("R09", "E44")
def test_each_reporter_signs_with_his_own_account_and_anew_after_a_change(people, sara):
    report = store_report(people.alice, store(a_customer()), people.alice, sara)
    with pytest.raises(Refused):
        submit(report, people.alice)
    with pytest.raises(NotAllowed), by(people.carol):
        contacts.sign_as_reporter(report)
    with by(sara):
        contacts.sign_as_reporter(report)
    with pytest.raises(NotAllowed), by(sara):
        contacts.sign_as_reporter(report)
    with by(people.alice):
        report.matters_discussed = "另议价格"
    with pytest.raises(Refused):
        submit(report, people.alice)
    with by(sara):
        contacts.sign_as_reporter(report)

    case = submit(report, people.alice)
    sign(case, people.bob)

    assert [(name, at is not None) for _title, name, at in report.signatures()] == [
        ("李雯", True),
        ("沈莎", True),
        ("王强", True),
    ]


@pytest.mark.catalogue("R09")
def test_who_is_named_as_a_reporter_sees_the_report(people, as_):
    customer = store(a_customer())
    report = store_report(people.alice, customer, people.alice, people.carol)
    other = store_report(people.alice, customer)

    browser = as_(people.carol)

    assert browser.get(f"/contact_report/show/{report.id}").status_code == 200
    assert browser.get(f"/contact_report/show/{other.id}").status_code == 404


@pytest.mark.catalogue("R09")
def test_nobody_stands_twice_among_the_reporters_and_nothing_lies_in_the_future(people, on):
    with on("2026-03-06"), pytest.raises(Refused) as no:
        store_report(people.alice, a_customer(), people.alice, people.alice, contact_on=date(2026, 3, 7))  # fmt: skip

    assert {refusal.field for refusal in no.value.refusals} == {"reporters", "contact_on"}


@pytest.mark.catalogue("R01", "R09")
def test_the_card_says_when_the_customer_was_last_reported_of(people):
    customer = store(a_customer())
    old = store_report(people.alice, customer, contact_on=date(2026, 1, 5))
    new = store_report(people.alice, customer, contact_on=date(2026, 2, 5))
    assert customer.last_report_on is None

    submit(new, people.alice)
    submit(old, people.alice)
    assert customer.last_report_on == date(2026, 2, 5)
    db.session.refresh(new)


@pytest.mark.catalogue("E44")
def test_the_contact_report_comes_out_with_its_persons_and_remark(people, as_, sara):
    from tests.documents.test_prints import words_of

    customer = store(a_customer(name="宁波恒昌电器有限公司"))
    report = store_report(people.bob, customer, people.bob, next_step="寄样品")

    paper = as_(people.bob).get(
        f"/print/contact_report/{report.id}/contact_report.pdf", buffered=True
    )

    words = words_of(paper.data).replace(" ", "")
    for said in (
        "联系报告",
        "宁波恒昌电器有限公司",
        "王强",
        "试用情况与首批订货",
        "寄样品",
        "E44",
        "报告人",
        "上级",
    ):
        assert said in words
