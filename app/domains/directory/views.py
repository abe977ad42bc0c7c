"""How the common ground is read and filled."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect
from flask_babel import gettext, lazy_pgettext
from flask_babel import lazy_gettext as _

from app.domains.directory import operations as masters
from app.domains.directory import personnel, staffing
from app.domains.directory.leave import LeaveRequest, note_return, why_not_back
from app.domains.directory.models import (
    BusinessType,
    Customer,
    CustomerPerson,
    LookupValue,
    Product,
)
from app.domains.directory.personnel import (
    Assessment,
    ConfidentialityAgreement,
    DualResponsibility,
    SinglePostMonitor,
    TrainingRecord,
)
from app.domains.directory.rules import why_no_partner
from app.organisation import operations, rules
from app.organisation.models import AbHandover, AbPost, Department, Employee, Post
from app.records import Refused
from app.records.moving import why_not_move
from app.registers import pages
from app.registers.declare import Operation, Related, Section, View, move
from app.registers.page import Page, asks_for, expose
from app.registers.saving import saving
from app.registers.view import RegisterView
from app.security import scopes


class DepartmentView(RegisterView):
    record = Department
    title = _("Departments")
    icon = "sitemap"
    kind = "lookup"
    list_columns = ("number", "name", "kind", "parent_id", "head_id", "it_liaison_id")
    layout = (
        Section(_("Department"), "name", "kind", "parent_id", "head_id"),
        Section(
            _("Tasks"),
            "it_liaison_id",
            "keeps_customer_archive",
            "keeps_it_assets",
            article="D7§6",
        ),
    )
    related = (Related("employee", "dept_id"), Related("post", "dept_id"))


class PostView(RegisterView):
    record = Post
    title = _("Posts")
    icon = "id-badge"
    list_columns = (
        "number",
        "post_name",
        "dept_id",
        "headcount",
        "vacancies",
        "is_key_post",
        "state",
    )
    layout = (
        Section(_("Post"), "post_name", "dept_id", "headcount", "grade", "is_key_post"),
        Section(_("Demands"), "duties", "quality_requirement", article="D7§7(1)"),
        Section(_("Holders"), "current_holders", "vacancies", "carries"),
    )
    related = (
        Related("employee", "post_id"),
        Related("ab_post", "post_id"),
        Related("confidentiality_agreement", "post_id"),
        Related("dual_responsibility", "post_id"),
        Related("single_post_monitor", "post_id"),
    )
    operations = (
        move(
            "abolished", _("Abolish…"), name="abolish", icon="ban", grave=True, asks_reason=True,
            confirm=_("Abolish the post?"),
        ),
        move("active", _("Establish again"), name="establish", icon="player-play"),
    )  # fmt: skip
    views = (
        View("key", _("Key posts"), (("is_key_post", "is", "1"),)),
        View("single", _("Held by one person"), where=personnel.stands_alone),
        View(
            "unwatched", _("Held by one person, watched by nobody"), where=personnel.is_not_watched,
            alarming=True,
        ),
    )  # fmt: skip


class EmployeeView(RegisterView):
    record = Employee
    title = _("Employees")
    icon = "users"
    list_columns = ("number", "name", "dept_id", "post_id", "phone", "entered_on", "state")
    layout = (
        Section(_("Person"), "name", "employee_no", "phone", "entered_on"),
        Section(_("Place"), "dept_id", "post_id"),
    )
    related = (
        Related("device_assignment", "person_id"),
        Related("archive_loan", "borrower_id"),
        Related("confidentiality_agreement", "person_id"),
        Related("assessment", "person_id"),
        Related("customer_contact_assignment", "employee_id"),
        Related("customer_handover", "leaver_id"),
    )
    views = (
        View("in_service", _("In service"), (("state", "is", "in_service"),)),
        View(
            "no_agreement", _("In a key post without an agreement"),
            where=personnel.holds_key_post_without_agreement, alarming=True,
        ),
    )  # fmt: skip
    operations = (
        move(
            "transferred", _("Transferred away…"), name="transfer", icon="arrow-forward-up", asks_reason=True,
            confirm=_("Record that this person goes to another unit?"),
        ),
        move(
            "left", _("Left the company…"), rules.why_not_leave, name="leave", icon="logout", grave=True,
            asks_reason=True, confirm=_("Record that this person has left the company?"),
        ),
        move("in_service", _("In service again"), name="return", icon="player-play"),
    )  # fmt: skip


class CustomerView(RegisterView):
    record = Customer
    title = _("Customer files")
    icon = "users-group"
    list_columns = (
        "number", "name", "party_kind", "state", "district", "phone", "registered_capital", "responsible_rep_id",
    )  # fmt: skip
    layout = (
        Section(
            _("Who it is"), "name", "short_name", "party_kind", "special_kind", "trade_route", "relation_stage",
            article="D16§2",
        ),
        Section(
            _("Registration"), "unified_social_credit_code", "legal_representative", "company_type", "registered_on",
            "opened_on", "registered_capital", "registered_capital_currency", "capital_amount", "business_scope",
            article="D16§3.3",
        ),
        Section(
            _("Where to reach it"), "country", "province", "district", "address", "postcode", "phone", "fax", "website",
            "headquarters", "trading_place",
        ),
        Section(_("Business"), "business_type_id", "channel_kind", "employee_count", "manager_count", "operator_age_structure"),
        Section(
            _("How we deal with it"), "responsible_rep_id", "second_contact", "last_report_on", "currency", "is_vip",
            "is_key_customer", "is_promising_new", "confidential_business", "first_contact_on", "file_by", "is_opened_late",
            article="D16§7",
        ),
        Section(
            _("Standing"), "credit_class", "credit_limit", "abc_class", "visit_without_result_count", "archive_index_no",
            "archive_opened_on", "taken_over_on", "take_over_reason",
        ),
    )  # fmt: skip
    related = (
        Related("customer_person", "customer_id"),
        Related("customer_interaction", "customer_id"),
        Related("customer_change_event", "customer_id"),
        Related("customer_annual_record", "customer_id"),
        Related("customer_archive_volume", "customer_id"),
        Related("trade_card", "customer_id"),
        Related("credit_limit", "customer_id"),
        Related("credit_classification", "customer_id"),
        Related("receivable", "customer_id"),
        Related("bill", "customer_id"),
        Related("credit_limit_alert", "customer_id"),
        Related("credit_exception", "customer_id"),
        Related("additional_condition", "customer_id"),
        Related("guarantee", "customer_id"),
        Related("credit_supply_hold", "customer_id"),
        Related("dishonour_report", "customer_id"),
        Related("risk_customer_report", "customer_id"),
        Related("trade_suspension", "customer_id"),
        Related("debt_recovery", "customer_id"),
        Related("credit_countermeasure", "customer_id"),
        Related("contract_review", "customer_id"),
        Related("sales_contract", "customer_id"),
        Related("credit_investigation", "customer_id"),
        Related("customer_investigation_report", "customer_id"),
        Related("visit_record", "customer_id"),
        Related("customer_contact_assignment", "customer_id"),
        Related("contact_report", "customer_id"),
        Related("customer_major_matter", "customer_id"),
        Related("customer_notice", "customer_id"),
        Related("customer_reception", "customer_id"),
        Related("retail_customer_profile", "customer_id"),
        Related("retail_onboarding", "customer_id"),
        Related("online_order_application", "customer_id"),
        Related("mobile_order_agreement", "customer_id"),
        Related("yanxintong_application", "customer_id"),
        Related("ordering_training", "customer_id"),
        Related("customer_grading", "customer_id"),
        Related("customer_trade_estimate", "customer_id"),
        Related("required_share", "customer_id"),
        Related("product_sales_task", "customer_id"),
        Related("sales_analysis_note", "customer_id"),
    )
    operations = (
        Operation(
            "take_over", _("Take over as trading…"), masters.take_over, icon="forklift", to="trading", asks_reason=True,
            confirm=_("This customer traded before the house opened and goes on without a trade card?"),
        ),
        move("active", _("Active partner"), why_no_partner, name="activate", icon="player-play"),
        move("inactive", _("Inactive partner"), name="deactivate", icon="player-pause"),
        move(
            "archived", _("Archive…"), name="archive", icon="archive", grave=True, asks_reason=True,
            confirm=_("Archive this customer? The file can no longer be edited then."),
        ),
    )  # fmt: skip
    views = (
        View("incomplete", _("Incomplete"), where=lambda cls: cls.incomplete(), alarming=True),
        View(
            "neglected",
            _("Important new ones without two contacts or a report"),
            where=lambda cls: cls.neglected(),
            alarming=True,
        ),
        View("late", _("File opened late"), (("is_opened_late", "is", "1"),)),
        View("trading", _("Trading"), (("state", "is", "trading"),)),
        View("new", _("Entered in the last 30 days"), (("created_at", "last_days", "30"),)),
    )


class CustomerPersonView(RegisterView):
    record = CustomerPerson
    title = _("Contact persons of customers")
    icon = "address-book"
    list_columns = (
        "number",
        "name",
        "customer_id",
        "title_",
        "phone",
        "email",
        "is_primary",
        "is_decision_maker",
    )
    layout = (
        Section(
            _("Person"),
            "customer_id",
            "name",
            "title_",
            "is_primary",
            "is_decision_maker",
            article="D16§7",
        ),
        Section(_("Where to reach the person"), "phone", "fax", "email"),
    )


class BusinessTypeView(RegisterView):
    record = BusinessType
    title = _("Kinds of business")
    icon = "category"
    kind = "lookup"
    list_columns = ("number", "name", "order_no")
    layout = (Section(_("Kind of business"), "name", "order_no", article="D1§3.1(1)"),)
    order = "order_no"


class ProductView(RegisterView):
    record = Product
    title = _("Products")
    icon = "package"
    list_columns = (
        "number",
        "name",
        "model",
        "spec",
        "category",
        "unit",
        "unit_cost",
        "list_price",
    )
    layout = (
        Section(_("Product"), "name", "model", "spec", "category", "unit", article="D9§7"),
        Section(_("Prices"), "unit_cost", "list_price", "is_batch_managed", article="D1§4.2"),
    )
    related = (Related("product_sales_task", "product_id"),)


class LookupValueView(RegisterView):
    record = LookupValue
    title = _("Look-up values")
    icon = "list-details"
    kind = "lookup"
    list_columns = ("number", "list_name", "value", "label", "order_no", "is_active")
    layout = (Section(_("Value"), "list_name", "value", "label", "order_no", "is_active"),)
    order = "list_name"


class AbPostView(RegisterView):
    record = AbPost
    title = _("A/B posts")
    icon = "users"
    list_columns = (
        "number",
        "name",
        "post_id",
        "a_person_id",
        "b_person_id",
        "valid_from",
        "valid_to",
    )
    layout = (
        Section(
            _("Pair"), "post_id", "a_person_id", "b_person_id", "valid_from", "valid_to", "scope",
            article="D8§5",
        ),
    )  # fmt: skip
    related = (Related("ab_handover", "ab_post_id"),)
    order = "post_id"
    views = (View("active", _("In force"), (("valid_to", "empty", ""),)),)


class AbHandoverView(RegisterView):
    record = AbHandover
    title = _("A/B handovers")
    icon = "arrows-left-right"
    list_columns = (
        "number", "ab_post_id", "a_person_id", "b_person_id", "leave_from", "leave_to", "state",
    )  # fmt: skip
    layout = (
        Section(
            _("Handover"), "ab_post_id", "leave_from", "leave_to", "items_handed", article="D8§5"
        ),
        Section(_("Signatures"), "a_person_id", "a_signed", "b_person_id", "b_signed"),
        Section(_("Return"), "returned_on", "back_items"),
    )
    order = "-leave_from"
    operations = (
        Operation(
            "sign", _("Sign the handover"), operations.sign, verb="s", to="handed", icon="signature", bulk=False,
            confirm=_("Sign that this was handed over?"), why_not=operations.why_not_sign,
        ),
        Operation(
            "give_back", _("Give back…"), operations.give_back, verb="s", to="returned", icon="arrow-back-up", bulk=False,
            confirm=_("What is given back?"), asks_reason=True, why_not=operations.why_not_give_back,
        ),
    )  # fmt: skip
    views = (
        View("open", _("Not signed by both"), (("state", "is", "drafted"),), alarming=True),
        View("running", _("Handed over"), (("state", "is", "handed"),)),
    )


class LeaveRequestView(RegisterView):
    record = LeaveRequest
    title = _("Leave requests")
    icon = "calendar"
    list_columns = ("number", "employee_id", "kind", "from_on", "to_on", "days", "state")
    layout = (
        Section(
            lazy_pgettext("leave", "Leave"), "employee_id", "kind", "from_on", "to_on", "days", "needs_handover", "reason",
            article="D8§5",
        ),
        Section(_("Return"), "back_on"),
    )  # fmt: skip
    order = "-from_on"
    operations = (
        Operation(
            "back", _("Back at work"), note_return, verb="a", icon="user-check", to="back",
            confirm=_("Note that the person is back today?"), why_not=why_not_back,
        ),
    )  # fmt: skip


class ConfidentialityAgreementView(RegisterView):
    record = ConfidentialityAgreement
    title = _("Confidentiality agreements")
    icon = "file-certificate"
    list_columns = ("number", "person_id", "post_id", "kind", "signed_on", "valid_to", "state")
    layout = (
        Section(_("Who and for what"), "person_id", "post_id", "kind", article="D7§7(3)"),
        Section(_("What is promised"), "obligations", "valid_to", "secrecy_years", article="D18§2.1"),
        Section(_("Signature"), "signed_on", "ended_on", "file"),
    )  # fmt: skip
    views = (
        View("unsigned", _("Not signed yet"), (("state", "is", "draft"),), alarming=True),
        View("valid", _("In force"), (("state", "is", "signed"),)),
        View("ending", _("Ends in 30 days"), (("state", "is", "signed"), ("valid_to", "next_days", "30"))),
        View("expired", lazy_pgettext("agreement", "Expired"), (("state", "is", "expired"),), alarming=True),
    )  # fmt: skip
    operations = (
        Operation(
            "sign", _("Sign the agreement"), staffing.sign_agreement, verb="s", icon="signature", to="signed", bulk=False,
            confirm=_("Do you sign that you will keep what you learn secret?"),
        ),
        Operation(
            "terminate", _("Terminate…"), staffing.terminate, icon="ban", to="terminated", grave=True, asks_reason=True,
            confirm=_("End this agreement? The years of secrecy after it go on."),
            why_not=why_not_move("terminated"),
        ),
    )  # fmt: skip


class TrainingRecordView(RegisterView):
    record = TrainingRecord
    title = _("Training records")
    icon = "school"
    list_columns = ("number", "topic", "kind", "on", "trainer", "hours", "headcount", "state")
    layout = (
        Section(_("Training"), "kind", "topic", "on", "trainer", "hours", article="D7§7(4)"),
        Section(_("Who took part"), "headcount", "participants", article="D19§1.5"),
    )
    order = "-on"
    views = (
        View("planned", _("Planned"), (("state", "is", "planned"),)),
        View("it_staff", _("Regular training of IT staff"), (("kind", "is", "it_staff"),)),
    )
    operations = (
        Operation(
            "hold", _("It was held"), staffing.hold, verb="a", icon="circle-check", to="done",
            confirm=_("Record that the training was held as it stands here?"), why_not=staffing.why_not_hold,
        ),
    )  # fmt: skip


class AssessmentView(RegisterView):
    record = Assessment
    title = _("Assessments")
    icon = "clipboard-data"
    list_columns = (
        "number",
        "person_id",
        "subject",
        "period",
        "result",
        "confirmed_by_id",
        "state",
    )
    layout = (
        Section(_("Who and when"), "subject", "person_id", "period", "source", article="D7§7(4)"),
        Section(_("Scores"), "items", "result", article="D9§15"),
        Section(_("Confirmation"), "confirmed_by_id", "confirmed_at"),
    )
    order = "-period"
    views = (
        View("to_confirm", _("To be confirmed"), (("state", "is", "scored"),)),
        View("confirmed", lazy_pgettext("assessment", "Confirmed"), (("state", "is", "confirmed"),)),
    )  # fmt: skip
    operations = (
        move("scored", _("Scored"), verb="a", name="score", icon="list-check"),
        move("open", _("Back to scoring…"), verb="a", name="reopen", icon="arrow-back-up", asks_reason=True),
        Operation(
            "confirm", lazy_pgettext("assessment", "Confirm"), staffing.confirm_assessment, verb="s", icon="signature",
            to="confirmed", confirm=_("Confirm the result?"),
        ),
    )  # fmt: skip


class DualResponsibilityView(RegisterView):
    record = DualResponsibility
    title = _("Two persons for key posts")
    icon = "users-plus"
    list_columns = (
        "number", "post_id", "person_1_id", "person_2_id", "since", "ended", "half_signed", "state",
    )  # fmt: skip
    layout = (
        Section(_("Who answers for it"), "post_id", "person_1_id", "person_2_id", "since", "ended", article="D7§7(2)"),
        Section(_("What both signed"), "half_signed", "critical_operations"),
    )  # fmt: skip
    views = (
        View("active", lazy_pgettext("two persons", "Active"), (("state", "is", "active"),)),
        View("half_signed", _("Wait for the second signature"), where=personnel.is_half_signed, alarming=True),
    )  # fmt: skip
    operations = (
        Operation(
            "activate", _("Put into force"), staffing.activate, verb="s", icon="signature", to="active", bulk=False,
            confirm=_("From now on both answer for this post together?"),
        ),
        Operation(
            "log", _("Enter a critical operation…"), staffing.log_operation, verb="r", icon="pencil", bulk=False,
            asks_reason=True, confirm=_("What did you do?"),
        ),
        Operation(
            "countersign", _("Countersign"), staffing.countersign, verb="r", icon="writing-sign", bulk=False,
            confirm=_("Sign everything that waits for you here?"),
        ),
        Operation(
            "end", _("End…"), staffing.end_dual, icon="ban", to="ended", asks_reason=True,
            confirm=_("Release the two?"), why_not=why_not_move("ended"),
        ),
    )  # fmt: skip


class SinglePostMonitorView(RegisterView):
    record = SinglePostMonitor
    title = _("Monitoring of posts held by one person")
    icon = "eye-check"
    list_columns = (
        "number",
        "post_id",
        "holder_id",
        "monitor_id",
        "checked_on",
        "finding",
        "state",
    )
    layout = (
        Section(_("Who watches whom"), "post_id", "holder_id", "monitor_id", article="D7§7(2)"),
        Section(lazy_pgettext("monitoring", "Finding"), "checked_on", "finding", "action"),
    )
    views = (
        View(
            "open", lazy_pgettext("monitoring", "Open"), (("state", "is", "open"),), alarming=True
        ),
    )
    operations = (
        Operation(
            "check", _("Checked…"), staffing.check_single_post, verb="r", icon="eye-check", to="checked", bulk=False,
            asks_reason=True, confirm=_("What did you find?"),
        ),
    )  # fmt: skip

    def list_actions(self, person: scopes.Person) -> list[pages.Action]:
        if not scopes.may(person, "a", "single_post_monitor"):
            return []
        return [
            pages.Action(
                "watch",
                gettext("List what nobody watches"),
                "/single_posts/watch",
                icon="list-details",
                method="post",
                primary=True,
                confirm=gettext("List every post that one person holds and nobody watches?"),
            )
        ]


class SinglePosts(Page):
    """Where the list of posts that one person holds is made (R199)."""

    route_base = "/single_posts"
    default_view = "watch"

    @expose("/watch", methods=["POST"])
    @asks_for("a", "single_post_monitor")
    def watch(self) -> Any:
        """One row for each post in which one person stands alone and nobody watches."""
        try:
            with saving():
                many = len(staffing.watch_single_posts())
        except Refused as no:
            flash(str(no), "danger")
        else:
            flash(
                gettext("%(count)d posts are listed; their monitors are told.", count=many),
                "success",
            )
        return redirect("/single_post_monitor/list/")
