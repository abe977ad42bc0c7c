"""The schema is one import: every table of the house, for Alembic, tests and the shell."""

from __future__ import annotations

from app.analytics.models import FrozenItem, FrozenResult
from app.approvals.models import (
    ApprovalAction,
    ApprovalCase,
    ApprovalFlow,
    ApprovalStep,
    ApprovalTask,
)
from app.audit.models import AuditBlock, AuditEntry, AuditSeal
from app.deadlines.models import CalendarDay, DutyOccurrence
from app.documents.models import CheckAttempt, IssuedPrint
from app.domains.administration.models import AuthorityMatrix
from app.domains.archives.models import ArchiveItem, ArchiveLoan, Regulation, RegulationPart
from app.domains.assets.lifecycle import (
    DeviceRepair,
    DeviceScrap,
    DeviceTransfer,
    TechnicalAppraisal,
)
from app.domains.assets.models import DeviceAssignment, ITDevice, LifespanAdvice
from app.domains.credit.models import (
    AdditionalCondition,
    Bill,
    CompanyFinding,
    ContractLine,
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
    OperatorFinding,
    Receivable,
    ReceivablePayment,
    RecoveryStep,
    ReviewOpinion,
    RiskCustomerReport,
    SalesContract,
    TradeCard,
    TradeCardAsset,
    TradeSuspension,
    VisitPlan,
    VisitPlanLine,
    VisitRecord,
)
from app.domains.customers.access import CustomerAccessLine, CustomerAccessRequest
from app.domains.customers.archive_checks import CheckedVolume, CustomerArchiveCheck
from app.domains.customers.contacts import (
    ContactReport,
    ContactReporter,
    CustomerContactAssignment,
    CustomerMajorMatter,
)
from app.domains.customers.grading import (
    CustomerGrading,
)
from app.domains.customers.handing_over import (
    CustomerHandover,
    CustomerHandoverLine,
    CustomerNotice,
)
from app.domains.customers.models import (
    CustomerAnnualRecord,
    CustomerArchiveVolume,
    CustomerChangeEffect,
    CustomerChangeEvent,
    CustomerInteraction,
)
from app.domains.customers.ordering import (
    MobileOrderAgreement,
    OnlineOrderApplication,
    OrderingTraining,
    OrderPasswordHandover,
    YanxintongApplication,
)
from app.domains.customers.reception import (
    CustomerReception,
)
from app.domains.customers.reports import (
    CustomerStatisticalReport,
    ReportIndicator,
    StatisticalReportAmendment,
    StatisticalReportDistribution,
    StatisticalReportRequest,
)
from app.domains.customers.retail import (
    RetailCustomerProfile,
    RetailFieldMaintenance,
    RetailLawRecord,
    RetailOnboarding,
)
from app.domains.customers.shielding import (
    FieldControl,
)
from app.domains.directory.leave import LeaveRequest
from app.domains.directory.models import (
    BusinessType,
    Customer,
    CustomerPerson,
    LookupValue,
    Product,
)
from app.domains.directory.personnel import (
    Assessment,
    AssessmentItem,
    ConfidentialityAgreement,
    CriticalOperation,
    DualResponsibility,
    SinglePostMonitor,
    TrainingParticipant,
    TrainingRecord,
)
from app.domains.infosec.models import PermissionReview, PermissionReviewLine
from app.domains.sales.expectations import ProductSalesTask, RequiredShare
from app.domains.sales.findings import CustomerTradeEstimate, PushLine, SalesAnalysisNote
from app.domains.sales.models import (
    CompositionPolicy,
    CustomerSalesTarget,
    CustomerStock,
    MonthlyTarget,
    SalesFact,
    SeasonalIndex,
)
from app.domains.sales.rollups import (
    SalesByCustomer,
    SalesByProduct,
    SalesTotal,
    StockByProduct,
)
from app.exchange.columns import ColumnMapping
from app.exchange.models import ImportFault, ImportRun
from app.jobs.job import Job
from app.notices.models import Notification, Outgoing
from app.organisation.models import AbHandover, AbPost, Department, Employee, Post, PostRole
from app.records.attachments import Attachment
from app.records.numbering import NumberCounter
from app.records.search import SearchDocument
from app.records.settings import SettingValue
from app.records.starting import StarterContent
from app.registers.models import ChosenColumns, SavedView
from app.security.models import (
    Account,
    DutyException,
    FormerPassword,
    RightsEpoch,
    RightsRequest,
    RoleField,
    RoleGrant,
    RoleScope,
    RowGrant,
    SecondFactor,
    SignInAttempt,
    SignInSession,
)

__all__ = [
    "AbHandover",
    "AbPost",
    "Account",
    "AdditionalCondition",
    "ApprovalAction",
    "ApprovalCase",
    "ApprovalFlow",
    "ApprovalStep",
    "ApprovalTask",
    "ArchiveItem",
    "ArchiveLoan",
    "Assessment",
    "AssessmentItem",
    "Attachment",
    "AuditBlock",
    "AuditEntry",
    "AuditSeal",
    "AuthorityMatrix",
    "Bill",
    "BusinessType",
    "CalendarDay",
    "CheckAttempt",
    "CheckedVolume",
    "ChosenColumns",
    "ColumnMapping",
    "CompanyFinding",
    "CompositionPolicy",
    "ConfidentialityAgreement",
    "ContactReport",
    "ContactReporter",
    "ContractLine",
    "ContractReview",
    "CreditClassification",
    "CreditCountermeasure",
    "CreditException",
    "CreditInvestigation",
    "CreditLimit",
    "CreditLimitAlert",
    "CreditSupplyHold",
    "CriticalOperation",
    "Customer",
    "CustomerAccessLine",
    "CustomerAccessRequest",
    "CustomerAnnualRecord",
    "CustomerArchiveCheck",
    "CustomerArchiveVolume",
    "CustomerChangeEffect",
    "CustomerChangeEvent",
    "CustomerContactAssignment",
    "CustomerGrading",
    "CustomerHandover",
    "CustomerHandoverLine",
    "CustomerInteraction",
    "CustomerInvestigationReport",
    "CustomerMajorMatter",
    "CustomerNotice",
    "CustomerPerson",
    "CustomerReception",
    "CustomerSalesTarget",
    "CustomerStatisticalReport",
    "CustomerStock",
    "CustomerTradeEstimate",
    "DebtRecovery",
    "Department",
    "DeviceAssignment",
    "DeviceRepair",
    "DeviceScrap",
    "DeviceTransfer",
    "DishonourReport",
    "DualResponsibility",
    "DutyException",
    "DutyOccurrence",
    "Employee",
    "FieldControl",
    "FormerPassword",
    "FrozenItem",
    "FrozenResult",
    "Guarantee",
    "ITDevice",
    "ImportFault",
    "ImportRun",
    "IssuedPrint",
    "Job",
    "LeaveRequest",
    "LifespanAdvice",
    "LookupValue",
    "MobileOrderAgreement",
    "MonthlyTarget",
    "Notification",
    "NumberCounter",
    "OnlineOrderApplication",
    "OperatorFinding",
    "OrderPasswordHandover",
    "OrderingTraining",
    "Outgoing",
    "PermissionReview",
    "PermissionReviewLine",
    "Post",
    "PostRole",
    "Product",
    "ProductSalesTask",
    "PushLine",
    "Receivable",
    "ReceivablePayment",
    "RecoveryStep",
    "Regulation",
    "RegulationPart",
    "ReportIndicator",
    "RequiredShare",
    "RetailCustomerProfile",
    "RetailFieldMaintenance",
    "RetailLawRecord",
    "RetailOnboarding",
    "ReviewOpinion",
    "RightsEpoch",
    "RightsRequest",
    "RiskCustomerReport",
    "RoleField",
    "RoleGrant",
    "RoleScope",
    "RowGrant",
    "SalesAnalysisNote",
    "SalesByCustomer",
    "SalesByProduct",
    "SalesContract",
    "SalesFact",
    "SalesTotal",
    "SavedView",
    "SearchDocument",
    "SeasonalIndex",
    "SecondFactor",
    "SettingValue",
    "SignInAttempt",
    "SignInSession",
    "SinglePostMonitor",
    "StarterContent",
    "StatisticalReportAmendment",
    "StatisticalReportDistribution",
    "StatisticalReportRequest",
    "StockByProduct",
    "TechnicalAppraisal",
    "TradeCard",
    "TradeCardAsset",
    "TradeSuspension",
    "TrainingParticipant",
    "TrainingRecord",
    "VisitPlan",
    "VisitPlanLine",
    "VisitRecord",
    "YanxintongApplication",
]
