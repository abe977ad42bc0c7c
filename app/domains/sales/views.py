"""How the sales analysis is read and filled."""

from __future__ import annotations

from typing import Any

from flask import g
from flask_babel import gettext, lazy_pgettext
from flask_babel import lazy_gettext as _

from app.domains.sales import operations
from app.domains.sales.expectations import ProductSalesTask, RequiredShare
from app.domains.sales.findings import CustomerTradeEstimate, SalesAnalysisNote
from app.domains.sales.models import (
    CompositionPolicy,
    CustomerSalesTarget,
    CustomerStock,
    SalesFact,
    SeasonalIndex,
)
from app.registers.declare import Operation, Section, View
from app.registers.form import Filling
from app.registers.view import RegisterView


class SalesFactView(RegisterView):
    record = SalesFact
    title = _("Sales (customer × product × month)")
    icon = "report-money"
    list_columns = (
        "customer_id",
        "product_id",
        "month",
        "sales_amount",
        "cost",
        "gross_profit",
        "quantity",
        "currency",
        "rep_id",
    )
    order = "-month"
    layout = (
        Section(_("What was sold"), "customer_id", "product_id", "month", article="D1§3"),
        Section(
            _("Figures"),
            "sales_amount",
            "cost",
            "gross_profit",
            "quantity",
            "currency",
            article="D1§4.3",
        ),
        Section(_("By whom"), "rep_id"),
    )


class CustomerStockView(RegisterView):
    record = CustomerStock
    title = _("Stock of our goods at the customer")
    icon = "package"
    list_columns = (
        "number",
        "month",
        "customer_id",
        "product_id",
        "opening_stock",
        "closing_stock",
        "average_stock",
        "reported_by_id",
    )
    order = "-month"
    layout = (
        Section(_("Whose stock"), "customer_id", "product_id", "month", article="D1§4.4"),
        Section(
            _("In money"),
            "opening_stock",
            "closing_stock",
            "average_stock",
            "currency",
            article="D1§4.4",
        ),
        Section(_("In quantity"), "opening_quantity", "closing_quantity"),
        Section(_("Statement"), "reported_by_id"),
    )


def _put_in_force(confirm: Any) -> Operation:
    return Operation(
        "put_in_force",
        _("Put in force"),
        operations.put_in_force,
        verb="s",
        icon="check",
        to="active",
        confirm=confirm,
        why_not=operations.why_not_in_force,
    )


_DEMANDS = (
    View("active", _("In force"), (("state", "is", "active"),)),
    View("drafts", _("Drafts"), (("state", "is", "draft"),)),
)


class CustomerTradeEstimateView(RegisterView):
    record = CustomerTradeEstimate
    title = _("Monthly and yearly trade of the customers")
    icon = "zoom-in"
    list_columns = (
        "number",
        "period",
        "customer_id",
        "amount",
        "method",
        "reliability",
        "asked_on",
    )
    order = "-asked_on"
    layout = (
        Section(_("Trade"), "customer_id", "period", "amount", "currency", article="D1§3.3(1)"),
        Section(
            _("How it was found out"),
            "method",
            "asked_on",
            "reliability",
            "source_document",
            article="D1§3.3(1)",
        ),
    )


class CompositionPolicyView(RegisterView):
    record = CompositionPolicy
    title = _("Business policy (composition of customers)")
    icon = "chart-pie"
    list_columns = ("number", "year", "business_type_id", "target_share", "tolerance", "state")
    order = "-year"
    layout = (
        Section(
            _("Policy"),
            "year",
            "business_type_id",
            "target_share",
            "tolerance",
            article="D1§3.1(5)",
        ),
    )
    operations = (_put_in_force(_("Put the policy in force? It can no longer be edited then.")),)
    views = _DEMANDS


class RequiredShareView(RegisterView):
    record = RequiredShare
    title = _("Share required by the company")
    icon = "percentage"
    list_columns = (
        "number",
        "year",
        "metric",
        "customer_id",
        "business_type_id",
        "required_pct",
        "state",
    )
    order = "-year"
    layout = (
        Section(
            _("Required level"),
            "year",
            "metric",
            "customer_id",
            "business_type_id",
            "required_pct",
            article="D1§3.3(4)",
        ),
    )
    operations = (_put_in_force(_("Put the level in force? It can no longer be edited then.")),)
    views = _DEMANDS


class ProductSalesTaskView(RegisterView):
    record = ProductSalesTask
    title = _("Sales tasks of products")
    icon = "clipboard-list"
    list_columns = (
        "number",
        "period",
        "product_id",
        "task_amount",
        "customer_id",
        "rep_id",
        "state",
    )
    order = "-period"
    layout = (
        Section(
            lazy_pgettext("sales", "Task"),
            "product_id",
            "period",
            "task_amount",
            "currency",
            article="D1§4.2(4)",
        ),
        Section(_("Whose task"), "customer_id", "rep_id"),
        Section(
            lazy_pgettext("sales", "Achieved"),
            "achieved_amount",
            "achieved_pct",
            "achieved",
            article="D1§4.6(2)",
        ),
    )
    operations = (_put_in_force(_("Put the task in force? It can no longer be edited then.")),)
    views = (
        *_DEMANDS,
        View(
            "of_company",
            _("Of the whole company"),
            (("customer_id", "empty", ""), ("rep_id", "empty", "")),
        ),
    )


class CustomerSalesTargetView(RegisterView):
    record = CustomerSalesTarget
    title = _("Sales target of the customer's year")
    icon = "target"
    list_columns = (
        "number",
        "year",
        "customer_id",
        "annual_target",
        "years_of_history",
        "approved_by_id",
    )
    order = "-year"
    layout = (
        Section(
            _("Target"),
            "customer_id",
            "year",
            "annual_target",
            "currency",
            "approved_by_id",
            article="D1§4.1(8)",
        ),
        Section(_("Months"), "monthly_targets", "years_of_history", article="D1§4.1"),
    )
    operations = (
        Operation(
            "spread_anew",
            _("Calculate the months anew"),
            operations.spread_anew,
            verb="e",
            icon="refresh",
            why_not=operations.why_not_spread,
        ),
    )

    def filling(self, verb: str, record: Any = None) -> Filling:
        """The months are calculated: the form asks for the year's target only."""
        return Filling(self.record, self.layout[:1], g.person, verb, record)

    def notices(self, record: Any, person: Any) -> Any:
        from app.registers import pages

        found = list(super().notices(record, person))
        if record.years_of_history is not None and record.years_of_history < 3:
            text = gettext(
                "The months stand on %(years)d whole years of sales; the document asks for three.",
                years=record.years_of_history,
            )
            found.append(pages.Notice("warn", text))
        return found


class SeasonalIndexView(RegisterView):
    record = SeasonalIndex
    title = _("Seasonal index")
    icon = "calendar-stats"
    kind = "calculated"
    list_columns = (
        "customer_id",
        "month",
        "three_year_month_avg",
        "overall_month_avg",
        "index_pct",
        "share_pct",
        "monthly_target",
        "calculated_on",
        "state",
    )
    layout = (
        Section(_("Season"), "customer_id", "month", article="D1§4.1"),
        Section(
            _("Calculation"),
            "three_year_month_avg",
            "overall_month_avg",
            "index_pct",
            "share_pct",
            "monthly_target",
            article="D1§4.1",
        ),
        Section(_("Window"), "window_from", "window_to", "years", "calculated_on"),
    )
    views = (View("current", _("Current"), (("state", "is", "current"),)),)


class SalesAnalysisNoteView(RegisterView):
    record = SalesAnalysisNote
    title = _("Conclusions of the sales analysis")
    icon = "bulb"
    list_columns = (
        "number",
        "period",
        "customer_id",
        "product_id",
        "tendency",
        "focus_correct",
        "state",
    )
    order = "-period"
    layout = (
        Section(_("What it is about"), "period", "customer_id", "product_id"),
        Section(
            _("Composition of the products sold"),
            "tendency",
            "problem",
            "focus_correct",
            article="D1§4.2(5)",
        ),
        Section(
            _("Comparison of the customers"),
            "hot_here_slow_there_reason",
            "products_to_push",
            article="D1§4.6(2)",
        ),
        Section(lazy_pgettext("sales", "Reading"), "read_by_id", "read_on"),
    )
    operations = (
        Operation(
            "mark_read",
            lazy_pgettext("sales", "Read it"),
            operations.mark_read,
            verb="s",
            icon="eye-check",
            to="read",
            confirm=_("Mark it as read? It can no longer be edited then."),
            why_not=operations.why_not_read,
        ),
    )
    views = (
        View("unread", _("Not read yet"), (("state", "is", "draft"),)),
        View("read", lazy_pgettext("sales", "Read"), (("state", "is", "read"),)),
    )
