"""How the credit office reads and fills its registers."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _
from flask_babel import lazy_pgettext

from app.domains.credit import operations
from app.domains.credit.investigations import PRESET_OF_SECTION_1
from app.domains.credit.models import (
    AdditionalCondition,
    CreditClassification,
    CreditInvestigation,
    CreditLimit,
    CustomerInvestigationReport,
    TradeCard,
    VisitPlan,
    VisitRecord,
)
from app.domains.credit.reporting import FirstPart
from app.records.moving import why_not_move
from app.registers.declare import Operation, Related, Section, View, move
from app.registers.form import Filling
from app.registers.view import RegisterView


class VisitPlanView(RegisterView):
    record = VisitPlan
    title = _("Plans of visits to customers")
    icon = "calendar-event"
    list_columns = ("number", "sales_rep_id", "period_from", "period_to", "state")
    layout = (
        Section(
            _("Visit plan"), "sales_rep_id", "period_from", "period_to", "visits", article="D1§10.1(1)"
        ),
    )  # fmt: skip
    order = "-period_from"
    operations = (
        move("closed", _("Close the plan"), name="close", icon="checks", confirm=_("Close the plan?")),
    )  # fmt: skip
    views = (
        View("active", lazy_pgettext("trade card", "In force"), (("state", "is", "active"),)),
        View("over", _("Period over, not closed"), where=lambda cls: cls.over(), alarming=True),
    )


class VisitRecordView(RegisterView):
    record = VisitRecord
    title = _("Visits to customers")
    icon = "route"
    list_columns = (
        "number", "customer_id", "visited_on", "visitor_id", "effective", "person_met", "next_step",
    )  # fmt: skip
    layout = (
        Section(
            lazy_pgettext("visit", "Visit"),
            "customer_id",
            "visitor_id",
            "visited_on",
            "effective",
            article="D1§10.1(2)",
        ),
        Section(_("What was said"), "person_met", "content", "next_step"),
    )
    order = "-visited_on"
    views = (View("in_vain", _("Without result"), (("effective", "is", "0"),)),)


class TradeCardView(RegisterView):
    record = TradeCard
    title = _("Customer trade cards")
    icon = "id"
    list_columns = (
        "number", "name", "customer_id", "credit_limit_requested", "card_version", "sales_rep_id", "state",
    )  # fmt: skip
    layout = (
        Section(
            lazy_pgettext("trade card", "Card"), "customer_id", "sales_rep_id", "card_version", "customer_filled_fields",
            "change_reason", "replaces_id", article="D1§10.1(3)",
        ),
        Section(
            _("The customer"), "name", "headquarters", "trading_place", "contact_address", "contact_phone", "contact_email",
            "website", "opened_on", "capital", "capital_currency", "employee_count", "manager_count",
            article="D1§10.1(6)",
        ),
        Section(_("Equipment and real estate"), "assets", "no_assets", article="D1§10.1(6)"),
        Section(
            _("Operators and credit"), "operator_age_structure", "credit_limit_requested", article="D1§10.1(6)"
        ),
        Section(
            _("The two copies"), "copy_rep_kept_on", "copy_hq_forwarded_on", article="D1§10.1(4)"
        ),
    )  # fmt: skip
    related = (Related("trade_card", "replaces_id"), Related("credit_limit", "trade_card_id"))
    operations = (
        move("with_customer", _("Give to the customer"), name="give_to_customer", icon="send"),
        Operation(
            "complete", _("Filled in completely"), operations.complete_card, icon="circle-check", to="complete",
        ),
        Operation(
            "adjust", _("Adjust by a new version…"), operations.adjust_card, verb="a", icon="versions", bulk=False,
            asks_reason=True, confirm=_("Write a new version? The approved card stays in force until it is approved."),
        ),
    )  # fmt: skip
    views = (
        View("open", _("Under way"), (("state", "is", "with_customer,complete,returned,submitted,manager_approved,hq_submitted"),)),
        View("returned", lazy_pgettext("trade card", "Returned"), (("state", "is", "returned"),), alarming=True),
        View("in_force", lazy_pgettext("trade card", "In force"), (("state", "is", "hq_approved"),)),
    )  # fmt: skip


class CreditInvestigationView(RegisterView):
    record = CreditInvestigation
    title = _("Credit investigations of customers")
    icon = "zoom-check"
    list_columns = (
        "number", "customer_id", "investigated_on", "investigator_id", "channel", "best_limit", "overall_score", "state",
    )  # fmt: skip
    layout = (
        Section(
            _("Investigation"), "customer_id", "investigator_id", "investigated_on", "channel", "channel_kind",
            "institution_name", "cost", article="D1§5",
        ),
        Section(_("1. The operator"), "section_1", article="D1§6.1"),
        Section(_("2. to 4. Company, funds, payment"), "items", article="D1§6"),
        Section(
            lazy_pgettext("investigation", "Result"), "best_limit", "condition_necessity", "overall_score", "changed_since_last", "conclusion", "evidence",
            article="D1§11.1(1)",
        ),
    )  # fmt: skip
    order = "-investigated_on"
    related = (Related("customer_investigation_report", "investigation_id"),)
    views = (
        View(
            "unread",
            lazy_pgettext("customer report", "Not read yet"),
            (("state", "is", "submitted"),),
            alarming=True,
        ),
        View("changed", _("Changed since the last one"), (("changed_since_last", "is", "1"),)),
    )

    def _preset(self, filling: Filling) -> dict[str, Any]:
        """R32: the form of a new investigation asks the 26 items."""
        preset = super()._preset(filling)
        preset["section_1"] = [{"item": item} for item in PRESET_OF_SECTION_1]
        preset["items"] = [
            {"section": section, "item": item} for section, item in operations.preset_items()
        ]
        return preset


class CustomerInvestigationReportView(FirstPart):
    record = CustomerInvestigationReport
    title = _("Reports on investigations of customers")
    icon = "report-analytics"
    list_columns = (
        "number", "report_mode", "customer_id", "abnormality", "reported_to_id", "reported_on", "state",
    )  # fmt: skip
    layout = (
        Section(
            lazy_pgettext("investigation report", "Report"), "report_mode", "form", "customer_id", "investigation_id", "abnormality", "reported_to_id",
            "reported_on", "content", article="D1§7.1",
        ),
        Section(
            lazy_pgettext("investigation report", "Instruction"), "instruction", "countermeasures", "instructed_by_id", "instructed_on", article="D1§7.2(3)"
        ),
    )  # fmt: skip
    related = (
        Related("additional_condition", "basis_report_id"),
        Related("credit_countermeasure", "report_id"),
    )
    operations = (
        Operation(
            "carry_out", _("Carried out…"), operations.carry_out_instruction, icon="checks", to="executed",
            asks_reason=True, bulk=False, confirm=_("What was done on the instruction?"),
        ),
        move("closed", lazy_pgettext("investigation report", "Close"), name="close", verb="s", icon="lock-check"),
    )  # fmt: skip
    views = (
        View("urgent", _("Urgent, without instruction"), where=lambda cls: cls.without_instruction(), alarming=True),
        View("to_do", _("Instructed, not carried out"), (("state", "is", "instructed"),)),
    )  # fmt: skip


class CreditClassificationView(RegisterView):
    record = CreditClassification
    title = _("Classes of credit limits")
    icon = "category"
    list_columns = (
        "number", "customer_id", "credit_class", "suggested_class", "claims_balance", "valid_from", "state",
    )  # fmt: skip
    layout = (
        Section(
            lazy_pgettext("credit class", "Criteria"), "customer_id", "large_scale", "good_reputation", "stable", "is_intermediate_wholesaler",
            "claims_balance", "trade_share", "large_trade_volume", "employee_count", "newly_established", "past_dishonesty",
            article="D1§9.1(1)",
        ),
        Section(
            lazy_pgettext("credit class", "Class"), "credit_class", "suggested_class", "suggested_because", "override_reason", "valid_from", article="D1§9.1(1)"
        ),
        Section(
            _("To be watched besides"), "past_collection", "years_collected_total", "avg_gross_margin", "other_company_limits",
            article="D1§9.1(2)",
        ),
    )  # fmt: skip
    views = (
        View("active", lazy_pgettext("trade card", "In force"), (("state", "is", "active"),)),
        View("overridden", _("Other than suggested"), where=lambda cls: cls.overridden()),
    )


class CreditLimitView(RegisterView):
    record = CreditLimit
    title = _("Credit limits")
    icon = "credit-card"
    list_columns = (
        "number", "customer_id", "limit_amount", "credit_class", "exposure", "usage_pct", "valid_from", "valid_to", "state",
    )  # fmt: skip
    layout = (
        Section(
            lazy_pgettext("credit limit", "Limit"), "customer_id", "limit_amount", "company_cap", "credit_class", "valid_from",
            "valid_to", "is_change", article="D1§9.3(1)",
        ),
        Section(lazy_pgettext("credit limit", "Basis"), "classification_id", "trade_card_id", "reason"),
        Section(
            lazy_pgettext("credit limit", "Used"), "receivable_total", "unsettled_bill_total", "exposure", "usage_pct", article="D1§8.3"
        ),
    )  # fmt: skip
    views = (
        View("active", lazy_pgettext("trade card", "In force"), (("state", "is", "active"),)),
        View("ends", _("Ends within 30 days"), (("state", "is", "active"), ("valid_to", "next_days", "30"))),
        View("waiting", _("Requested, not decided"), (("state", "is", "requested,submitted"),), alarming=True),
    )  # fmt: skip


class AdditionalConditionView(RegisterView):
    record = AdditionalCondition
    title = _("Additional conditions")
    icon = "contract"
    list_columns = (
        "number", "customer_id", "conditions", "basis_report_id", "due_on", "fulfilled_on", "state",
    )  # fmt: skip
    layout = (
        Section(
            lazy_pgettext("condition", "Condition"), "customer_id", "conditions", "details", "due_on", "holds_up_trade",
            article="D1§10.2(3)",
        ),
        Section(lazy_pgettext("condition", "Basis"), "basis", "basis_report_id", article="D1§10.2(2)"),
        Section(lazy_pgettext("condition", "Fulfilment"), "fulfilled_on", "evidence"),
    )  # fmt: skip
    operations = (
        Operation(
            "fulfil", lazy_pgettext("condition", "Fulfilled"), operations.fulfil, icon="circle-check", to="fulfilled",
            confirm=_("Note that the customer fulfilled it today?"), why_not=why_not_move("fulfilled"),
        ),
        Operation(
            "waive", lazy_pgettext("condition", "Waive…"), operations.waive, verb="s", icon="circle-x", to="waived", grave=True,
            asks_reason=True, bulk=False, confirm=_("Do without this condition?"), why_not=why_not_move("waived"),
        ),
    )  # fmt: skip
    views = (
        View("set", lazy_pgettext("condition", "Set"), (("state", "is", "set"),)),
        View(
            "overdue",
            lazy_pgettext("condition", "Overdue"),
            where=lambda cls: cls.overdue(),
            alarming=True,
        ),
    )
