"""What the company expects: how much of each product is sold, and which share it has at its customers."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from flask_babel import lazy_gettext as _
from sqlalchemy import Index
from sqlalchemy.orm import Mapped, relationship

from app.analytics.exact import ratio
from app.domains.directory.models import BusinessType, Customer, Product
from app.domains.sales import rules
from app.domains.sales.figures import Selection, amount
from app.domains.sales.models import IN_FORCE
from app.domains.sales.periods import OfPeriod
from app.extensions import db
from app.organisation.models import Employee
from app.records import (
    Choice,
    Choices,
    Kind,
    Money,
    Percent,
    Record,
    Stateful,
    Word,
    calculated,
    field,
    once,
    reference,
)
from app.records.record import session_of
from app.security.scopes import THE_MACHINE


def id_of(record: Any, relation: str) -> int | None:
    """Whom a record refers to, also where so far it has the other record alone."""
    other = getattr(record, relation)
    found: int | None = getattr(record, f"{relation}_id") or (other.id if other else None)
    return found


def twin_of(record: Any, **values: Any) -> Any:
    """Another living record with these values; a record that this click leaves as it was has none."""
    if not (record.id is None or record.changed(*values)):
        return None
    cls = type(record)
    query = cls.living().where(
        cls.id != (record.id or 0),
        *(
            getattr(cls, name).is_(None) if value is None else getattr(cls, name) == value
            for name, value in values.items()
        ),
    )
    with db.session.no_autoflush:
        return session_of(record).scalar(query.limit(1))


def _once_a_task(name: str, where: str, *columns: str) -> Index:
    return once(
        f"uq_product_sales_task_{name}", "product_id", "period", *columns, where=where,
        refusal=_("This task is set already."),
    )  # fmt: skip


class ProductSalesTask(OfPeriod, Stateful, Record):
    """How much of a product the company demands to be sold in a period: altogether, by a representative, or to a customer."""

    __tablename__ = "product_sales_task"
    __table_args__ = (
        _once_a_task("company", "customer_id IS NULL AND rep_id IS NULL"),
        _once_a_task("rep", "customer_id IS NULL AND rep_id IS NOT NULL", "rep_id"),
        _once_a_task("customer", "customer_id IS NOT NULL", "customer_id"),
    )
    catalogue_code = "R58"
    sources = ("D1§4.2(4)", "D1§4.6(2)")
    numbered = "SPRW-{year}-{seq:05}"
    ruled_by = (
        rules.period_is_a_year_or_a_month,
        rules.task_is_positive,
        rules.task_is_of_one_customer_or_one_representative,
        rules.task_is_set_once,
    )
    titled_by = "number"
    owned_by = ("rep_id",)
    owned_through = ("customer",)
    states = IN_FORCE

    product_id: Mapped[int] = reference(_("Product"), "product.id")
    product: Mapped[Product] = relationship()
    task_amount: Mapped[Money] = field(_("Sales task"), unit="@currency", sortable=True)
    currency: Mapped[Word | None] = field(
        _("Currency"), help=_("Empty means the currency of the analyses.")
    )
    customer_id: Mapped[int | None] = reference(
        _("Customer"), "customer.id", help=_("Empty: of all customers.")
    )
    customer: Mapped[Customer | None] = relationship()
    rep_id: Mapped[int | None] = reference(
        _("Representative"),
        "employee.id",
        help=_("Empty: of the whole company, or of the customer's representative."),
    )
    rep: Mapped[Employee | None] = relationship(foreign_keys=rep_id)

    @calculated(_("Achieved so far"), Kind.MONEY, unit="@currency")
    def achieved_amount(self) -> Decimal | None:
        """D1§4.2(4): what was sold of it in the period, to whom the task is about."""
        product_id, months = id_of(self, "product"), self.months
        if product_id is None or months is None:
            return None
        selection = Selection(
            THE_MACHINE,
            *months,
            product_id=product_id,
            customer_id=id_of(self, "customer"),
            rep_id=id_of(self, "rep"),
        )
        with db.session.no_autoflush:
            sums = selection.by_month().values()
        return amount(sum(month.sales for month in sums))

    @calculated(_("Achieved in per cent"), Kind.PERCENT, unit="%")
    def achieved_pct(self) -> Decimal | None:
        share = ratio(self.achieved_amount or 0, self.task_amount)
        return None if share is None else (share * 100).quantize(Decimal("0.01"))

    @calculated(_("Task fulfilled"), Kind.BOOL)
    def achieved(self) -> bool | None:
        """BR-054: achieved = sales ≥ task."""
        sold = self.achieved_amount
        return None if sold is None or self.task_amount is None else sold >= self.task_amount

    def same_task(self) -> ProductSalesTask | None:
        product_id = id_of(self, "product")
        if product_id is None or self.period is None:
            return None
        found: ProductSalesTask | None = twin_of(
            self,
            product_id=product_id,
            period=self.period,
            customer_id=id_of(self, "customer"),
            rep_id=id_of(self, "rep"),
        )
        return found


class ShareMetric(Choices):
    OF_COMPANY = "of_company", _("Share of the company's sales")
    OF_CUSTOMER = "of_customer", _("Share of the customer's purchases")


class RequiredShare(Stateful, Record):
    """Which share the company demands to have: a customer's part of its sales, or its part of what the customer buys."""

    __tablename__ = "required_share"
    __table_args__ = (
        once(
            "uq_required_share_customer", "year", "metric", "customer_id",
            where="customer_id IS NOT NULL", refusal=_("This level is set already."),
        ),
        once(
            "uq_required_share_type", "year", "metric", "business_type_id",
            where="business_type_id IS NOT NULL", refusal=_("This level is set already."),
        ),
    )  # fmt: skip
    catalogue_code = "R56"
    sources = ("D1§3.3(4)",)
    numbered = "ZYL-{year}-{seq:04}"
    ruled_by = (
        rules.year_is_a_year,
        rules.level_is_of_one_customer_or_one_kind_of_business,
        rules.level_is_a_share_above_nothing,
        rules.level_is_set_once,
    )
    titled_by = "number"
    owned_through = ("customer",)
    states = IN_FORCE

    year: Mapped[int] = field(_("Year"), sortable=True)
    metric: Mapped[Choice] = field(_("Metric of the share"), choices=ShareMetric)
    customer_id: Mapped[int | None] = reference(
        _("Customer"),
        "customer.id",
        catalogue="customer",
        help=_("A level of his own goes before that of his kind of business."),
    )
    customer: Mapped[Customer | None] = relationship()
    business_type_id: Mapped[int | None] = reference(
        _("Kind of business"), "business_type.id", catalogue="business_type"
    )
    business_type: Mapped[BusinessType | None] = relationship()
    required_pct: Mapped[Percent] = field(_("Required level"), unit="%", sortable=True)

    def same_level(self) -> RequiredShare | None:
        if self.year is None or self.metric is None:
            return None
        found: RequiredShare | None = twin_of(
            self,
            year=self.year,
            metric=self.metric,
            customer_id=id_of(self, "customer"),
            business_type_id=id_of(self, "business_type"),
        )
        return found


__all__ = ["ProductSalesTask", "RequiredShare", "ShareMetric", "id_of", "twin_of"]
