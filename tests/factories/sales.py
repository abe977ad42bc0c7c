"""What the sales analysis keeps."""

from __future__ import annotations

import itertools
from datetime import date
from decimal import Decimal
from typing import Any

from app.domains.sales.expectations import ProductSalesTask, RequiredShare
from app.domains.sales.findings import CustomerTradeEstimate, SalesAnalysisNote
from app.domains.sales.models import (
    CompositionPolicy,
    CustomerSalesTarget,
    CustomerStock,
    SalesFact,
    SeasonalIndex,
)
from app.records import clock
from tests.factories import makes
from tests.factories.directory import a_business_type, a_customer, a_product

_next = itertools.count(0)


def _month() -> date:
    """A past month that no other record of these tests has."""
    number = next(_next)
    return date(2015 + number // 12 % 10, number % 12 + 1, 1)


@makes("sales_fact")
def a_sales_fact(**values: Any) -> SalesFact:
    return SalesFact(
        **{
            "customer": values.pop("customer", None) or a_customer(),
            "product": values.pop("product", None) or a_product(),
            "month": _month(),
            "sales_amount": Decimal(120_000),
            "cost": Decimal(84_000),
        }
        | values
    )


@makes("customer_stock")
def a_customer_stock(**values: Any) -> CustomerStock:
    return CustomerStock(
        **{
            "customer": values.pop("customer", None) or a_customer(),
            "product": values.pop("product", None) or a_product(),
            "month": _month(),
            "opening_stock": Decimal(35_000),
            "closing_stock": Decimal(25_000),
        }
        | values
    )


@makes("composition_policy")
def a_composition_policy(**values: Any) -> CompositionPolicy:
    return CompositionPolicy(
        **{
            "business_type": values.pop("business_type", None) or a_business_type(),
            "year": clock.today().year,
            "target_share": Decimal(1),
        }
        | values
    )


@makes("customer_sales_target")
def a_sales_target(**values: Any) -> CustomerSalesTarget:
    return CustomerSalesTarget(
        **{
            "customer": values.pop("customer", None) or a_customer(),
            "year": clock.today().year,
            "annual_target": Decimal(1_200_000),
        }
        | values
    )


@makes("seasonal_index")
def a_seasonal_index(**values: Any) -> SeasonalIndex:
    return SeasonalIndex(
        **{
            "customer": values.pop("customer", None) or a_customer(),
            "month": 1,
            "three_year_month_avg": Decimal(100),
            "overall_month_avg": Decimal(100),
            "index_pct": Decimal(100),
            "share_pct": Decimal("8.3333"),
            "calculated_on": clock.today(),
            "window_from": date(2023, 1, 1),
            "window_to": date(2025, 12, 1),
            "years": 3,
        }
        | values
    )


@makes("product_sales_task")
def a_sales_task(**values: Any) -> ProductSalesTask:
    return ProductSalesTask(
        **{
            "product": values.pop("product", None) or a_product(),
            "period": f"{clock.today().year}",
            "task_amount": Decimal(100_000),
        }
        | values
    )


@makes("required_share")
def a_required_share(**values: Any) -> RequiredShare:
    whose = {} if values.get("customer") else {"business_type": a_business_type()}
    return RequiredShare(
        **{
            **whose,
            "year": clock.today().year,
            "metric": "of_company",
            "required_pct": Decimal(5),
        }
        | values
    )


@makes("customer_trade_estimate")
def a_trade_estimate(**values: Any) -> CustomerTradeEstimate:
    return CustomerTradeEstimate(
        **{
            "customer": values.pop("customer", None) or a_customer(),
            "period": f"{clock.today().year}",
            "amount": Decimal(1_200_000),
            "method": "asked",
            "asked_on": clock.today(),
        }
        | values
    )


@makes("sales_analysis_note")
def a_sales_note(**values: Any) -> SalesAnalysisNote:
    return SalesAnalysisNote(
        **{
            "customer": values.pop("customer", None) or a_customer(),
            "period": f"{clock.today():%Y-%m}",
            "tendency": "小家电的比重逐月上升。",
        }
        | values
    )
