"""What the credit office keeps."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from app.domains.credit.models import (
    AdditionalCondition,
    CreditClassification,
    CreditInvestigation,
    CreditLimit,
    CustomerInvestigationReport,
    TradeCard,
    TradeCardAsset,
    VisitPlan,
    VisitPlanLine,
    VisitRecord,
)
from app.records import clock
from tests.factories import makes
from tests.factories.directory import a_customer, an_employee


@makes("visit_plan")
def a_visit_plan(*customers: Any, **values: Any) -> VisitPlan:
    planned = [
        VisitPlanLine(order_no=place, customer=customer, purpose="介绍新品")
        for place, customer in enumerate(customers or (a_customer(),))
    ]
    return VisitPlan(
        **{
            "sales_rep": values.pop("sales_rep", None) or an_employee(),
            "period_from": clock.today().replace(day=1),
            "period_to": clock.today(),
            "planned": planned,
        }
        | values
    )


@makes("visit_record")
def a_visit(**values: Any) -> VisitRecord:
    return VisitRecord(
        **{
            "customer": values.pop("customer", None) or a_customer(),
            "visitor": values.pop("visitor", None) or an_employee(),
            "visited_on": clock.today(),
        }
        | values
    )


@makes("trade_card")
def a_trade_card(**values: Any) -> TradeCard:
    """A card without a blank."""
    return TradeCard(
        **{
            "customer": values.pop("customer", None) or a_customer(),
            "name": "海湾五金有限公司",
            "headquarters": "迪拜",
            "trading_place": "沙迦",
            "contact_address": "沙迦工业区5号",
            "contact_phone": "+971-6-5550117",
            "contact_email": "buy@example.com",
            "website": "www.example.com",
            "opened_on": date(2008, 5, 1),
            "capital": Decimal(800_000),
            "capital_currency": "USD",
            "employee_count": 120,
            "manager_count": 8,
            "operator_age_structure": "40至50岁3人，30至40岁5人",
            "credit_limit_requested": Decimal(60_000),
            "asset_lines": [TradeCardAsset(order_no=0, kind="equipment", name="叉车")],
        }
        | values
    )


@makes("credit_investigation")
def an_investigation(**values: Any) -> CreditInvestigation:
    return CreditInvestigation(
        **{
            "customer": values.pop("customer", None) or a_customer(),
            "investigator": values.pop("investigator", None) or an_employee(),
            "investigated_on": clock.today(),
            "channel": "bank",
        }
        | values
    )


@makes("customer_investigation_report")
def a_report(**values: Any) -> CustomerInvestigationReport:
    return CustomerInvestigationReport(
        **{
            "report_mode": "daily",
            "customer": values.pop("customer", None) or a_customer(),
            "reported_to": values.pop("reported_to", None) or an_employee(),
            "content": "付款及时，往来银行评价良好。",
        }
        | values
    )


@makes("credit_classification")
def a_classification(**values: Any) -> CreditClassification:
    """120 staff, good reputation, claims of 40,000, small volume: by the criteria 乙类."""
    return CreditClassification(
        **{
            "customer": values.pop("customer", None) or a_customer(),
            "good_reputation": True,
            "claims_balance": Decimal(40_000),
            "employee_count": 120,
            "credit_class": "yi",
        }
        | values
    )


@makes("credit_limit")
def a_limit(**values: Any) -> CreditLimit:
    return CreditLimit(
        **{
            "customer": values.pop("customer", None) or a_customer(),
            "limit_amount": Decimal(50_000),
        }
        | values
    )


@makes("additional_condition")
def a_condition(**values: Any) -> AdditionalCondition:
    customer = values.pop("customer", None) or a_customer()
    return AdditionalCondition(
        **{
            "customer": customer,
            "conditions": ("contract",),
            "basis": ("investigation",),
            "basis_report": values.pop("basis_report", None) or a_report(customer=customer),
        }
        | values
    )
