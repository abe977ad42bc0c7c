"""How retail customers are read and filled: profile, onboarding, ordering, grading, shielding, reception."""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from flask_babel import lazy_pgettext

from app.domains.customers import grading, ordering, reception, retail, shielding
from app.domains.customers.grading import CustomerGrading
from app.domains.customers.ordering import (
    HandedTo,
    MobileOrderAgreement,
    OnlineOrderApplication,
    OrderingTraining,
    OrderPasswordHandover,
    YanxintongApplication,
)
from app.domains.customers.reception import CustomerReception
from app.domains.customers.retail import RetailCustomerProfile, RetailOnboarding
from app.domains.customers.shielding import FieldControl
from app.registers.declare import Operation, Related, Section, View
from app.registers.view import RegisterView


class RetailCustomerProfileView(RegisterView):
    record = RetailCustomerProfile
    title = _("Base information of retail customers")
    icon = "building-store"
    list_columns = (
        "number", "customer_code", "customer_id", "visit_batch", "delivery_route", "order_method", "market_type", "grade",
        "completeness", "state",
    )  # fmt: skip
    layout = (
        Section(_("Identity information"), "customer_code", "licence", "geo_location", article="D8§2"),
        Section(_("Basic information"), "customer_id", "completeness", "missing", article="D8§3"),
        Section(
            _("Business information"), "visit_batch", "delivery_route", "delivery_sequence", "invoice_type", "service_person_id",
            "order_method", "settlement_method", "order_day", "delivery_day", article="D8§7.1",
        ),
        Section(
            _("Operating information"), "market_type", "business_form", "quant_info", "quant_approved_on", "trade_circle_type",
            "display_form", "attention_degree", "cooperation_degree", "grade", article="D8§7.2",
        ),
        Section(_("Law-abiding information"), "law_standing", "law_records", article="D8§2"),
        Section(_("Image information"), "signboard", "shop_image", "display_photo", article="D8§2"),
        Section(_("Maintenance"), "maintained", article="D8§4"),
    )  # fmt: skip
    views = (
        View("incomplete", _("Fields not maintained"), where=lambda cls: cls.incomplete(), alarming=True),
        View("quant", _("Quantification to be approved"), where=lambda cls: cls.quant_waits(), alarming=True),
        View("online", _("Ordering on the net"), (("order_method", "is", "online"),)),
    )  # fmt: skip
    operations = (
        Operation(
            "approve_quantification", _("Approve the quantification"), retail.approve_quantification, verb="s",
            icon="circle-check",
        ),
    )  # fmt: skip


class RetailOnboardingView(RegisterView):
    record = RetailOnboarding
    title = _("Maintenance forms of new retail customers")
    icon = "user-plus"
    list_columns = (
        "number", "customer_id", "received_on", "account_manager_id", "first_order_on", "base_by", "quant_by",
        "circle_display_by", "state",
    )  # fmt: skip
    layout = (
        Section(
            lazy_pgettext("retail", "Receipt"), "customer_id", "received_on", "account_manager_id", "first_order_on", "grading_on",
            "overdue", article="D8§7.1",
        ),
        Section(
            _("First and second working day"), "located_by", "located_on", "base_by", "base_maintained_on",
            "account_manager_notified_on", article="D8§7.1",
        ),
        Section(
            _("Third working day and approval"), "quant_by", "quant_maintained_on", "chief_notified_on", "chief_approved_on",
            "orderable_on", article="D8§7.3",
        ),
        Section(
            _("Up to the twentieth working day"), "circle_display_by", "circle_display_done_on", "other_by", "other_done_on",
            "attention_coop_by", "attention_coop_done_on", article="D8§7.2",
        ),
    )  # fmt: skip
    order = "-received_on"
    views = (
        View("received", lazy_pgettext("retail", "To be maintained by the analyst"), (("state", "is", "received"),)),
        View("with_manager", lazy_pgettext("retail", "With the account manager"), (("state", "is", "base_maintained"),)),
        View("with_chief", lazy_pgettext("retail", "With the chief"), (("state", "is", "quant_maintained"),), alarming=True),
        View("open", lazy_pgettext("retail", "Not complete"), (("state", "is_not", "complete"),)),
        View("order_soon", _("First orders of the week"), (("first_order_on", "next_days", "7"),)),
    )  # fmt: skip
    operations = (
        Operation("determine", lazy_pgettext("retail", "Determined"), retail.determine, icon="map-pin"),
        Operation("open_orders", _("May order now"), retail.open_orders, icon="shopping-cart", to="orderable"),
    )  # fmt: skip


class OnlineOrderApplicationView(RegisterView):
    record = OnlineOrderApplication
    title = _("Applications for ordering on the net")
    icon = "world"
    list_columns = (
        "number", "customer_id", "applied_on", "account_manager_id", "system_maintained_on", "password_at", "handed_to", "state",
    )  # fmt: skip
    layout = (
        Section(
            lazy_pgettext("ordering", "Application"), "customer_id", "applied_on", "account_manager_id", "account_manager_opinion",
            "section_chief_opinion", article="D8§7.4",
        ),
        Section(
            _("System and password"), "system_maintained_on", "password_at", "password_received_on", "handed_to",
            "reset_by_manager", article="D8§7.4",
            note=_("The password itself is written down nowhere."),
        ),
        Section(lazy_pgettext("ordering", "Training"), "training_at", "training_method", article="D8§7.4"),
    )  # fmt: skip
    related = (Related("order_password_handover", "application_id"),)
    views = (
        View("to_maintain", _("Approved, to be maintained"), (("state", "is", "approved"),), alarming=True),
        View("password", _("Waiting for the password"), (("state", "is", "maintained"),)),
        View("training", _("Training to be agreed"), (("state", "is", "handed"),)),
    )  # fmt: skip
    operations = (
        Operation("maintain", _("Maintained in the system"), ordering.maintain, icon="database", to="maintained"),
        Operation(
            "reset", _("No password came: reset by me"), ordering.reset, verb="s", icon="refresh", bulk=False,
            confirm=_("You have set a new password in 新商盟, because none came for a reason of the system?"),
        ),
    )  # fmt: skip


class OrderPasswordHandoverView(RegisterView):
    record = OrderPasswordHandover
    title = _("Handovers of ordering passwords")
    icon = "key"
    list_columns = (
        "number", "application_id", "from_person_id", "sent_on", "to_person_id", "received_on", "handed_to", "handed_on", "state",
    )  # fmt: skip
    layout = (
        Section(
            lazy_pgettext("password", "Handover"), "application_id", "from_person_id", "sent_on", "to_person_id", "received_on",
            "handed_to", "handed_on", article="D8§7.4", note=_("The password itself is written down nowhere."),
        ),
    )  # fmt: skip
    views = (
        View("sent", _("Sent, not received"), (("state", "is", "sent"),), alarming=True),
        View("received", _("Received, not handed over"), (("state", "is", "received"),)),
    )
    operations = (
        Operation("receive", lazy_pgettext("password", "Received"), ordering.receive_password, icon="inbox", to="received"),
        Operation(
            "to_manager", _("Given to the account manager"), ordering.hand_on(HandedTo.ACCOUNT_MANAGER), icon="arrow-forward-up",
            to="handed",
        ),
        Operation(
            "to_customer", _("Told the customer directly"), ordering.hand_on(HandedTo.CUSTOMER), icon="messages", to="handed",
        ),
    )  # fmt: skip


_AGREEMENT_OPERATIONS = (
    Operation("send_code", _("Code and order day sent"), ordering.send_code, icon="send", to="sent"),
    Operation("maintain", _("Maintained in the system"), ordering.maintain_agreement, icon="database", to="maintained"),
    Operation("trained", _("Trained by the operator"), ordering.note_training, icon="school", to="trained"),
)  # fmt: skip
_AGREEMENT_VIEWS = (
    View("to_answer", _("To be sent and maintained"), (("state", "is", "received,sent"),), alarming=True),
    View("to_train", lazy_pgettext("operator", "Not trained yet"), (("state", "is", "maintained"),)),
)  # fmt: skip
_ANSWER = (
    "reply_by", "customer_code_sent_on", "order_day_sent", "system_maintained_on", "trained_on",
)  # fmt: skip


class MobileOrderAgreementView(RegisterView):
    record = MobileOrderAgreement
    title = _("Agreements on ordering by handset")
    icon = "device-mobile"
    list_columns = (
        "number", "customer_id", "agreement_received_on", "binding_info", "reply_by", "order_day_sent", "trained_on", "state",
    )  # fmt: skip
    layout = (
        Section(
            lazy_pgettext("operator", "Agreement"), "customer_id", "agreement_received_on", "telecom_prepaid_fee",
            "handset_received", "binding_info", article="D8§7.4",
        ),
        Section(_("Answer, system, training"), *_ANSWER, article="D8§7.4"),
    )  # fmt: skip
    views = _AGREEMENT_VIEWS
    operations = _AGREEMENT_OPERATIONS


class YanxintongApplicationView(RegisterView):
    record = YanxintongApplication
    title = _("Ordering by Yanxintong")
    icon = "device-mobile"
    list_columns = (
        "number", "customer_id", "agreement_received_on", "binding_info", "reply_by", "order_day_sent", "trained_on", "state",
    )  # fmt: skip
    layout = (
        Section(
            lazy_pgettext("operator", "Agreement"), "customer_id", "agreement_received_on", "deposit", "handset_received",
            "binding_info", article="D8§7.4",
        ),
        Section(_("Answer, system, training"), *_ANSWER, article="D8§7.4"),
    )  # fmt: skip
    views = _AGREEMENT_VIEWS
    operations = _AGREEMENT_OPERATIONS


class OrderingTrainingView(RegisterView):
    record = OrderingTraining
    title = _("Trainings in ordering")
    icon = "school"
    list_columns = (
        "number", "customer_id", "order_method", "trainer", "trained_at", "method", "order_on", "done_on", "state",
    )  # fmt: skip
    layout = (
        Section(
            lazy_pgettext("ordering", "Training"), "customer_id", "order_method", "trainer", "trainer_person_id", "trained_at",
            "method", article="D8§7.4",
        ),
        Section(_("Order day"), "order_on", "done_by", "done", "done_on", article="D8§7.4"),
    )  # fmt: skip
    order = "-trained_at"
    views = (
        View("agreed", _("Agreed, not done"), (("state", "is", "agreed"),)),
        View("week", _("Trainings of the week"), (("trained_at", "next_days", "7"),)),
    )
    operations = (
        Operation("finish", lazy_pgettext("ordering training", "Done"), ordering.finish_training, icon="circle-check", to="done"),
    )  # fmt: skip


class CustomerGradingView(RegisterView):
    record = CustomerGrading
    title = _("Gradings of retail customers")
    icon = "star"
    list_columns = (
        "number", "round_name", "customer_id", "evaluation_on", "account_manager_id", "inputs_adjusted_on", "grade", "state",
    )  # fmt: skip
    layout = (
        Section(lazy_pgettext("grading", "Grading"), "round_name", "evaluation_on", "customer_id", "grade", "evaluator_id", "approver_id", article="D8§7.2"),
        Section(
            _("What it stands on"), "trade_circle_type", "display_form", "attention_degree", "cooperation_degree",
            "account_manager_id", "inputs_adjusted_on", article="D8§7.2",
        ),
    )  # fmt: skip
    order = "-evaluation_on"
    views = (
        View("open", lazy_pgettext("grading", "Open"), (("state", "is", "open"),)),
        View("soon", _("Graded within ten days"), (("evaluation_on", "next_days", "10"),), alarming=True),
    )  # fmt: skip
    operations = (
        Operation(
            "adjusted", _("Inputs adjusted"), grading.adjust_inputs, verb="r", icon="circle-check", bulk=False,
        ),
    )  # fmt: skip


class FieldControlView(RegisterView):
    record = FieldControl
    title = _("Maintenance and shielding of fields")
    icon = "eye-off"
    list_columns = (
        "number", "field_name", "category", "responsible_post", "due_days", "needed", "shielded_on", "state",
    )  # fmt: skip
    layout = (
        Section(lazy_pgettext("field control", "Field"), "field_name", "category", "responsible_post", "due_days", "data_source", article="D8§3"),
        Section(
            lazy_pgettext("field control", "Shielding"), "needed", "unneeded_on", "shield_by", "shielded_on", "shielded_by_id",
            article="D8§3",
        ),
    )  # fmt: skip
    views = (
        View("needed", lazy_pgettext("field control", "Needed"), (("state", "is", "needed"),)),
        View("shielded", lazy_pgettext("field control", "Shielded"), (("state", "is", "shielded"),)),
    )  # fmt: skip
    operations = (
        Operation(
            "shield", _("Shield"), shielding.shield, icon="eye-off",
            confirm=_("Nobody sees the field any more then, and it does not count as missing. What stands in it is kept."),
        ),
        Operation("show_again", _("Show again"), shielding.show_again, icon="eye"),
    )  # fmt: skip


class CustomerReceptionView(RegisterView):
    record = CustomerReception
    title = _("Receptions of customers")
    icon = "users"
    list_columns = ("number", "customer_id", "level", "arrive_at", "leave_at", "host_id", "state")
    layout = (
        Section(_("Guests"), "customer_id", "level", "visitors", "headcount", "arrive_at", "leave_at", article="D16§7.1"),
        Section(lazy_pgettext("reception", "Reception"), "host_id", "programme", "budget", "entertainment_no", article="D20§8"),
        Section(lazy_pgettext("reception", "Result"), "outcome_note"),
    )  # fmt: skip
    order = "-arrive_at"
    views = (
        View("coming", _("Coming in the next seven days"), (("arrive_at", "next_days", "7"),)),
        View("vip", _("Guests of honour"), (("level", "is", "vip"),)),
    )
    operations = (
        Operation(
            "done", lazy_pgettext("reception", "Held"), reception.note_done, verb="a", icon="circle-check", to="done",
            asks_reason=True, confirm=_("How did the reception go?"),
        ),
    )  # fmt: skip
