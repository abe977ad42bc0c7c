"""A manager gets his people's rights, keeps or withdraws each, and signs."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from app.audit import AuditEntry
from app.domains.infosec import operations
from app.domains.infosec.models import PermissionReview
from app.extensions import db
from app.notices.models import Notification
from app.records import Actor, NotAllowed, Refused, writing
from app.security import users
from tests import people as persons
from tests.approvals.test_casework import as_person
from tests.clock import on
from tests.factories.directory import a_customer


@pytest.fixture
def boss(people):
    with writing("cli"):
        return persons.hire(
            "gina", "高敏", people.office, people.alice.employee.post, "general_manager"
        )


@pytest.fixture
def wendy(people):
    with writing("cli"):
        return persons.hire(
            "wendy", "温迪", people.office, people.alice.employee.post, "website_admin"
        )


@pytest.fixture
def reviews(people, boss, wendy):
    """bob's over 销售部, and the general manager's over the rest."""
    with as_person(people.alice):
        db.session.add(a_customer())
    with as_person(wendy):
        return {r.reviewer.user_id: r for r in operations.open_campaign()}


def lines_of(review):
    return {(one.person, one.role): one for one in review.grants}


def decide_all(review, somebody, decision="keep", **other):
    with as_person(somebody):
        operations.decide(
            review,
            {one.id: (other.get(one.person, decision), "不再负责") for one in review.grants},
        )


def roles_of(somebody):
    db.session.expire_all()
    return {role.name for role in users.by_id(somebody.id).roles}


@pytest.mark.catalogue("R177", "DL-51")
def test_each_head_gets_his_peoples_rights_and_nobody_his_own(people, boss, reviews):
    bobs, ginas = reviews[people.bob.id], reviews[boss.id]

    assert set(lines_of(bobs)) == {("李雯", "sales_rep")}
    assert ("王强", "marketing_manager") in lines_of(ginas)
    assert ("赵静", "receptionist") in lines_of(ginas)
    assert not any(person == "高敏" for person, _role in lines_of(ginas))
    told = db.session.scalars(select(Notification.user_id)).all()
    assert {people.bob.id, boss.id} <= set(told)


@pytest.mark.catalogue("DL-51")
def test_it_is_due_after_ten_working_days_and_one_a_quarter_is_enough(people, boss, wendy):
    with on("2026-03-02"):
        with as_person(wendy):
            made = operations.open_campaign()
        assert str(made[0].due_on) == "2026-03-16"
        with pytest.raises(Refused), as_person(wendy):
            operations.open_campaign()


@pytest.mark.catalogue("R177")
def test_what_was_never_used_is_pointed_out_and_what_was_used_says_when(people, boss, reviews):
    used = lines_of(reviews[people.bob.id])["李雯", "sales_rep"]
    unused = lines_of(reviews[boss.id])["赵静", "receptionist"]

    assert used.last_used is not None
    assert not used.hint
    assert "从未使用" in unused.hint


def test_leavers_and_old_rights_are_found(people, boss, wendy):
    with on("2026-03-02"), as_person(people.alice):
        db.session.add(a_customer())
    with on("2026-07-01"):
        with writing("cli"):
            people.carol.employee.state = "transferred"
        with as_person(wendy):
            made = {r.reviewer.user_id: r for r in operations.open_campaign()}

    assert "121 天未用" in lines_of(made[people.bob.id])["李雯", "sales_rep"].hint
    assert "已调动" in lines_of(made[boss.id])["赵静", "receptionist"].hint


@pytest.mark.catalogue("R177")
def test_what_is_withdrawn_goes_with_the_signature_and_its_holder_is_told(people, boss, reviews):
    review = reviews[people.bob.id]
    decide_all(review, people.bob, "withdraw")
    assert "sales_rep" in roles_of(people.alice), "nothing takes effect before the signature"

    with as_person(people.bob):
        operations.sign(review)

    assert "sales_rep" not in roles_of(people.alice)
    assert review.state == "done"
    assert all(one.corrected_on for one in review.grants)
    kinds = db.session.scalars(
        select(Notification.kind).where(Notification.user_id == people.alice.id)
    ).all()
    assert "right_withdrawn" in kinds
    entry = db.session.scalars(
        select(AuditEntry).where(AuditEntry.action == "roles").order_by(AuditEntry.id.desc())
    ).first()
    assert entry.details["review"] == review.number


def test_nothing_is_signed_while_anything_is_undecided(people, reviews):
    review = reviews[people.bob.id]

    with pytest.raises(Refused), as_person(people.bob):
        operations.sign(review)

    db.session.expire_all()
    assert db.session.get(PermissionReview, review.id).state == "open"


def test_only_the_reviewer_decides_and_a_withdrawal_says_why(people, boss, reviews):
    review = reviews[people.bob.id]
    (line,) = review.grants

    for other in (people.alice, boss, people.erin):
        with pytest.raises(NotAllowed), as_person(other):
            operations.decide(review, {line.id: ("keep", "")})
    with pytest.raises(Refused), as_person(people.bob):
        operations.decide(review, {line.id: ("withdraw", " ")})
    with pytest.raises(NotAllowed), writing("ui", Actor(people.admin.id, "admin")):
        operations.sign(review)


def test_a_signed_review_never_changes(people, reviews):
    review = reviews[people.bob.id]
    decide_all(review, people.bob)
    with as_person(people.bob):
        operations.sign(review)

    with pytest.raises(Refused), as_person(people.bob):
        review.grants[0].decision = "withdraw"
        review.name = "别的"


def test_it_is_opened_and_worked_through_over_pages(people, as_, boss, wendy):
    assert as_(people.bob).post("/reviews/open").status_code == 403
    as_(wendy).post("/reviews/open")
    review = db.session.scalars(
        select(PermissionReview).where(PermissionReview.reviewer_id == people.bob.employee.id)
    ).one()
    browser = as_(people.bob)
    page = browser.get(f"/reviews/{review.id}").text
    assert "李雯" in page
    assert as_(people.alice).get(f"/reviews/{review.id}").status_code == 404
    (line,) = review.grants

    browser.post(
        f"/reviews/{review.id}",
        data={f"decision-{line.id}": "withdraw", f"reason-{line.id}": "转岗", "then": "sign"},
    )

    assert "sales_rep" not in roles_of(people.alice)
    assert "已签署" in browser.get(f"/permission_review/show/{review.id}").text
