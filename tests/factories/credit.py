"""What the credit office keeps."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from app.domains.credit.models import (
    AdditionalCondition,
    Bill,
    ContractReview,
    CreditClassification,
    CreditCountermeasure,
    CreditException,
    CreditInvestigation,
    CreditLimit,
    CreditLimitAlert,
    CreditSupplyHold,
    CustomerInvestigationReport,
    DebtRecovery,
    DishonourReport,
    Guarantee,
    Receivable,
    RiskCustomerReport,
    SalesContract,
    TradeCard,
    TradeCardAsset,
    TradeSuspension,
    VisitPlan,
    VisitPlanLine,
    VisitRecord,
)
from app.domains.directory import operations as masters
from app.extensions import db
from app.records import clock, settings, within, writing
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


# -- what is owed, and what happens when it is not paid ----------------------------------------------


def a_creditworthy_customer(limit: int = 100_000, **values: Any) -> Any:
    """One who trades, with a limit in force."""
    customer = a_customer(**values)
    with writing("cli"):
        if settings.get("credit_company_cap_usd") is None:
            settings.put("credit_company_cap_usd", "200000")
        db.session.add(customer)
        masters.take_over(customer, "系统启用前已交易")
        db.session.flush()
        made = CreditLimit(customer=customer, limit_amount=Decimal(limit))
        db.session.add(made)
        db.session.flush()
        with within(deciding=True):
            made.submitted_at = made.decided_at = clock.now()
            for state in ("submitted", "approved"):
                made.state = state
                db.session.flush()
            made.valid_from = clock.today()
            made.put_in_force()
    return customer


@makes("receivable")
def a_receivable(**values: Any) -> Receivable:
    return Receivable(
        **{
            "customer": values.pop("customer", None) or a_creditworthy_customer(),
            "invoiced_on": clock.today(),
            "amount": Decimal(1_000),
        }
        | values
    )


@makes("bill")
def a_bill(**values: Any) -> Bill:
    return Bill(
        **{
            "customer": values.pop("customer", None) or a_creditworthy_customer(),
            "bill_no": "00120077",
            "amount": Decimal(500),
        }
        | values
    )


@makes("credit_exception")
def an_exception(**values: Any) -> CreditException:
    return CreditException(
        **{
            "customer": values.pop("customer", None) or a_creditworthy_customer(),
            "ground": "growth",
            "direction": "raise",
            "new_limit": Decimal(120_000),
            "valid_from": clock.today(),
            "valid_to": clock.today() + timedelta(days=30),
        }
        | values
    )


@makes("credit_limit_alert")
def an_alert(**values: Any) -> CreditLimitAlert:
    return CreditLimitAlert(
        **{
            "customer": values.pop("customer", None) or a_creditworthy_customer(),
            "kind": "may_exceed",
            "planned_amount": Decimal(130_000),
            "opinion_requested": "客户追加订单，建议先收回部分货款。",
        }
        | values
    )


@makes("guarantee")
def a_guarantee(**values: Any) -> Guarantee:
    return Guarantee(
        **{
            "customer": values.pop("customer", None) or a_customer(),
            "kind": "guarantor",
            "guarantor": "海湾控股公司",
            "amount": Decimal(50_000),
        }
        | values
    )


def an_urgent_report(**values: Any) -> CustomerInvestigationReport:
    """One on which the superior has instructed."""
    report = a_report(
        **{"report_mode": "urgent", "form": "oral", "content": "两张票据延付。"} | values
    )
    with writing("cli"), within(deciding=True):
        db.session.add(report)
        report.instruction = "立即停止赊销，要求提供担保。"
        report.submitted_at = report.decided_at = clock.now()
        for state in ("reported", "instructed"):
            report.state = state
            db.session.flush()
    return report


@makes("credit_countermeasure")
def a_countermeasure(**values: Any) -> CreditCountermeasure:
    customer = values.pop("customer", None) or a_customer()
    return CreditCountermeasure(
        **{
            "customer": customer,
            "report": values.pop("report", None) or an_urgent_report(customer=customer),
            "measures": ("less_supply",),
        }
        | values
    )


@makes("dishonour_report")
def a_dishonour(**values: Any) -> DishonourReport:
    return DishonourReport(
        **{
            "customer": values.pop("customer", None) or a_creditworthy_customer(),
            "event": "deferred",
            "detail": "客户称资金周转困难，要求延期三十天付款。",
        }
        | values
    )


@makes("risk_customer_report")
def a_risk_report(**values: Any) -> RiskCustomerReport:
    return RiskCustomerReport(
        **{
            "customer": values.pop("customer", None) or a_creditworthy_customer(),
            "submitted_to": values.pop("submitted_to", None) or an_employee(),
            "facts": "连续两张支票被拒付。",
        }
        | values
    )


@makes("credit_supply_hold")
def a_hold(**values: Any) -> CreditSupplyHold:
    return CreditSupplyHold(
        **{
            "customer": values.pop("customer", None) or a_creditworthy_customer(),
            "reason": "负责人失联，仓库清空。",
        }
        | values
    )


def an_instructed_risk_report(decision: str = "suspend", **values: Any) -> RiskCustomerReport:
    report = a_risk_report(**values)
    with writing("cli"), within(deciding=True):
        db.session.add(report)
        report.decision, report.instruction = decision, "中止交易，追索货款。"
        report.submitted_at = report.decided_at = clock.now()
        for state in ("submitted", "instructed"):
            report.state = state
            db.session.flush()
    return report


@makes("trade_suspension")
def a_suspension(**values: Any) -> TradeSuspension:
    customer = values.pop("customer", None) or a_creditworthy_customer()
    return TradeSuspension(
        **{
            "customer": customer,
            "risk_report": values.pop("risk_report", None)
            or an_instructed_risk_report(customer=customer),
            "reason": "多次延付货款。",
        }
        | values
    )


@makes("debt_recovery")
def a_recovery(**values: Any) -> DebtRecovery:
    return DebtRecovery(
        **{
            "customer": values.pop("customer", None) or a_customer(),
            "amount_due": Decimal(30_000),
        }
        | values
    )


@makes("contract_review")
def a_review(**values: Any) -> ContractReview:
    return ContractReview(
        **{
            "customer": values.pop("customer", None) or a_customer(),
            "contract_or_order": "2026年度供货合同",
            "customer_requirements": "六月底前交货五千台。",
            "regulatory_requirements": "符合出口国电器安全标准。",
        }
        | values
    )


@makes("sales_contract")
def a_contract(**values: Any) -> SalesContract:
    return SalesContract(
        **{
            "customer": values.pop("customer", None) or a_creditworthy_customer(),
            "contract_no": "XS-2026-017",
            "amount": Decimal(20_000),
        }
        | values
    )
