"""What the credit office keeps."""

from __future__ import annotations

from app.domains.credit.cards import TradeCard, TradeCardAsset
from app.domains.credit.conditions import AdditionalCondition
from app.domains.credit.contracts import (
    ContractLine,
    ContractReview,
    ReviewOpinion,
    SalesContract,
)
from app.domains.credit.crises import (
    CreditSupplyHold,
    DishonourReport,
    RiskCustomerReport,
    TradeSuspension,
)
from app.domains.credit.exceptions import CreditException, CreditLimitAlert
from app.domains.credit.guarantees import (
    CreditCountermeasure,
    DebtRecovery,
    Guarantee,
    RecoveryStep,
)
from app.domains.credit.investigations import (
    CompanyFinding,
    CreditInvestigation,
    CustomerInvestigationReport,
    OperatorFinding,
)
from app.domains.credit.ledger import Bill, Receivable, ReceivablePayment
from app.domains.credit.limits import CreditClassification, CreditLimit
from app.domains.credit.visits import VisitPlan, VisitPlanLine, VisitRecord

__all__ = [
    "AdditionalCondition",
    "Bill",
    "CompanyFinding",
    "ContractLine",
    "ContractReview",
    "CreditClassification",
    "CreditCountermeasure",
    "CreditException",
    "CreditInvestigation",
    "CreditLimit",
    "CreditLimitAlert",
    "CreditSupplyHold",
    "CustomerInvestigationReport",
    "DebtRecovery",
    "DishonourReport",
    "Guarantee",
    "OperatorFinding",
    "Receivable",
    "ReceivablePayment",
    "RecoveryStep",
    "ReviewOpinion",
    "RiskCustomerReport",
    "SalesContract",
    "TradeCard",
    "TradeCardAsset",
    "TradeSuspension",
    "VisitPlan",
    "VisitPlanLine",
    "VisitRecord",
]
