"""The table of contents: what stands in the menu, and in which order."""

from __future__ import annotations

from flask_babel import lazy_gettext as _

from app.desk.accounts import Accounts
from app.desk.book import AuditBook
from app.desk.calendar import CalendarDayView, CalendarPages
from app.desk.deputies import Deputies
from app.desk.duties import Duties, DutyOccurrenceView
from app.desk.flows import ApprovalFlowView, ApprovalTaskView, FlowTrials
from app.desk.granting import Granting
from app.desk.notices import Notices, NotificationView
from app.desk.rights import RightsPages
from app.desk.second_factor import SecondFactors
from app.desk.settings import Settings
from app.desk.signing import Signing
from app.domains.administration.views import AuthorityMatrixView
from app.domains.archives.pages import Articles
from app.domains.archives.views import ArchiveItemView, ArchiveLoanView, RegulationView
from app.domains.assets import recipes as _device_recipes  # noqa: F401 - they declare themselves
from app.domains.assets.views import (
    DeviceAssignmentView,
    DeviceRepairView,
    DeviceScrapView,
    DeviceTransferView,
    ITDeviceView,
    TechnicalAppraisalView,
)
from app.domains.credit import duties as _credit_duties  # noqa: F401 - they declare themselves
from app.domains.credit import measures as _credit_measures  # noqa: F401
from app.domains.credit import settings as _credit_settings  # noqa: F401
from app.domains.credit.crisis_views import (
    CreditCountermeasureView,
    CreditSupplyHoldView,
    DebtRecoveryView,
    DishonourReportView,
    GuaranteeView,
    RiskCustomerReportView,
    TradeSuspensionView,
)
from app.domains.credit.lending_views import (
    BillView,
    ContractReviewView,
    CreditExceptionView,
    CreditLimitAlertView,
    ReceivableView,
    SalesContractView,
)
from app.domains.credit.views import (
    AdditionalConditionView,
    CreditClassificationView,
    CreditInvestigationView,
    CreditLimitView,
    CustomerInvestigationReportView,
    TradeCardView,
    VisitPlanView,
    VisitRecordView,
)
from app.domains.customers import duties as _customer_duties  # noqa: F401 - they declare themselves
from app.domains.customers.retail_views import (
    CustomerGradingView,
    CustomerReceptionView,
    FieldControlView,
    MobileOrderAgreementView,
    OnlineOrderApplicationView,
    OrderingTrainingView,
    OrderPasswordHandoverView,
    RetailCustomerProfileView,
    RetailOnboardingView,
    YanxintongApplicationView,
)
from app.domains.customers.views import (
    ContactReportView,
    CustomerAccessRequestView,
    CustomerAnnualRecordView,
    CustomerArchiveCheckView,
    CustomerArchiveVolumeView,
    CustomerChangeEventView,
    CustomerContactAssignmentView,
    CustomerHandoverView,
    CustomerInteractionView,
    CustomerMajorMatterView,
    CustomerNoticeView,
    CustomerStatisticalReportView,
    StatisticalReportAmendmentView,
    StatisticalReportDistributionView,
    StatisticalReportRequestView,
)
from app.domains.directory import duties as _people_duties  # noqa: F401 - they declare themselves
from app.domains.directory import papers as _papers  # noqa: F401 - it declares itself
from app.domains.directory.views import (
    AbHandoverView,
    AbPostView,
    AssessmentView,
    BusinessTypeView,
    ConfidentialityAgreementView,
    CustomerPersonView,
    CustomerView,
    DepartmentView,
    DualResponsibilityView,
    EmployeeView,
    LeaveRequestView,
    LookupValueView,
    PostView,
    ProductView,
    SinglePostMonitorView,
    SinglePosts,
    TrainingRecordView,
)
from app.domains.infosec import duties as _infosec_duties  # noqa: F401
from app.domains.infosec.views import PermissionReviewView, Reviews
from app.domains.sales import duties as _sales_duties  # noqa: F401
from app.domains.sales import measures, recipes, settings  # noqa: F401 - they declare themselves
from app.domains.sales.views import (
    CompositionPolicyView,
    CustomerSalesTargetView,
    CustomerStockView,
    CustomerTradeEstimateView,
    ProductSalesTaskView,
    RequiredShareView,
    SalesAnalysisNoteView,
    SalesFactView,
    SeasonalIndexView,
)
from app.registers.declare import Chapter
from app.registers.exchanging import Exports, Imports
from app.registers.jobs import Jobs
from app.registers.measuring import MeasureApi, MeasurePages
from app.registers.printing import CheckPage, Prints

MENU = (
    Chapter(
        "customers",
        _("Customers"),
        "users-group",
        (
            CustomerView,
            CustomerPersonView,
            CustomerInteractionView,
            CustomerChangeEventView,
            CustomerAnnualRecordView,
            CustomerArchiveVolumeView,
            CustomerAccessRequestView,
            CustomerMajorMatterView,
            CustomerContactAssignmentView,
            ContactReportView,
            CustomerHandoverView,
            CustomerNoticeView,
            CustomerStatisticalReportView,
            StatisticalReportRequestView,
            StatisticalReportAmendmentView,
            StatisticalReportDistributionView,
            CustomerArchiveCheckView,
            CustomerReceptionView,
        ),
    ),
    Chapter(
        "retail",
        _("Retail customers"),
        "building-store",
        (
            RetailOnboardingView,
            RetailCustomerProfileView,
            OnlineOrderApplicationView,
            OrderPasswordHandoverView,
            MobileOrderAgreementView,
            YanxintongApplicationView,
            OrderingTrainingView,
            CustomerGradingView,
            FieldControlView,
        ),
    ),
    Chapter(
        "credit",
        _("Credit management"),
        "credit-card",
        (
            VisitPlanView,
            VisitRecordView,
            TradeCardView,
            CreditInvestigationView,
            CustomerInvestigationReportView,
            CreditClassificationView,
            CreditLimitView,
            ReceivableView,
            BillView,
            CreditExceptionView,
            CreditLimitAlertView,
            AdditionalConditionView,
            GuaranteeView,
            CreditCountermeasureView,
            DishonourReportView,
            RiskCustomerReportView,
            CreditSupplyHoldView,
            TradeSuspensionView,
            DebtRecoveryView,
            ContractReviewView,
            SalesContractView,
        ),
    ),
    Chapter(
        "sales",
        _("Sales analysis"),
        "chart-bar",
        (
            SalesFactView,
            CustomerStockView,
            CustomerTradeEstimateView,
            CompositionPolicyView,
            RequiredShareView,
            CustomerSalesTargetView,
            ProductSalesTaskView,
            SeasonalIndexView,
            SalesAnalysisNoteView,
        ),
        pages=((_("Analyses"), "/measures/", "sales_fact"),),
    ),
    Chapter(
        "directory",
        _("Organisation"),
        "building",
        (
            DepartmentView,
            PostView,
            EmployeeView,
            AbPostView,
            AbHandoverView,
            LeaveRequestView,
            ConfidentialityAgreementView,
            TrainingRecordView,
            AssessmentView,
            DualResponsibilityView,
            SinglePostMonitorView,
            ProductView,
            BusinessTypeView,
            LookupValueView,
        ),
        pages=((_("Who stands in"), "/deputies/", "ab_post"),),
    ),
    Chapter(
        "assets",
        _("IT assets"),
        "devices",
        (
            ITDeviceView,
            DeviceAssignmentView,
            DeviceTransferView,
            TechnicalAppraisalView,
            DeviceRepairView,
            DeviceScrapView,
        ),
    ),
    Chapter("infosec", _("Information security"), "shield-lock", (PermissionReviewView,)),
    Chapter(
        "archives",
        _("Archives and documents"),
        "book-2",
        (RegulationView, ArchiveItemView, ArchiveLoanView),
        pages=((_("How the regulations are kept"), "/compliance/", "regulation"),),
    ),
    Chapter(
        "administration", _("General administration"), "building-bank", (AuthorityMatrixView,)
    ),
    Chapter(
        "house",
        _("House"),
        "settings",
        (
            ApprovalFlowView,
            ApprovalTaskView,
            CalendarDayView,
            NotificationView,
            DutyOccurrenceView,
        ),
        pages=(
            (_("Year calendar"), "/calendar/", "work_calendar"),
            (_("Accounts"), "/users/", "users"),
            (_("Roles and rights"), "/rights/", "roles"),
            (_("Roles"), "/roles/", "roles"),
            (_("Settings"), "/settings/", "settings"),
            (_("Audit book"), "/audit/", "audit"),
            (_("Imports"), "/imports/", ""),
            (_("Jobs"), "/jobs/", ""),
        ),
    ),
)

#: pages that are no register
PAGES: tuple[type, ...] = (
    Accounts,
    Signing,
    FlowTrials,
    Notices,
    Deputies,
    Duties,
    CalendarPages,
    SecondFactors,
    RightsPages,
    Granting,
    Reviews,
    SinglePosts,
    Settings,
    AuditBook,
    Articles,
    Imports,
    Exports,
    Prints,
    CheckPage,
    Jobs,
    MeasurePages,
    MeasureApi,
)
