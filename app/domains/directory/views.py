"""How the common ground is read and filled."""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from flask_babel import lazy_pgettext

from app.domains.directory.leave import LeaveRequest, note_return, why_not_back
from app.domains.directory.models import (
    BusinessType,
    Customer,
    CustomerPerson,
    LookupValue,
    Product,
)
from app.domains.directory.rules import why_no_partner
from app.organisation import operations, rules
from app.organisation.models import AbHandover, AbPost, Department, Employee, Post
from app.registers.declare import Operation, Related, Section, View, move
from app.registers.view import RegisterView


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
        Section(_("Holders"), "current_holders", "vacancies"),
    )
    related = (Related("employee", "post_id"),)
    operations = (
        move(
            "abolished", _("Abolish…"), name="abolish", icon="ban", grave=True, asks_reason=True,
            confirm=_("Abolish the post?"),
        ),
        move("active", _("Establish again"), name="establish", icon="player-play"),
    )  # fmt: skip
    views = (View("key", _("Key posts"), (("is_key_post", "is", "1"),)),)


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
        Related("customer_contact_assignment", "employee_id"),
        Related("customer_handover", "leaver_id"),
    )
    views = (View("in_service", _("In service"), (("state", "is", "in_service"),)),)
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
            "is_key_customer", "is_promising_new", "confidential_business", article="D16§7",
        ),
        Section(
            _("Standing"), "credit_class", "credit_limit", "abc_class", "visit_without_result_count", "archive_index_no",
            "archive_opened_on",
        ),
    )  # fmt: skip
    related = (
        Related("customer_person", "customer_id"),
        Related("customer_interaction", "customer_id"),
        Related("customer_change_event", "customer_id"),
        Related("customer_annual_record", "customer_id"),
        Related("customer_archive_volume", "customer_id"),
        Related("customer_contact_assignment", "customer_id"),
        Related("contact_report", "customer_id"),
        Related("customer_major_matter", "customer_id"),
        Related("customer_notice", "customer_id"),
    )
    operations = (
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
