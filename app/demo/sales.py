"""Three years of sales, policies, targets and indices."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import select

from app.analytics.months import Month
from app.demo.company import SEASON
from app.demo.story import Story
from app.domains.directory.models import BusinessType, Product
from app.domains.sales.expectations import ProductSalesTask, RequiredShare
from app.domains.sales.findings import CustomerTradeEstimate, PushLine, SalesAnalysisNote
from app.domains.sales.models import (
    CompositionPolicy,
    CustomerSalesTarget,
    CustomerStock,
    SalesFact,
)
from app.domains.sales.operations import mark_read, put_in_force, rebuild_index
from app.extensions import db


def sell_for_three_years(story: Story) -> None:
    dealers = [c for c in story.customers if c.business_type_id][:26]
    products = list(db.session.scalars(select(Product).order_by(Product.id)))
    first = story.today.replace(day=1)
    months = [_back(first, n) for n in range(37, 0, -1)]
    with story.as_("finance"):
        for place, customer in enumerate(dealers):
            size = Decimal(900_000) / (place + 1) ** 1  # a few are large, many are small
            for product in products[place % 3 :: 3]:
                for month in months:
                    noise = Decimal(story.chance.randrange(80, 121)) / 100
                    sales = (size / 48 * SEASON[month.month - 1] / 100 * noise).quantize(
                        Decimal("0.01")
                    )
                    margin = Decimal(story.chance.randrange(8, 42)) / 100
                    db.session.add(
                        SalesFact(
                            customer_id=customer.id,
                            product_id=product.id,
                            month=month,
                            sales_amount=sales,
                            cost=(sales * (1 - margin)).quantize(Decimal("0.01")),
                            quantity=Decimal(max(1, int(sales / (product.list_price or 1)))),
                            currency="CNY",
                            rep_id=customer.responsible_rep_id,
                        )
                    )
            db.session.flush()
    with story.as_("sales_rep"):
        for customer in dealers[:8]:
            for product in products[:4]:
                for month in months[-3:]:
                    opening = Decimal(story.chance.randrange(10, 60)) * 1000
                    db.session.add(
                        CustomerStock(
                            customer_id=customer.id,
                            product_id=product.id,
                            month=month,
                            opening_stock=opening,
                            closing_stock=opening * Decimal(story.chance.randrange(60, 120)) / 100,
                            reported_by_id=story.people["sales_rep"].id,
                        )
                    )
    with story.as_("marketing_manager"):
        types = list(db.session.scalars(select(BusinessType).order_by(BusinessType.order_no)))
        policies = [
            CompositionPolicy(
                year=story.today.year,
                business_type_id=kind.id,
                target_share=Decimal(share),
                tolerance=Decimal(2),
            )
            for kind, share in zip(types, (20, 15, 25, 18, 12, 6, 4), strict=True)
        ]
        for policy in policies:
            db.session.add(policy)
            db.session.flush()
        for customer in dealers[:12]:
            db.session.add(
                CustomerSalesTarget(
                    customer_id=customer.id,
                    year=story.today.year,
                    annual_target=Decimal(1_200_000),
                )
            )
            db.session.flush()
    with story.as_("general_manager"):
        for policy in policies:
            put_in_force(policy)
    with story.as_("marketing_manager"):
        rebuild_index([customer.id for customer in dealers], Month.of(months[-1]))


def demand_shares_and_tasks(story: Story) -> None:
    """What the company requires of this year: shares at its customers, sales of its products; a few still drafts."""
    year = story.today.year
    dealers = [c for c in story.dealers if c.business_type_id]
    types = list(db.session.scalars(select(BusinessType).order_by(BusinessType.order_no)))
    products = list(db.session.scalars(select(Product).order_by(Product.id)))
    rep = story.people["sales_rep"].id
    with story.as_("marketing_manager", days_ago=40):
        demands: list[Any] = [
            RequiredShare(
                year=year, metric=metric, business_type_id=kind.id, required_pct=Decimal(wanted)
            )
            for kind in types[:5]
            for metric, wanted in (("of_company", "1.5"), ("of_customer", "20"))
        ]
        demands += [
            RequiredShare(
                year=year, metric="of_company", customer_id=dealer.id, required_pct=Decimal(wanted)
            )
            for dealer, wanted in zip(dealers[:4], ("24", "14", "9", "5"), strict=True)
        ]
        for place, product in enumerate(products[:6]):
            demands.append(
                ProductSalesTask(
                    product_id=product.id,
                    period=str(year),
                    task_amount=Decimal(300_000 + 150_000 * place),
                )
            )
        demands.append(
            ProductSalesTask(
                product_id=products[0].id,
                period=str(year),
                task_amount=Decimal(260_000),
                rep_id=rep,
            )
        )
        demands += [
            ProductSalesTask(
                product_id=product.id,
                period=f"{_back(story.today.replace(day=1), 1):%Y-%m}",
                task_amount=Decimal(12_000),
                customer_id=dealers[0].id,
            )
            for product in products[:4]
        ]
        db.session.add_all(demands)
        db.session.flush()
    with story.as_("general_manager", days_ago=38):
        for demand in demands[:-2]:  # the last two are still being talked over
            put_in_force(demand)


def find_out_and_conclude(story: Story) -> None:
    """The representative asks how much his customers trade, and writes what the figures of a month say."""
    year = story.today.year
    mine = story.people["sales_rep"].id
    dealers = [c for c in story.dealers if c.business_type_id and c.responsible_rep_id == mine]
    products = list(db.session.scalars(select(Product).order_by(Product.id)))
    ways: tuple[tuple[str, int, int, str | None, str], ...] = (
        ("asked", 1_200_000, 300, None, "medium"),
        ("sales_plan", 960_000, 210, f"{year} 年度销售计划", "medium"),
        ("intended", 640_000, 150, None, "low"),
        ("our_sales", 720_000, 90, None, "low"),
        ("stock", 480_000, 60, None, "low"),
        ("statements", 2_350_000, 45, f"{year - 1} 年度决算书", "high"),
        ("others", 390_000, 20, None, "low"),
    )
    for place, (method, worth, days_ago, document, trust) in enumerate(ways):
        with story.as_("sales_rep", days_ago=days_ago):
            db.session.add(
                CustomerTradeEstimate(
                    customer_id=dealers[place % len(dealers)].id,
                    period=str(year),
                    amount=Decimal(worth),
                    method=method,
                    asked_on=story.today - timedelta(days=days_ago),
                    source_document=document,
                    reliability=trust,
                )
            )
            db.session.flush()
    first = story.today.replace(day=1)
    with story.as_("sales_rep", days_ago=24):
        notes = [
            SalesAnalysisNote(
                period=f"{_back(first, 2):%Y-%m}",
                customer_id=dealers[0].id,
                tendency="电饭煲和电水壶占到六成，落地扇随季节回落。",
                problem="微波炉连续三个月没有进货，样机陈列在角落。",
                focus_correct=False,
                push_lines=[
                    PushLine(product_id=p.id, order_no=n) for n, p in enumerate(products[:2])
                ],
            ),
            SalesAnalysisNote(
                period=f"{_back(first, 1):%Y-%m}",
                product_id=products[1].id,
                hot_here_slow_there_reason="热销的店靠近大学城，新生开学集中购买；滞销的店周边住户多用嵌入式。",
                focus_correct=True,
            ),
        ]
        db.session.add_all(notes)
        db.session.flush()
    with story.as_("marketing_manager", days_ago=22):
        mark_read(notes[0])


def _back(first: date, months: int) -> date:
    number = first.year * 12 + first.month - 1 - months
    return date(number // 12, number % 12 + 1, 1)
