"""The people of the tests. alice writes, bob heads her department, carol has no business here.

alice    sales representative in 销售部
bob      marketing manager, head of 销售部
carol    receptionist in 行政部
dave     customer information officer, keeps the customer files
erin     auditor
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from app.extensions import db
from app.organisation.models import Department, Employee, Post
from app.records import writing
from app.security import users
from app.security.models import User

PASSWORD = "Weiden-Kiesel-48-Lampe"


@dataclass(frozen=True)
class Somebody:
    """A user and the employee behind the account."""

    user: Any
    employee: Employee

    @property
    def id(self) -> int:
        return self.user.id  # type: ignore[no-any-return]


@dataclass(frozen=True)
class People:
    alice: Somebody
    bob: Somebody
    carol: Somebody
    dave: Somebody
    erin: Somebody
    admin: Any
    sales: Department
    office: Department


def hire(username: str, name: str, dept: Department, post: Post, *roles: str) -> Somebody:
    """An employee with an account and these roles."""
    user = users.create(username, name, PASSWORD, roles, must_change=False)
    employee = Employee(name=name, dept=dept, post=post, user_id=user.id)
    db.session.add(employee)
    db.session.flush()
    return Somebody(user, employee)


def move_in() -> People:
    """Two departments, five people. Runs inside an application context."""
    with writing("cli"):
        sales, office = Department(name="销售部"), Department(name="行政部")
        db.session.add_all([sales, office])
        db.session.flush()
        post = Post(
            post_name="专员",
            dept=sales,
            headcount=5,
            duties="日常工作",
            quality_requirement="细心",
        )
        db.session.add(post)
        db.session.flush()
        people = People(
            alice=hire("alice", "李雯", sales, post, "sales_rep"),
            bob=hire("bob", "王强", sales, post, "marketing_manager", "department_head"),
            carol=hire("carol", "赵静", office, post, "receptionist"),
            dave=hire("dave", "陈勇", office, post, "customer_info_officer"),
            erin=hire("erin", "孙丽", office, post, "auditor"),
            admin=users.find("admin"),
            sales=sales,
            office=office,
        )
        sales.head_id = people.bob.employee.id
    return people


def who_is_here() -> People:
    """The five who have moved in, as the database has them now."""
    found = {
        user.username: Somebody(user, employee)
        for user, employee in db.session.execute(
            select(User, Employee).join(Employee, Employee.user_id == User.id)
        )
    }
    sales, office = (
        db.session.scalars(select(Department).where(Department.name == name)).one()
        for name in ("销售部", "行政部")
    )
    names = ("alice", "bob", "carol", "dave", "erin")
    here = People(
        **{name: found[name] for name in names},
        admin=users.find("admin"),
        sales=sales,
        office=office,
    )
    # A transaction that has read would not see what other processes write from here on.
    db.session.rollback()
    return here
