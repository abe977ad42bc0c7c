"""A small company that sells: its customers, its goods, what was sold. For the tests of the sales analysis."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import select

from app.analytics.measure import MEASURES
from app.domains.directory.models import BusinessType, Customer, Product
from app.domains.sales.models import CustomerStock, SalesFact
from app.extensions import db
from app.records import writing
from app.security.scopes import THE_MACHINE

TYPES = (
    "国际零配件销售商",
    "国际性用品商",
    "地区电气店",
    "地区专营店",
    "地区批量销售店",
    "地区DIY店",
    "其他",
)


def day(month: str) -> date:
    year, number = month.split("-")
    return date(int(year), int(number), 1)


def type_named(name: str) -> BusinessType:
    return db.session.scalar(select(BusinessType).where(BusinessType.name == name))


def a_customer(name: str, **more: Any) -> Customer:
    """A business customer; `type` is the name of a kind of business, `rep` somebody."""
    kind = more.pop("type", None)
    rep = more.pop("rep", None)
    customer = Customer(
        name=name,
        party_kind=("business_customer",),
        relation_stage="present",
        business_type=type_named(kind) if kind else None,
        responsible_rep_id=rep.employee.id if rep else None,
        **more,
    )
    db.session.add(customer)
    db.session.flush()
    return customer


def a_product(name: str, **more: Any) -> Product:
    product = Product(name=name, model=more.pop("model", name), **more)
    db.session.add(product)
    db.session.flush()
    return product


def a_fact(customer: Customer, product: Product, month: str, sales: Any, **more: Any) -> SalesFact:
    fact = SalesFact(
        customer=customer,
        product=product,
        month=day(month),
        sales_amount=Decimal(sales),
        **{name: Decimal(value) if name != "currency" else value for name, value in more.items()},
    )
    db.session.add(fact)
    db.session.flush()
    return fact


def a_statement(
    customer: Customer, product: Product, month: str, opening: Any, closing: Any, **more: Any
) -> CustomerStock:
    stock = CustomerStock(
        customer=customer,
        product=product,
        month=day(month),
        opening_stock=Decimal(opening),
        closing_stock=Decimal(closing),
        **{name: Decimal(value) for name, value in more.items()},
    )
    db.session.add(stock)
    db.session.flush()
    return stock


@dataclass
class Shop:
    """alice's and bob's customers, three products."""

    near: Customer
    far: Customer
    small: Customer
    p: Product
    q: Product
    r: Product


def open_shop(alice: Any, bob: Any) -> Shop:
    with writing("cli"):
        return Shop(
            near=a_customer("宁波恒昌电器有限公司", type="地区电气店", rep=alice),
            far=a_customer("广州汇通五金有限公司", type="地区专营店", rep=bob),
            small=a_customer("温州小店", rep=alice),
            p=a_product("插座 P", unit_cost=Decimal("7")),
            q=a_product("开关 Q", unit_cost=Decimal("8")),
            r=a_product("灯泡 R"),
        )


def asked(name: str, person: Any = THE_MACHINE, **raw: str) -> dict[str, Any]:
    """The answer of a measure as programs get it; `from_` stands for `from`."""
    measure = MEASURES[name]
    question = measure.ask({k.rstrip("_"): v for k, v in raw.items()}, person)
    return measure.as_json(question, measure.compute(person, question))


def column(answer: dict[str, Any], name: str) -> list[Any]:
    return [row[name] for row in answer["rows"]]


def figures(values: Iterable[str | None]) -> list[Decimal | None]:
    return [None if value is None else Decimal(value) for value in values]
