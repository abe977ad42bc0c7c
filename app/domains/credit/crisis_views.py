"""How guarantees, countermeasures, dishonour, stops and recoveries are read and filled."""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from flask_babel import lazy_pgettext

from app.domains.credit import emergencies
from app.domains.credit.models import (
    CreditCountermeasure,
    CreditSupplyHold,
    DebtRecovery,
    DishonourReport,
    Guarantee,
    RiskCustomerReport,
    TradeSuspension,
)
from app.domains.credit.reporting import FirstPart
from app.records.moving import why_not_move
from app.registers.declare import Operation, Related, Section, View, move
from app.registers.view import RegisterView


class GuaranteeView(RegisterView):
    record = Guarantee
    title = _("Guarantees and mortgages")
    icon = "shield-check"
    list_columns = (
        "number", "customer_id", "kind", "guarantor", "amount", "valid_to", "claimed_on", "state",
    )  # fmt: skip
    layout = (
        Section(
            lazy_pgettext("guarantee", "Guarantee"), "customer_id", "kind", "guarantor", "collateral", "amount", "contract_no",
            "valid_to", "notarised", "documents", article="D1§10.2(3)",
        ),
        Section(lazy_pgettext("guarantee", "Claim"), "claimed_on", article="D1§7.2(4)"),
    )  # fmt: skip
    operations = (
        Operation(
            "claim", lazy_pgettext("guarantee", "Claim…"), emergencies.claim, verb="s", icon="gavel", to="claimed", grave=True,
            asks_reason=True, bulk=False, confirm=_("Claim it?"), why_not=why_not_move("claimed"),
        ),
        move("released", lazy_pgettext("guarantee", "Release"), name="release", verb="s", icon="lock-open", confirm=_("Give it back?")),
    )  # fmt: skip
    views = (
        View("active", lazy_pgettext("trade card", "In force"), (("state", "is", "active"),)),
        View("ends", _("Ends within 30 days"), (("state", "is", "active"), ("valid_to", "next_days", "30"))),
    )  # fmt: skip


class CreditCountermeasureView(FirstPart):
    record = CreditCountermeasure
    title = _("Countermeasures to worsening credit")
    icon = "shield-exclamation"
    list_columns = (
        "number", "customer_id", "report_id", "measures", "instruction_by_id", "executed_on", "state",
    )  # fmt: skip
    layout = (
        Section(
            lazy_pgettext("countermeasure", "Countermeasure"), "customer_id", "report_id", "measures", article="D1§7.2(4)"
        ),
        Section(
            lazy_pgettext("countermeasure", "Instruction"), "instruction", "instruction_by_id", article="D1§7.2(3)"
        ),
        Section(lazy_pgettext("countermeasure", "Execution"), "executed_on", "result"),
    )  # fmt: skip
    operations = (
        Operation(
            "execute", _("Executed…"), emergencies.execute, verb="a", icon="checks", to="executed", asks_reason=True,
            bulk=False, confirm=_("What came of it?"), why_not=why_not_move("executed"),
        ),
    )  # fmt: skip
    views = (
        View("to_do", _("Instructed, not carried out"), where=lambda cls: cls.to_do(), alarming=True),
        View("waiting", _("Without instruction"), (("state", "is", "draft,submitted"),)),
    )  # fmt: skip


class DishonourReportView(RegisterView):
    record = DishonourReport
    title = _("Reports on dishonour and delay")
    icon = "file-x"
    list_columns = (
        "number", "customer_id", "event", "bill_id", "amount", "happened_on", "state",
    )  # fmt: skip
    layout = (
        Section(
            lazy_pgettext("dishonour", "Dishonour"), "customer_id", "bill_id", "event", "happened_on", "amount", "detail",
            article="D1§11.2(1)",
        ),
        Section(lazy_pgettext("dishonour", "Recovery"), "recovery_actions", article="D1§11.2(2)"),
    )  # fmt: skip
    related = (
        Related("risk_customer_report", "dishonour_id"),
        Related("credit_supply_hold", "dishonour_id"),
    )
    operations = (
        move("closed", lazy_pgettext("dishonour", "Close"), name="close", icon="lock-check", confirm=_("Close the report?")),
    )  # fmt: skip
    views = (
        View("open", lazy_pgettext("dishonour", "Not closed"), (("state", "is", "reported"),), alarming=True),
    )  # fmt: skip


class RiskCustomerReportView(FirstPart):
    record = RiskCustomerReport
    title = _("Reports on dangerous customers")
    icon = "alert-octagon"
    list_columns = (
        "number", "customer_id", "exposure", "recovery_estimate", "submitted_to_id", "decision", "state",
    )  # fmt: skip
    layout = (
        Section(
            lazy_pgettext("risk report", "Report"), "customer_id", "submitted_to_id", "dishonour_id", "facts",
            "recovery_estimate", "proposal", article="D1§11.2(3)",
        ),
        Section(lazy_pgettext("risk report", "What is at stake"), "exposure", "guarantees", article="D1§8.3"),
        Section(lazy_pgettext("risk report", "Instruction"), "decision", "instruction", article="D1§11.2(4)"),
    )  # fmt: skip
    related = (Related("trade_suspension", "risk_report_id"),)
    operations = (
        move("closed", lazy_pgettext("risk report", "Close"), name="close", verb="s", icon="lock-check"),
    )  # fmt: skip
    views = (
        View("draft", _("Begun, not handed in"), (("state", "is", "draft"),), alarming=True),
        View("waiting", _("Without instruction"), (("state", "is", "submitted"),), alarming=True),
    )  # fmt: skip


class CreditSupplyHoldView(FirstPart):
    record = CreditSupplyHold
    title = _("Emergency stops of supply on credit")
    icon = "hand-stop"
    list_columns = (
        "number", "customer_id", "held_on", "held_by_id", "confirm_by", "confirmed_by_id", "released_on", "state",
    )  # fmt: skip
    layout = (
        Section(lazy_pgettext("supply hold", "Stop"), "customer_id", "reason", article="D1§11.1(3)"),
        Section(
            lazy_pgettext("supply hold", "Course"), "held_on", "held_by_id", "dishonour_id", "confirm_by", "confirmed_by_id",
            "confirmed_on", "released_on",
        ),
    )  # fmt: skip
    order = "-held_on"
    operations = (
        Operation(
            "release", lazy_pgettext("supply hold", "Release…"), emergencies.release_hold, verb="s", icon="lock-open", to="released",
            asks_reason=True, bulk=False, confirm=_("Let supply on credit go on?"),
            why_not=why_not_move("released", emergencies.why_not_release),
        ),
    )  # fmt: skip
    views = (
        View("unconfirmed", _("Not confirmed yet"), (("state", "is", "held"),), order="confirm_by", alarming=True),
        View("standing", _("Supply stopped"), (("state", "is", "held,confirmed"),)),
    )  # fmt: skip


class TradeSuspensionView(RegisterView):
    record = TradeSuspension
    title = _("Suspensions of trade")
    icon = "ban"
    list_columns = (
        "number", "customer_id", "kind", "risk_report_id", "notified_on", "effective_on", "resume_on", "state",
    )  # fmt: skip
    layout = (
        Section(
            lazy_pgettext("suspension", "Suspension"), "customer_id", "kind", "risk_report_id", "reason", "instruction",
            "effective_on", article="D1§11.2(4)",
        ),
        Section(
            lazy_pgettext("suspension", "Notice to the customer"), "customer_notified", "notified_on", "channel", article="D1§11.2(4)"
        ),
        Section(lazy_pgettext("suspension", "Resumption"), "resume_on"),
    )  # fmt: skip
    operations = (
        Operation(
            "notify", _("Customer notified"), emergencies.note_notice, verb="a", icon="mail-forward", to="notified", bulk=False,
            confirm=_("Was the customer told, with the day? Trade ends on that day."), why_not=why_not_move("notified"),
        ),
        Operation(
            "resume", lazy_pgettext("suspension", "Resume…"), emergencies.resume_trade, verb="s", icon="player-play", to="resumed",
            asks_reason=True, bulk=False, confirm=_("Let trade go on?"),
            why_not=why_not_move("resumed", emergencies.why_not_resume),
        ),
    )  # fmt: skip
    views = (
        View("to_notify", _("Instructed, customer not notified"), where=lambda cls: cls.to_notify(), alarming=True),
        View("effective", lazy_pgettext("suspension", "In effect"), (("state", "is", "effective"),)),
    )  # fmt: skip


class DebtRecoveryView(RegisterView):
    record = DebtRecovery
    title = _("Debt recovery")
    icon = "coins"
    list_columns = (
        "number", "customer_id", "amount_due", "recovered_total", "still_due", "state",
    )  # fmt: skip
    layout = (
        Section(
            lazy_pgettext("recovery", "Debt"), "customer_id", "amount_due", "occasion", article="D1§11.2(2)"
        ),
        Section(
            lazy_pgettext("recovery", "Steps"), "actions", "recovered_total", "still_due", "history", article="D1§7.2(4)"
        ),
    )  # fmt: skip
    operations = (
        move("closed", lazy_pgettext("recovery", "Close"), name="close", icon="lock-check", confirm=_("Close the recovery?")),
        move("open", lazy_pgettext("recovery", "Reopen"), name="reopen", icon="lock-open"),
    )  # fmt: skip
    views = (View("open", lazy_pgettext("recovery", "Open"), (("state", "is", "open"),)),)
