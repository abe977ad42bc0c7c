"""Everybody is hired: departments, posts, accounts, and the masters that all refer to."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from app.demo.company import COMPANY, PEOPLE, PRODUCTS
from app.demo.story import Story
from app.domains.directory.models import LookupValue, Product
from app.extensions import db
from app.organisation import holding
from app.organisation.models import Department, Employee, Post
from app.records import Actor, settings, writing
from app.security import users
from app.security.roles import ADMINISTRATOR, EVERYBODY


def hire_everybody(story: Story) -> None:
    with writing("cli"):
        settings.put("company_name", COMPANY)
        departments: dict[str, Department] = {}
        posts: dict[str, Post] = {}
        for role, (name, place, post_name) in PEOPLE.items():
            dept = departments.get(place)
            if dept is None:
                kind = (
                    "sales_branch"
                    if "分公司" in place
                    else "section"
                    if place.endswith("科")
                    else "head_office"
                    if place == "总公司"
                    else "department"
                )
                dept = departments[place] = Department(name=place, kind=kind)
                db.session.add(dept)
            post = posts[role] = Post(
                post_name=post_name,
                dept=dept,
                headcount=2 if role in ("sales_rep", "service_staff") else 1,
                duties=f"承担{post_name}的日常职责，按制度登记台账。",
                quality_requirement="熟悉本岗位制度，工作细致，能使用办公软件。",
                is_key_post=role in ("network_system_admin", "finance", "security_team_leader"),
            )
            db.session.add(post)
            db.session.flush()
            # Work belongs to posts; only who keeps the house itself holds his role in person.
            if role not in (EVERYBODY, ADMINISTRATOR):
                holding.set_roles_of_post(post, [role])
            standing = [role] if role == ADMINISTRATOR else []
            user = users.create(role, name, story.password, standing, must_change=False)
            employee = Employee(
                name=name,
                employee_no=f"DL{len(story.people) + 1:04}",
                dept=dept,
                post=post,
                phone=f"138{story.chance.randrange(10**8):08}",
                entered_on=date(2016, 3, 1) + timedelta(days=story.chance.randrange(3000)),
                user_id=user.id,
            )
            db.session.add(employee)
            db.session.flush()
            story.people[role] = employee
            story.actors[role] = Actor(user.id, name)
        for role in (
            "marketing_manager",
            "it_head",
            "department_head",
            "general_manager",
            "customer_service_manager",
            "marketing_section_chief",
        ):
            person = story.people[role]
            person.dept.head_id = person.id
        departments["网络信息科"].keeps_it_assets = True
        departments["信息部"].keeps_customer_archive = True
    with story.as_(ADMINISTRATOR):
        db.session.add_all(
            LookupValue(list_name="info_source", value=f"s{n}", label=label, order_no=n)
            for n, label in enumerate(("自然进店", "电话咨询", "网络", "老客户介绍", "展会"), 1)
        )
        db.session.add_all(
            Product(
                name=name,
                model=model,
                category=category,
                unit=unit,
                unit_cost=Decimal(cost),
                list_price=Decimal(price),
            )
            for name, model, category, unit, cost, price in PRODUCTS
        )
