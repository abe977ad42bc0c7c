"""People and rows for the journeys: run inside the environment of the server under test."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from flask import current_app
from sqlalchemy import select

from app import create_app
from app.domains.directory.models import BusinessType, Customer, CustomerPerson
from app.extensions import db
from app.organisation.models import Department, Employee, Post
from app.records import writing
from app.security import users
from app.security.models import RoleField

PASSWORD = "Blau-Pferd-71-Fenster"

#: user name → (what he is called, roles)
PEOPLE = {
    "alice": ("李雯", ["customer_info_officer"]),
    "bob": ("王强", ["human_resources"]),
    "carol": ("周敏", []),
    "dave": ("郑佳", ["customer_service_manager"]),
}
NAMES = (
    "大阪共荣电工商会",
    "佛山市顺澜电器销售有限公司",
    "Nordlicht Handels GmbH",
    "温州市瓯鹏电器批发有限责任公司驻义乌国际商贸城经营部",
)


def furnish() -> None:
    for name, (shown, roles) in PEOPLE.items():
        users.create(name, shown, PASSWORD, roles, must_change=False)
    department = Department(name="客户服务部")
    db.session.add(department)
    db.session.flush()
    post = Post(
        post_name="客户信息专员",
        dept_id=department.id,
        headcount=2,
        duties="客户档案",
        quality_requirement="细致",
    )
    db.session.add(post)
    db.session.flush()
    for number, name in enumerate(("陈思远", "沈一凡", "欧阳文博"), 1):
        db.session.add(
            Employee(name=name, employee_no=f"{number:04}", dept_id=department.id, post_id=post.id)
        )
    db.session.flush()
    kind = db.session.scalars(select(BusinessType.id).limit(1)).first()
    for number in range(60):
        name = NAMES[number % len(NAMES)]
        customer = Customer(
            name=name if number < len(NAMES) else f"{name} {number}",
            party_kind=("business_customer",),
            relation_stage="present",
            phone=f"0574-{number:08}",
            registered_on=date(2015, 3, 18),
            registered_capital=Decimal(1_200_000),
            business_type_id=kind,
            is_key_customer=number % 10 == 0,
        )
        db.session.add(customer)
    db.session.flush()
    first = db.session.scalars(select(Customer.id).order_by(Customer.id).limit(1)).one()
    db.session.add(CustomerPerson(customer_id=first, name="荣木", phone="13900000001"))
    # dave sees telephone numbers of customers only by their edges; as an employee he would read them too
    for name in ("customer_service_manager", "employee"):
        role = current_app.appbuilder.sm.find_role(name)
        db.session.add(
            RoleField(role_id=role.id, register="customer", field="phone", limit_to="masked")
        )


if __name__ == "__main__":
    with create_app().app_context(), writing("cli"):
        furnish()
