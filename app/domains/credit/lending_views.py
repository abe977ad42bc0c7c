"""How what customers owe, exceptions, alerts and contracts are read and filled."""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from flask_babel import lazy_pgettext

from app.domains.credit import emergencies, watching
from app.domains.credit.models import (
    Bill,
    ContractReview,
    CreditException,
    CreditLimitAlert,
    Receivable,
    SalesContract,
)
from app.domains.credit.reporting import FirstPart
from app.records.moving import why_not_move
from app.registers.declare import Operation, Related, Section, View, move
from app.registers.view import RegisterView


class ReceivableView(RegisterView):
    record = Receivable
    title = _("Sales on credit")
    icon = "cash"
    list_columns = (
        "number", "customer_id", "invoice_no", "invoiced_on", "due_on", "amount", "balance", "outstanding_usd", "state",
    )  # fmt: skip
    layout = (
        Section(
            lazy_pgettext("receivable", "Sale"), "customer_id", "contract_id", "invoice_no", "invoiced_on", "due_on", "amount",
            "currency", "usd_rate", article="D1§8.3",
        ),
        Section(
            lazy_pgettext("receivable", "Payment"), "payments", "paid_amount", "bill_amount", "balance", "outstanding_usd",
            article="D1§9.3(3)",
        ),
    )  # fmt: skip
    order = "-invoiced_on"
    related = (Related("bill", "receivable_id"),)
    views = (
        View("open", lazy_pgettext("receivable", "Open"), (("state", "is", "open"),), order="due_on"),
        View("overdue", lazy_pgettext("receivable", "Overdue"), where=lambda cls: cls.overdue(), alarming=True),
    )  # fmt: skip


class BillView(RegisterView):
    record = Bill
    title = _("Bills and cheques")
    icon = "receipt"
    list_columns = (
        "number", "customer_id", "kind", "bill_no", "amount", "outstanding_usd", "due_on", "bank", "state",
    )  # fmt: skip
    layout = (
        Section(
            lazy_pgettext("bill", "Bill"), "customer_id", "kind", "bill_no", "amount", "currency", "usd_rate", "receivable_id",
            "issued_on", "due_on", "bank", "endorser", article="D1§8.3",
        ),
        Section(lazy_pgettext("bill", "Settlement"), "settled_on", "outstanding_usd", article="D1§11.2(1)"),
    )  # fmt: skip
    related = (Related("dishonour_report", "bill_id"),)
    operations = (
        move("settled", lazy_pgettext("bill", "Settled"), name="settle", icon="circle-check"),
        move("doubtful", lazy_pgettext("bill", "Dishonour likely"), name="doubt", icon="alert-triangle"),
        move("deferred", lazy_pgettext("bill", "Payment deferred"), name="defer", icon="hourglass"),
        move("dishonoured", lazy_pgettext("bill", "Dishonoured"), name="dishonour", icon="circle-x", grave=True),
        move(
            "unsettled", _("Back to “not settled”"), name="reopen", icon="arrow-back-up", asks_reason=True, bulk=False,
            confirm=_("It counts as open again, and is asked about like a new one."),
        ),
    )  # fmt: skip
    views = (
        View("open", lazy_pgettext("bill", "Not settled"), (("state", "is", "unsettled,dishonoured,deferred,doubtful"),), order="due_on"),
        View("trouble", _("Dishonoured, deferred or doubtful"), where=lambda cls: cls.in_trouble(), alarming=True),
        View("overdue", lazy_pgettext("bill", "Overdue"), where=lambda cls: cls.overdue(), alarming=True),
    )  # fmt: skip


class CreditExceptionView(FirstPart):
    record = CreditException
    title = _("Exceptions from credit limits")
    icon = "adjustments"
    list_columns = (
        "number", "customer_id", "ground", "direction", "new_limit", "valid_from", "valid_to", "state",
    )  # fmt: skip
    layout = (
        Section(
            lazy_pgettext("credit exception", "Exception"), "customer_id", "ground", "direction", "new_limit", "valid_from",
            "valid_to", "reason", article="D1§9.2",
        ),
        Section(lazy_pgettext("credit exception", "Instruction"), "instruction", "usual_limit", article="D1§9.2(1)"),
    )  # fmt: skip
    operations = (
        Operation(
            "end", lazy_pgettext("credit exception", "End…"), watching.end_exception, verb="s", icon="player-stop", to="ended",
            asks_reason=True, bulk=False, confirm=_("End it today? The usual limit is in force again."),
            why_not=why_not_move("ended"),
        ),
    )  # fmt: skip
    views = (
        View("active", lazy_pgettext("trade card", "In force"), (("state", "is", "active"),)),
        View("ends", _("Ends within 30 days"), (("state", "is", "active"), ("valid_to", "next_days", "30"))),
    )  # fmt: skip


class CreditLimitAlertView(FirstPart):
    record = CreditLimitAlert
    title = _("Alerts on credit limits")
    icon = "bell-ringing"
    list_columns = (
        "number", "customer_id", "kind", "exposure", "limit_amount", "report_by", "handling_decision", "state",
    )  # fmt: skip
    layout = (
        Section(
            lazy_pgettext("credit alert", "Report"), "customer_id", "kind", "planned_amount", "opinion_requested",
            article="D1§9.3(2)",
        ),
        Section(
            lazy_pgettext("credit alert", "Figures"), "receivable_total", "unsettled_bill_total", "exposure", "limit_amount",
            "responsible_rep_id", "report_by", article="D1§8.3",
        ),
        Section(
            lazy_pgettext("credit alert", "Handling"), "handling_decision", "handling_opinion", "allowed_up_to", "allowed_until",
            article="D1§9.3(3)",
        ),
    )  # fmt: skip
    views = (
        View("to_report", _("To be reported"), (("state", "is", "raised"),), order="report_by", alarming=True),
        View("undecided", _("Above the limit, undecided"), (("kind", "is", "exceeded"), ("state", "is", "raised,opinion")), alarming=True),
        View("decided", lazy_pgettext("credit alert", "Decided"), (("state", "is", "decided"),)),
    )  # fmt: skip


class ContractReviewView(RegisterView):
    record = ContractReview
    title = _("Contract reviews")
    icon = "clipboard-check"
    list_columns = (
        "number", "customer_id", "contract_or_order", "needed_by", "capable", "reviewed_on", "state",
    )  # fmt: skip
    layout = (
        Section(
            lazy_pgettext("contract review", "Contract"), "customer_id", "contract_or_order", "needed_by",
            "customer_requirements", "regulatory_requirements", article="D3§4.2.1",
        ),
        Section(_("Opinions of the departments"), "quality_opinion", "technical_opinion", "reviewers"),
        Section(lazy_pgettext("contract review", "Conclusion"), "capable", "conclusion", "reviewed_on", article="D3§4.2.1"),
    )  # fmt: skip
    related = (Related("sales_contract", "review_id"),)
    views = (
        View("open", _("Under review"), (("state", "is", "open,submitted"),), order="needed_by"),
        View("not_capable", lazy_pgettext("contract review", "Not capable"), (("state", "is", "not_capable"),)),
    )  # fmt: skip


class SalesContractView(RegisterView):
    record = SalesContract
    title = _("Sales contracts and orders")
    icon = "file-dollar"
    list_columns = (
        "number", "contract_no", "customer_id", "kind", "amount", "credit_amount", "review_id", "signed_on", "state",
    )  # fmt: skip
    layout = (
        Section(
            lazy_pgettext("sales contract", "Contract"), "customer_id", "kind", "contract_no", "review_id", "signed_on",
            article="D3§4.2.1",
        ),
        Section(
            lazy_pgettext("sales contract", "Goods and price"), "products", "amount", "currency", "usd_rate", "credit_amount",
            article="D1§10.2(3)",
        ),
        Section(lazy_pgettext("sales contract", "Terms"), "special_terms", "terms", "notarised", article="D5§6.2.1"),
    )  # fmt: skip
    related = (Related("receivable", "contract_id"),)
    operations = (
        Operation(
            "sign", _("Signed or confirmed"), emergencies.sign_contract, verb="a", icon="writing-sign", to="signed", bulk=False,
            confirm=_("Note it as signed or confirmed? It needs a review that found us capable."),
        ),
        move("done", lazy_pgettext("sales contract", "Done"), verb="a", icon="checks"),
    )  # fmt: skip
    views = (
        View("open", lazy_pgettext("sales contract", "Under way"), (("state", "is", "signed"),)),
        View("no_review", _("Draft without a review"), (("state", "is", "draft"), ("review_id", "empty", "")), alarming=True),
    )  # fmt: skip
