"""What the credit office keeps."""

from __future__ import annotations

from app.domains.credit.cards import TradeCard, TradeCardAsset
from app.domains.credit.conditions import AdditionalCondition
from app.domains.credit.investigations import (
    CompanyFinding,
    CreditInvestigation,
    CustomerInvestigationReport,
    OperatorFinding,
)
from app.domains.credit.limits import CreditClassification, CreditLimit
from app.domains.credit.visits import VisitPlan, VisitPlanLine, VisitRecord

__all__ = [
    "AdditionalCondition",
    "CompanyFinding",
    "CreditClassification",
    "CreditInvestigation",
    "CreditLimit",
    "CustomerInvestigationReport",
    "OperatorFinding",
    "TradeCard",
    "TradeCardAsset",
    "VisitPlan",
    "VisitPlanLine",
    "VisitRecord",
]
