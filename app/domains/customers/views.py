"""How the customer desk reads and fills its registers."""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from flask_babel import lazy_pgettext

from app.domains.customers import (
    access,
    archive_checks,
    contacts,
    handing_over,
    operations,
    reports,
)
from app.domains.customers.access import CustomerAccessRequest
from app.domains.customers.archive_checks import CustomerArchiveCheck
from app.domains.customers.contacts import (
    ContactReport,
    CustomerContactAssignment,
    CustomerMajorMatter,
)
from app.domains.customers.handing_over import CustomerHandover, CustomerNotice
from app.domains.customers.models import (
    CustomerAnnualRecord,
    CustomerArchiveVolume,
    CustomerChangeEvent,
    CustomerInteraction,
)
from app.domains.customers.reports import (
    CustomerStatisticalReport,
    StatisticalReportAmendment,
    StatisticalReportDistribution,
    StatisticalReportRequest,
)
from app.registers.declare import Operation, Related, Section, View, move
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
            "known_on",
            "record_by",
            "is_late",
            article="D16§3.4(1)",
        ),
        Section(_("Effect on the card"), "effect_on_master", "applied", article="D16§3.4(2)"),
    )
    views = (
        View("open", _("Not confirmed"), (("applied", "is", "0"),), alarming=True),
        View("late", _("Entered late"), (("is_late", "is", "1"),)),
    )
    operations = (
        Operation(
            "confirm", _("Confirm"), operations.confirm, verb="s", icon="circle-check",
            confirm=_("Put the change onto the customer's card?"),
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
        Section(_("What follows"), "next_action", "next_action_on", "next_by_id", article="D1§2.1"),
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


class CustomerMajorMatterView(RegisterView):
    record = CustomerMajorMatter
    title = _("Major matters with customers")
    icon = "alert-triangle"
    list_columns = (
        "number", "customer_id", "dept_id", "happened_on", "matter", "reported_to_id", "is_late", "state",
    )  # fmt: skip
    layout = (
        Section(lazy_pgettext("customer desk", "Report"), "customer_id", "dept_id", "happened_on", "matter", "reported_to_id", article="D16§4"),
        Section(lazy_pgettext("customer desk", "Secrecy"), "is_confidential", "confidential_reason", "confidential_content", article="D16§4"),
        Section(lazy_pgettext("customer desk", "Receipt"), "report_by", "is_late", "received_by_id", "received_on", article="D20§5"),
    )  # fmt: skip
    views = (
        View("open", _("Not received"), (("state", "is", "reported"),), alarming=True),
        View("to_file", _("Received, not filed"), (("state", "is", "received"),)),
        View("late", _("Reported late"), (("is_late", "is", "1"),)),
        View("secret", _("Confidential business"), (("is_confidential", "is", "1"),)),
    )
    operations = (
        Operation("receive", lazy_pgettext("customer desk", "Receive"), contacts.receive, verb="r", icon="inbox", to="received"),
        Operation(
            "file", lazy_pgettext("customer desk", "Put on file"), contacts.put_on_file, verb="r", icon="archive", to="filed",
            confirm=_("Put it into the customer's file? It is not changed any more then."),
        ),
    )  # fmt: skip


class CustomerContactAssignmentView(RegisterView):
    record = CustomerContactAssignment
    title = _("Contact persons of ours")
    icon = "users"
    list_columns = ("number", "customer_id", "employee_id", "role", "from_on", "to_on", "state")
    layout = (
        Section(
            lazy_pgettext("contact assignment", "Contact"), "customer_id", "employee_id", "role", "from_on", "to_on",
            article="D16§7.3",
        ),
    )  # fmt: skip
    views = (
        View(
            "active", lazy_pgettext("contact assignment", "Active"), (("state", "is", "active"),)
        ),
    )
    operations = (
        move("ended", lazy_pgettext("customer desk", "End"), name="end", icon="player-stop", confirm=_("Is this person no longer in touch with the customer?")),
    )  # fmt: skip


class ContactReportView(RegisterView):
    record = ContactReport
    title = _("Contact reports")
    icon = "message-report"
    list_columns = (
        "number", "customer_id", "contact_on", "channel", "matters_discussed", "next_step", "next_on", "state",
    )  # fmt: skip
    layout = (
        Section(lazy_pgettext("contact assignment", "Contact"), "customer_id", "contact_on", "channel", "reporters", article="D16§7.3"),
        Section(lazy_pgettext("customer desk", "Report"), "matters_discussed", "customer_intention", "commitments"),
        Section(_("What follows"), "next_step", "next_on", "next_by_id"),
        Section(lazy_pgettext("customer desk", "Reading"), "superior_remark", "read_by_id"),
    )  # fmt: skip
    order = "-contact_on"
    views = (
        View("unread", _("Not read yet"), (("state", "is", "submitted"),), alarming=True),
        View("next", _("Next steps of the week"), (("next_on", "next_days", "7"),)),
    )
    operations = (
        Operation(
            "sign", _("Sign as reporter"), contacts.sign_as_reporter, verb="r", icon="writing-sign", bulk=False,
        ),
    )  # fmt: skip


class CustomerHandoverView(RegisterView):
    record = CustomerHandover
    title = _("Handovers of customers")
    icon = "arrow-forward-up"
    list_columns = (
        "number", "leaver_id", "business_dept_id", "received_by_id", "successor_id", "leave_on", "state",
    )  # fmt: skip
    layout = (
        Section(
            _("Who leaves"), "leaver_id", "business_dept_id", "business_head_id", "leave_on", "trigger", "trigger_no",
            "no_data_taken_declaration", article="D16§5",
        ),
        Section(_("Who takes over"), "received_by_id", "successor_id", article="D16§7.4"),
        Section(_("Customers and their material"), "handed", article="D16§5"),
        Section(lazy_pgettext("customer desk", "End"), "access_ended_on", "closed_on"),
    )  # fmt: skip
    related = (Related("customer_notice", "handover_id"),)
    views = (
        View("open", _("Not closed"), (("state", "is_not", "closed"),), alarming=True),
        View("to_archive", _("To be sorted and archived"), (("state", "is", "received,sorted"),)),
    )
    operations = (
        Operation("bring_in", _("Bring in his other customers"), handing_over.bring_in, icon="refresh", bulk=False),
        *(
            Operation(
                name, label, handing_over.move_on(state), icon=icon, to=state, bulk=False, confirm=confirm,
            )
            for name, label, state, icon, confirm in (
                ("sort", lazy_pgettext("customer desk", "Sorted"), "sorted", "list-check", ""),
                ("archive", lazy_pgettext("customer desk", "Put into the archive"), "archived", "archive", ""),
                ("close", _("Close the handover"), "closed", "circle-check", _("Close the handover? Every customer has been told then.")),
            )
        ),
    )  # fmt: skip


class CustomerNoticeView(RegisterView):
    record = CustomerNotice
    title = _("Notices of a change of person")
    icon = "mail"
    list_columns = (
        "number", "customer_id", "leaver_id", "successor_id", "notify_by", "notified_on", "contact_by", "first_contact_on", "state",
    )  # fmt: skip
    layout = (
        Section(_("Change of person"), "customer_id", "leaver_id", "successor_id", "handover_id", article="D16§7.4"),
        Section(lazy_pgettext("customer desk", "Notice"), "notify_by", "channel", "content", "notified_on"),
        Section(lazy_pgettext("customer desk", "Successor"), "contact_by", "first_contact_on", article="D20§8"),
    )  # fmt: skip
    order = "-notify_by"
    views = (
        View("to_tell", _("Customer not told yet"), (("state", "is", "drafted"),)),
        View("to_contact", _("Successor not in touch yet"), (("state", "is", "notified"),)),
    )
    operations = (
        Operation("tell", lazy_pgettext("customer desk", "Customer told"), handing_over.note_notice, icon="mail", to="notified"),
        Operation(
            "contact", _("Successor in touch"), handing_over.note_first_contact, icon="messages", to="contacted",
        ),
    )  # fmt: skip


class CustomerStatisticalReportView(RegisterView):
    record = CustomerStatisticalReport
    title = _("Customer statistics reports")
    icon = "report-analytics"
    list_columns = (
        "number", "title_", "report_type", "periodicity", "period", "version_no", "compiled_by_id", "issued_on", "state",
    )  # fmt: skip
    layout = (
        Section(
            lazy_pgettext("statistical report", "Report"), "title_", "report_type", "periodicity", "period", "version_no",
            "compiled_by_id", article="D12§2.1",
        ),
        Section(_("Indicators"), "indicators"),
        Section(lazy_pgettext("customer desk", "Issue"), "issued_on", "former_id", article="D12§2.5"),
    )  # fmt: skip
    order = "-period"
    related = (
        Related("statistical_report_distribution", "report_id"),
        Related("statistical_report_amendment", "report_id"),
    )
    views = (
        View("draft", _("Being compiled"), (("state", "is", "draft"),)),
        View("review", lazy_pgettext("customer desk", "Under review"), (("state", "is", "submitted,reviewed_by_supervisor"),)),
        View("to_issue", _("Reviewed, not issued"), (("state", "is", "reviewed_by_manager"),), alarming=True),
        View("issued", lazy_pgettext("statistical report", "Issued"), (("state", "is", "issued"),)),
    )  # fmt: skip
    operations = (
        Operation("count_again", _("Bring in the figures"), reports.count_again, verb="a", icon="refresh", bulk=False),
        Operation(
            "issue", _("Issue the report"), reports.issue, icon="send", to="issued",
            confirm=_("Issue it? A copy is then to be printed for every department whose request is approved."),
        ),
    )  # fmt: skip


class StatisticalReportRequestView(RegisterView):
    record = StatisticalReportRequest
    title = _("Requests for statistical reports")
    icon = "file-text"
    list_columns = (
        "number", "dept_id", "report_wanted", "periodicity", "from_on", "to_on", "subscribed_on", "state",
    )  # fmt: skip
    layout = (
        Section(
            lazy_pgettext("report request", "Request"), "dept_id", "report_wanted", "periodicity", "from_on", "to_on", "work_need",
            article="D12§2.2",
        ),
        Section(lazy_pgettext("customer desk", "Delivery"), "subscribed_on", article="D12§2.4"),
    )  # fmt: skip
    related = (Related("statistical_report_distribution", "request_id"),)
    views = (
        View("pending", lazy_pgettext("report request", "Pending"), (("state", "is", "pending"),)),
        View("running", _("Delivered regularly"), (("state", "is", "approved"),)),
    )


class StatisticalReportAmendmentView(RegisterView):
    record = StatisticalReportAmendment
    title = _("Amendments of statistical reports")
    icon = "file-plus"
    list_columns = ("number", "report_id", "item", "old_value", "new_value", "filed_on", "state")
    layout = (
        Section(
            lazy_pgettext("report amendment", "Amendment"), "report_id", "item", "old_value", "new_value", "reason",
            article="D12§2.3",
        ),
        Section(_("What followed"), "new_version_id", "filed_on", "filed_by_id"),
    )  # fmt: skip
    views = (
        View(
            "to_file", _("Approved, not on record"), (("state", "is", "approved"),), alarming=True
        ),
        View(
            "pending", lazy_pgettext("report amendment", "Pending"), (("state", "is", "pending"),)
        ),
    )
    operations = (
        Operation("file", _("Put on record"), reports.put_on_record, icon="archive", to="filed"),
    )  # fmt: skip


class StatisticalReportDistributionView(RegisterView):
    record = StatisticalReportDistribution
    title = _("Copies of statistical reports")
    icon = "printer"
    list_columns = (
        "number", "report_id", "purpose", "issued_to_id", "printed_qty", "kept_by_id", "issued_on", "state",
    )  # fmt: skip
    layout = (
        Section(_("For whom"), "report_id", "purpose", "request_id", "issued_to_id", article="D12§2.4"),
        Section(_("Printing, custody, issue"), "printed_qty", "kept_by_id", "issued_on", article="D12§2.4"),
    )  # fmt: skip
    views = (
        View("to_print", lazy_pgettext("report distribution", "To be printed"), (("state", "is", "planned"),), alarming=True),
        View("kept", _("Printed, not handed out"), (("state", "is", "printed"),)),
    )  # fmt: skip
    operations = (
        move("printed", lazy_pgettext("report distribution", "Printed"), name="print", icon="printer"),
        Operation("hand_out", lazy_pgettext("customer desk", "Hand out"), reports.hand_out, icon="send", to="issued", why_not=reports.why_not_hand_out),
    )  # fmt: skip


class CustomerArchiveCheckView(RegisterView):
    record = CustomerArchiveCheck
    title = _("Checks of the customer archive")
    icon = "clipboard-check"
    list_columns = (
        "number", "half_year", "checked_on", "scope", "checker_id", "faults", "corrected_on", "state",
    )  # fmt: skip
    layout = (
        Section(
            lazy_pgettext("customer desk", "Check"),
            "half_year",
            "checked_on",
            "scope",
            "checker_id",
            article="D12§3.1",
        ),
        Section(lazy_pgettext("customer desk", "Volumes"), "volumes", "faults"),
        Section(lazy_pgettext("customer desk", "Findings"), "findings", "corrected_on"),
    )
    order = "-half_year"
    views = (
        View("planned", lazy_pgettext("archive check", "Planned"), (("state", "is", "planned"),)),
        View("done", _("Signed, faults not corrected"), where=lambda cls: cls.waits_for_corrections(), alarming=True),
    )  # fmt: skip
    operations = (
        Operation(
            "bring_in", _("Bring in the other volumes"), archive_checks.bring_in_volumes, icon="refresh", bulk=False,
        ),
        Operation(
            "corrected", _("All corrected"), archive_checks.mark_as_corrected, icon="circle-check", to="corrected",
        ),
    )  # fmt: skip


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
            confirm=_("Are all volumes back on the shelf?"),
        ),
        Operation(
            "end", _("End the access…"), access.end_early, verb="s", icon="lock", grave=True, to="expired",
            confirm=_("Close these files to the applicant now?"),
        ),
    )  # fmt: skip
