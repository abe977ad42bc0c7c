"""Departments, posts and employees."""

from __future__ import annotations

import pytest

from app.extensions import db
from app.organisation import people as questions
from app.records import Actor, Refused, check, writing
from tests.factories.directory import a_department, a_post, an_employee
from tests.people import hire


def store(*records):
    with writing("cli"):
        db.session.add_all(records)
    return records[0] if len(records) == 1 else records


@pytest.mark.catalogue("R190")
def test_departments_stand_in_a_tree_and_none_below_itself(app):
    head = store(a_department(name="总公司"))
    sales = store(a_department(name="销售部", parent_id=head.id))
    branch = store(a_department(name="华东分公司", parent_id=sales.id))

    assert questions.departments_below(head.id) == {head.id, sales.id, branch.id}
    with pytest.raises(Refused), writing("cli"):
        head.parent = branch
        db.session.flush()


@pytest.mark.catalogue("R190")
def test_the_head_of_a_department_reads_what_belongs_to_those_below_it(people, as_):
    below = store(a_department(name="销售一科", parent_id=people.sales.id))
    aside = store(a_department(name="别处"))
    mine = store(an_employee(name="科员甲", dept=below))
    other = store(an_employee(name="科员乙", dept=aside))

    from app.organisation.models import Employee
    from app.security import scopes

    person = scopes.person_of(people.bob.user)
    assert below.id in person.departments
    assert aside.id not in person.departments
    assert mine.id != other.id
    assert as_(people.bob).get(f"/{Employee.__tablename__}/show/{mine.id}").status_code == 200


@pytest.mark.catalogue("R192")
def test_a_post_says_who_holds_it_and_how_many_are_missing(app):
    post = store(a_post(headcount=3))
    store(an_employee(name="甲", post=post), an_employee(name="乙", post=post))
    gone = store(an_employee(name="丙", post=post))
    with writing("cli"):
        gone.state = "left"
    db.session.expire_all()

    assert post.current_holders == "甲、乙"
    assert post.vacancies == 1


@pytest.mark.catalogue("R192")
def test_a_post_needs_its_duties_and_no_negative_headcount(app):
    with db.session.no_autoflush:
        assert {r.field for r in check(a_post(duties=None, quality_requirement=None))} == {
            "duties", "quality_requirement",
        }  # fmt: skip
        assert {r.field for r in check(a_post(headcount=-1))} == {"headcount"}


@pytest.mark.catalogue("R191")
def test_an_employee_has_department_and_post_and_an_account_only_while_he_is_here(people):
    with db.session.no_autoflush:
        assert {r.field for r in check(an_employee(name=None))} == {"name"}

    with pytest.raises(Refused), writing("cli"):
        people.alice.employee.state = "left"
        db.session.flush()
    with writing("cli"):
        people.alice.employee.user_id = None
        db.session.flush()
        people.alice.employee.state = "left"


@pytest.mark.catalogue("R191")
def test_colleagues_see_the_telephone_of_an_employee_masked_and_their_own_in_full(people, as_):
    with writing("cli"):
        people.alice.employee.phone = "13812345678"
        people.carol.employee.phone = "13987654321"

    page = as_(people.carol).get("/employee/list/?size=200").text

    assert "13812345678" not in page
    assert "13987654321" in page


@pytest.fixture
def personnel(people):
    """Keeps posts and employees."""
    with writing("cli"):
        post = people.dave.employee.post
        return hire("gina", "潘玉", people.office, post, "human_resources")


def do(browser, record, *names):
    for name in names:
        browser.post(
            f"/{record.register_name()}/action/{name}/{record.id}", data={"reason": "机构调整"}
        )
    db.session.refresh(record)
    return record.state


@pytest.mark.catalogue("R192")
def test_a_post_is_abolished_and_established_again_by_who_keeps_the_posts(
    people, personnel, as_, token
):
    post = store(a_post())
    button = f"/post/action/abolish/{post.id}"

    assert button not in as_(people.carol).get(f"/post/show/{post.id}").text
    assert do(as_(people.carol), post, "abolish") == "active"
    assert button in as_(personnel).get(f"/post/show/{post.id}").text
    assert do(as_(personnel), post, "abolish") == "abolished"
    assert "机构调整" in post.remark
    assert do(as_(personnel), post, "abolish", "establish") == "active"
    rest = as_(personnel).post(f"/api/v1/post/{post.id}/abolish", headers=token(personnel))
    again = as_(personnel).post(f"/api/v1/post/{post.id}/abolish", headers=token(personnel))
    forbidden = as_(people.carol).post(
        f"/api/v1/post/{post.id}/establish", headers=token(people.carol)
    )
    assert (rest.status_code, again.status_code, forbidden.status_code) == (200, 422, 403)


@pytest.mark.catalogue("R191")
def test_an_employee_is_transferred_leaves_and_comes_back(people, personnel, as_):
    clerk = store(an_employee())
    browser = as_(personnel)

    assert do(browser, clerk, "transfer") == "transferred"
    assert do(browser, clerk, "return") == "in_service"
    assert do(browser, clerk, "leave") == "left"
    assert do(browser, clerk, "transfer") == "left"
    assert do(browser, clerk, "return") == "in_service"
    assert do(as_(people.carol), clerk, "leave") == "in_service"


@pytest.mark.catalogue("R191")
def test_who_has_an_account_does_not_leave_by_the_button(people, personnel, as_):
    employee = people.alice.employee

    assert do(as_(personnel), employee, "leave") == "in_service"
    assert "请先" in as_(personnel).get(f"/employee/show/{employee.id}").text


def test_the_machine_is_no_employee_not_even_one_without_an_account(people):
    store(an_employee(name="无账号"))

    with writing("job"):
        assert questions.employee_of(None) is None
        assert questions.who_acts() is None
    with writing("ui", Actor(people.alice.id, "李雯")):
        assert questions.who_acts() == people.alice.employee
