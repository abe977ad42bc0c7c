"""Departments, posts and employees."""

from __future__ import annotations

import pytest

from app.extensions import db
from app.organisation import people as questions
from app.records import Refused, check, writing
from tests.factories.directory import a_department, a_post, an_employee


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
