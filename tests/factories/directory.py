"""Departments, people, customers, products."""

from __future__ import annotations

import itertools
from typing import Any

from stdnum.cn import uscc

from app.domains.directory.leave import LeaveRequest
from app.domains.directory.models import (
    BusinessType,
    Customer,
    CustomerPerson,
    LookupValue,
    Product,
)
from app.organisation.models import AbHandover, AbPost, Department, Employee, Post
from app.records import clock
from tests.factories import makes

_next = itertools.count(1)


def a_credit_code(number: int | None = None) -> str:
    """A 统一社会信用代码 whose check digit is right."""
    body = f"91310000{number or next(_next):09d}"
    return body + uscc.calc_check_digit(body)


@makes("department")
def a_department(**values: Any) -> Department:
    return Department(**{"name": f"第{next(_next)}营业部"} | values)


@makes("post")
def a_post(**values: Any) -> Post:
    return Post(
        **{
            "post_name": f"岗位{next(_next)}",
            "dept": values.pop("dept", None) or a_department(),
            "headcount": 1,
            "duties": "日常工作",
            "quality_requirement": "细心",
        }
        | values
    )


@makes("employee")
def an_employee(**values: Any) -> Employee:
    post = values.pop("post", None) or a_post()
    return Employee(**{"name": f"员工{next(_next)}", "post": post, "dept": post.dept} | values)


@makes("business_type")
def a_business_type(**values: Any) -> BusinessType:
    return BusinessType(**{"name": f"业种{next(_next)}", "order_no": 9} | values)


@makes("customer")
def a_customer(**values: Any) -> Customer:
    return Customer(**{"name": f"客户{next(_next)}公司", "party_kind": ("dealer",)} | values)


@makes("customer_person")
def a_customer_person(**values: Any) -> CustomerPerson:
    customer = values.pop("customer", None) or a_customer()
    return CustomerPerson(**{"customer": customer, "name": "周经理"} | values)


@makes("product")
def a_product(**values: Any) -> Product:
    number = next(_next)
    return Product(**{"name": f"商品{number}", "model": f"XH-{number}"} | values)


@makes("lookup_value")
def a_lookup_value(**values: Any) -> LookupValue:
    number = next(_next)
    return LookupValue(
        **{"list_name": "info_source", "value": f"v{number}", "label": f"来源{number}"} | values
    )


@makes("ab_post")
def an_ab_post(**values: Any) -> AbPost:
    post = values.pop("post", None) or a_post()
    return AbPost(
        **{"post": post, "a_person": an_employee(post=post), "b_person": an_employee(post=post)}
        | values
    )


@makes("ab_handover")
def an_ab_handover(**values: Any) -> AbHandover:
    pair = values.pop("ab_post", None) or an_ab_post()
    return AbHandover(
        **{
            "ab_post": pair,
            "leave_from": clock.today(),
            "leave_to": clock.today(),
            "items_handed": "客户台账",
        }
        | values
    )


@makes("leave_request")
def a_leave_request(**values: Any) -> LeaveRequest:
    return LeaveRequest(
        **{
            "employee": values.pop("employee", None) or an_employee(),
            "kind": "annual",
            "from_on": clock.today(),
            "to_on": clock.today(),
            "reason": "探亲",
        }
        | values
    )
