"""How the customer desk reads and fills its registers."""

from __future__ import annotations

from flask_babel import lazy_gettext as _

from app.domains.customers import access, operations
from app.domains.customers.access import CustomerAccessRequest
from app.domains.customers.models import (
    CustomerAnnualRecord,
    CustomerArchiveVolume,
    CustomerChangeEvent,
    CustomerInteraction,
)
from app.registers.declare import Operation, Section, View
from app.registers.view import RegisterView


class CustomerArchiveVolumeView(RegisterView):
    record = CustomerArchiveVolume
    title = _("Customer archive volumes")
    icon = "archive"
    list_columns = (
        "number", "index_no", "customer_id", "category", "shelf_position", "keeper_id", "state",
    )  # fmt: skip
    layout = (
        Section(_("Volume"), "customer_id", "index_no", "category", "volume_no", article="D12§1.3"),
        Section(_("Place on the shelf"), "cabinet_no", "row_no", "col_no", "keeper_id", article="D12§1.4"),
        Section(
            _("Carrier"), "carrier", "ink", "durable", "pages", "opened_on", "retention", "electronic_copy",
            article="D12§1.5",
        ),
    )  # fmt: skip
    views = (View("away", _("Not in place"), (("state", "is", "lent,transferred"),)),)
    operations = (
        Operation(
            "hand_over", _("Hand over…"), operations.hand_over, icon="arrow-forward-up",
            confirm=_("Hand the volume over?"), asks_reason=True, to="transferred", why_not=operations.why_not_in_place,
        ),
        Operation("put_back", _("Put back"), operations.put_back, icon="arrow-back-up", to="in_place", why_not=operations.why_not_away),
        Operation(
            "destroy", _("Destroy…"), operations.destroy, icon="trash", grave=True, bulk=False,
            confirm=_("Record the volume as destroyed?"), asks_reason=True, to="destroyed", why_not=operations.why_not_in_place,
        ),
    )  # fmt: skip


class CustomerChangeEventView(RegisterView):
    record = CustomerChangeEvent
    title = _("Major changes of customers")
    icon = "arrows-exchange"
    list_columns = (
        "number",
        "customer_id",
        "event_on",
        "event_type",
        "content",
        "reported_by_id",
        "applied",
    )
    layout = (
        Section(
            _("Change"),
            "customer_id",
            "event_on",
            "event_type",
            "reported_by_id",
            "content",
            article="D16§3.4(1)",
        ),
        Section(_("Effect on the card"), "effect_on_master", "applied", article="D16§3.4(2)"),
    )
    views = (View("open", _("Not confirmed"), (("applied", "is", "0"),), alarming=True),)
    operations = (
        Operation(
            "confirm", _("Confirm"), operations.confirm, verb="s", icon="circle-check",
            confirm=_("Put the change onto the customer's card?"), why_not=operations.why_not_confirm,
        ),
    )  # fmt: skip


class CustomerInteractionView(RegisterView):
    record = CustomerInteraction
    title = _("Dealings with customers")
    icon = "messages"
    list_columns = (
        "number", "customer_id", "channel", "happened_on", "subject", "our_person_id", "next_action", "next_action_on",
    )  # fmt: skip
    layout = (
        Section(
            _("Dealing"), "customer_id", "channel", "direction", "happened_on", "subject", "letter_no", "content",
            article="D16§7.2",
        ),
        Section(_("Persons"), "our_person_id", "their_person_id"),
        Section(_("What follows"), "next_action", "next_action_on", article="D1§2.1"),
    )  # fmt: skip
    order = "-happened_on"
    views = (View("next", _("Next steps of the week"), (("next_action_on", "next_days", "7"),)),)


class CustomerAnnualRecordView(RegisterView):
    record = CustomerAnnualRecord
    title = _("Annual records of customers")
    icon = "report"
    list_columns = (
        "number",
        "customer_id",
        "year",
        "revenue",
        "net_profit",
        "total_assets",
        "total_liabilities",
    )
    layout = (
        Section(_("Year"), "customer_id", "year", "performance", article="D16§3.4(3)"),
        Section(
            _("Financial position"), "revenue", "net_profit", "total_assets", "total_liabilities", "source", "financial_report",
            article="D1§3.3(1)",
        ),
    )  # fmt: skip
    order = "-year"


class CustomerAccessRequestView(RegisterView):
    record = CustomerAccessRequest
    title = _("Requests for access to customer files")
    icon = "lock-open"
    list_columns = ("number", "applicant_id", "access_kind", "from_on", "to_on", "state")
    layout = (
        Section(
            _("Which files"), "customers", "access_kind", "from_on", "to_on", "purpose", article="D16§6",
            note=_("Write each customer's full name or number. Nobody sees a list of customers here."),
        ),
        Section(_("Return"), "applicant_id", "return_by", "returned_on", article="D1§2.4"),
    )  # fmt: skip
    order = "-from_on"
    views = (View("open", _("Open now"), (("state", "is", "approved"),)),)
    operations = (
        Operation(
            "take_back", _("Volumes are back"), access.take_back, verb="s", icon="arrow-back-up", bulk=False,
            confirm=_("Are all volumes back on the shelf?"), why_not=access.why_not_back,
        ),
        Operation(
            "end", _("End the access…"), access.end_early, verb="s", icon="lock", grave=True, to="expired",
            confirm=_("Close these files to the applicant now?"), why_not=access.why_not_end,
        ),
    )  # fmt: skip
