"""Files of customers are opened to who asked, for what was asked, until the day it ends - on every path."""

from __future__ import annotations

import json
from datetime import date, timedelta

import pytest

from app.deadlines import dates
from app.domains.customers import access
from app.domains.customers.access import CustomerAccessLine, CustomerAccessRequest
from app.extensions import db
from app.records import Refused, clock, writing
from app.security import scopes, users
from tests import people as persons
from tests.approvals.test_casework import act, as_person, submit
from tests.clock import on
from tests.factories.customers import a_volume, an_access_request
from tests.factories.directory import a_customer, a_customer_person

DAY = "2026-03-02"


@pytest.fixture
def keeper(people):
    """The customer service manager keeps the files; carol's head is the general manager."""
    with writing("cli"):
        post = people.alice.employee.post
        head = persons.hire(
            "gina", "高敏", people.office, post, "general_manager", "department_head"
        )
        keeper = persons.hire("kate", "蒋丽华", people.office, post, "customer_service_manager")
        people.office.head_id = head.employee.id
    return head, keeper


@pytest.fixture
def customer(people):
    with writing("cli"), on("2026-02-02"):
        customer = a_customer(name="宁波恒昌电器有限公司", responsible_rep=people.alice.employee)
        person = a_customer_person(customer=customer, name="林经理")
        volume = a_volume(customer=customer)
        db.session.add_all([customer, person, volume])
        db.session.flush()
        customer.person_id, customer.volume_id = person.id, volume.id
    return customer


def ask(somebody, customer, kind="view", days=7, **more):
    with as_person(somebody):
        request = an_access_request(
            customer=customer,
            access_kind=kind,
            to_on=clock.today() + timedelta(days=days - 1),
            **more,
        )
        db.session.add(request)
    return request


def opened(people, keeper, customer, **more):
    request = ask(people.carol, customer, **more)
    case = submit(request, people.carol)
    act(case, keeper[0])
    act(case, keeper[1])
    return db.session.get(CustomerAccessRequest, request.id)


def paths(client, customer):
    """Every door behind which a customer could be seen: which of them are open."""
    listed = client.get("/customer/list/").text
    found = client.get("/search?q=恒昌", headers={"Accept": "application/json"}).text
    return {
        "show": client.get(f"/customer/show/{customer.id}").status_code == 200,
        "list": customer.name in listed,
        "search": customer.name in json.loads(found).__str__(),
        "person": client.get(f"/customer_person/show/{customer.person_id}").status_code == 200,
        "volume": client.get(f"/customer_archive_volume/show/{customer.volume_id}").status_code
        == 200,
        "select": customer.name in client.get("/options/customer?q=恒昌").text,
    }


@pytest.mark.catalogue("R10", "AF-22", "BR-005")
def test_an_approved_request_opens_the_file_on_every_path_until_its_last_day(
    people, keeper, customer, as_
):
    with on(DAY):
        assert set(paths(as_(people.carol), customer).values()) == {False}

        request = opened(people, keeper, customer)

        assert request.state == "approved"
        assert set(paths(as_(people.carol), customer).values()) == {True}
    with on("2026-03-08 23:59"):
        assert set(paths(as_(people.carol), customer).values()) == {True}
    with on("2026-03-09 00:00"):
        assert set(paths(as_(people.carol), customer).values()) == {False}


@pytest.mark.catalogue("BR-005")
def test_looking_opens_no_print_and_no_export_but_copying_does(people, keeper, customer, as_):
    with on(DAY):
        opened(people, keeper, customer, kind="view")
        client = as_(people.carol)
        assert client.get(f"/print/customer/{customer.id}/customer_file.pdf").status_code in (
            403,
            404,
        )
        person = scopes.someone(users.by_id(people.carol.id))
        assert scopes.held_in_full(person, type(customer), [customer.id], "x") == set()

        opened(people, keeper, customer, kind="copy")
        assert client.get(f"/print/customer/{customer.id}/customer_file.pdf").status_code == 200
        person = scopes.someone(users.by_id(people.carol.id))
        assert scopes.held_in_full(person, type(customer), [customer.id], "x") == {customer.id}


@pytest.mark.catalogue("AF-22")
def test_only_the_applicant_sees_them_and_a_refusal_opens_nothing(people, keeper, customer, as_):
    with on(DAY):
        request = ask(people.carol, customer)
        case = submit(request, people.carol)
        act(case, keeper[0], "reject", opinion="与工作无关")

        assert db.session.get(CustomerAccessRequest, request.id).state == "rejected"
        assert set(paths(as_(people.carol), customer).values()) == {False}

        with writing("cli"):
            other = persons.hire("olga", "吴敏", people.office, people.carol.employee.post)
        opened(people, keeper, customer)
        assert not paths(as_(other), customer)["show"]


def test_who_could_see_nothing_has_no_empty_register_in_his_menu(people, keeper, customer, as_):
    with on(DAY):
        assert "/customer/list/" not in as_(people.carol).get("/").text
        opened(people, keeper, customer)
        assert "/customer/list/" in as_(people.carol).get("/").text


@pytest.mark.catalogue("R10")
def test_the_request_ends_by_itself_and_the_page_says_so(people, keeper, customer):
    with on(DAY):
        request = opened(people, keeper, customer)
    with on("2026-03-08 20:00"):
        dates.run()
        db.session.expire_all()
        assert db.session.get(CustomerAccessRequest, request.id).state == "approved"
    with on("2026-03-09"):
        dates.run()
        dates.run()
        db.session.expire_all()
        assert db.session.get(CustomerAccessRequest, request.id).state == "expired"


def test_the_keeper_may_end_it_before(people, keeper, customer, as_):
    with on(DAY):
        request = opened(people, keeper, customer)

        as_(keeper[1]).post(f"/customer_access_request/action/end/{request.id}")

        db.session.expire_all()
        assert db.session.get(CustomerAccessRequest, request.id).state == "expired"
        assert not paths(as_(people.carol), customer)["show"]


@pytest.mark.catalogue("R10", "R03")
def test_a_borrowed_volume_is_away_until_its_keeper_notes_the_return(people, keeper, customer):
    with on(DAY):
        request = opened(people, keeper, customer, kind="borrow_volume")
        (volume,) = request.volumes()
        assert volume.state == "lent"
        assert request.return_by == date(2026, 3, 8)
    with on("2026-03-10"):
        dates.run()
        db.session.expire_all()
        request = db.session.get(CustomerAccessRequest, request.id)
        assert request.state == "expired"
        assert dates.standing(request)[0][2], "the return is overdue, the access has ended"

        with as_person(keeper[1]):
            access.take_back(request)

        assert (volume.state, request.returned_on) == ("in_place", date(2026, 3, 10))
        assert dates.standing(request) == []


def test_a_name_that_leads_to_no_single_customer_is_refused_at_its_row(people, customer):
    with on(DAY):
        for name in ("宁波恒昌", "查无此人有限公司"):
            with pytest.raises(Refused) as no:
                ask(
                    people.carol,
                    customer,
                    files=[CustomerAccessLine(named=name, order_no=0)],
                )
            assert "customers" in no.value.by_field()
        with pytest.raises(Refused, match="重复"):
            ask(
                people.carol,
                customer,
                files=[
                    CustomerAccessLine(named=customer.name, order_no=0),
                    CustomerAccessLine(named=customer.number, order_no=1),
                ],
            )


def test_it_is_asked_for_days_to_come_and_not_for_ever(people, customer):
    with on(DAY):
        for days in (0, 91):
            with pytest.raises(Refused) as no:
                ask(people.carol, customer, days=days)
            assert "to_on" in no.value.by_field()
        assert ask(people.carol, customer, days=90).applicant_id == people.carol.employee.id


@pytest.mark.catalogue("E45")
def test_the_form_names_the_files_and_who_let_him(people, keeper, customer, as_):
    with on(DAY):
        request = opened(people, keeper, customer)
        answer = as_(people.carol).get(
            f"/print/customer_access_request/{request.id}/customer_access_request.pdf"
        )

    assert answer.status_code == 200
    assert answer.data[:4] == b"%PDF"


@pytest.mark.catalogue("BR-018")
def test_a_manager_sees_every_customer_and_a_representative_his_own_without_a_request(people, as_):
    own, foreign = a_customer(responsible_rep=people.alice.employee), a_customer()
    with writing("cli"):
        db.session.add_all([own, foreign])

    def seen(somebody):
        pages = (as_(somebody).get(f"/customer/show/{one.id}") for one in (own, foreign))
        return [page.status_code for page in pages]

    assert seen(people.bob) == [200, 200]
    assert seen(people.alice) == [200, 404]
