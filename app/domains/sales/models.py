"""What the sales analysis keeps: facts, stock, policies, targets, and the indices calculated from them."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from flask_babel import lazy_gettext as _
from flask_babel import lazy_pgettext
from sqlalchemy import Index, event, func, inspect, select, text
from sqlalchemy.orm import Mapped, Session, relationship, validates

from app.documents import Printout
from app.domains.directory.models import BusinessType, Customer, Product
from app.domains.sales import rules
from app.extensions import db
from app.organisation.models import Employee
from app.records import (
    Choices,
    ExactMoney,
    Fact,
    Flushed,
    Kind,
    LineRecord,
    Money,
    Percent,
    Quantity,
    Record,
    Stateful,
    States,
    Word,
    calculated,
    clock,
    field,
    lines,
    once,
    reference,
    when_flushed,
)
from app.records.record import session_of


def first_of_month(day: date | None) -> date | None:
    return day.replace(day=1) if day is not None else None


def _loaded(record: Any, relation: str) -> str:
    """The name of what a record refers to, if it is at hand; nobody is asked for it."""
    other = inspect(record).dict.get(relation)
    return other.title if other is not None else f"#{getattr(record, f'{relation}_id')}"


_STANDINGS = "standings of customers"


def _opened(at: datetime | None) -> date:
    return (clock.in_office(at).date() if at is not None else clock.today()).replace(day=1)


@event.listens_for(Session, "after_commit")
@event.listens_for(Session, "after_soft_rollback")
def _forget_standings(session: Session, *_more: Any) -> None:
    session.info.pop(_STANDINGS, None)


@when_flushed
def _forget_changed_standings(session: Session, flushed: Flushed) -> None:
    if any(isinstance(record, Customer) for record, _changes in flushed.changed):
        _forget_standings(session)


class SalesFact(Fact):
    """What one customer bought of one product in one month."""

    __tablename__ = "sales_fact"
    __table_args__ = (
        # The order serves a customer's months; one row alone is found in any order.
        Index("uq_sales_fact_grain", "customer_id", "month", "product_id", unique=True),
        Index("ix_sales_fact_product", "product_id", "month"),
    )
    catalogue_code = "R52"
    sources = ("D1§3", "D1§4")
    ruled_by = (rules.profit_is_sales_less_cost, rules.nothing_is_sold_before_the_card)
    owned_through = ("customer",)
    found_by = ("customer_id", "product_id", "month")
    titled_by = "customer_id"

    customer_id: Mapped[int] = reference(_("Customer"), "customer.id", index=False)
    customer: Mapped[Customer] = relationship()
    product_id: Mapped[int] = reference(_("Product"), "product.id", index=False)
    product: Mapped[Product] = relationship()
    month: Mapped[date] = field(
        _("Month"), sortable=True, help=_("Any day of the month; its first day is kept.")
    )
    sales_amount: Mapped[ExactMoney] = field(_("Sales"), unit="@currency")
    cost: Mapped[ExactMoney | None] = field(
        _("Cost"),
        unit="@currency",
        help=_("Cost or gross profit: the other one follows (BR-055)."),
    )
    gross_profit: Mapped[ExactMoney | None] = field(_("Gross profit"), unit="@currency")
    quantity: Mapped[Quantity | None] = field(_("Quantity"))
    currency: Mapped[Word | None] = field(
        _("Currency"), help=_("Empty means the currency of the analyses.")
    )
    rep_id: Mapped[int | None] = reference(
        _("Representative"),
        "employee.id",
        index=False,
        help=_("Who sold; by default the customer's responsible representative."),
    )
    rep: Mapped[Employee | None] = relationship()

    @validates("month")
    def _month_begins_at_its_first_day(self, _name: str, day: date | None) -> date | None:
        return first_of_month(day)

    @property
    def title(self) -> str:
        month = f"{self.month:%Y-%m}" if self.month else ""
        return f"{month} · {_loaded(self, 'customer')} · {_loaded(self, 'product')}"

    def standing_of_customer(self) -> tuple[str, date]:
        """The state of the customer, and the month his file was opened."""
        customer = inspect(self).dict.get("customer")
        if customer is not None:
            return customer.state or "prospect", _opened(customer.created_at)
        # A sheet has a hundred thousand rows and a few customers.
        known = session_of(self).info.setdefault(_STANDINGS, {})
        if self.customer_id not in known:
            query = select(Customer.state, Customer.created_at).where(
                Customer.id == self.customer_id
            )
            with db.session.no_autoflush:
                row = session_of(self).execute(query).first()
            known[self.customer_id] = (
                (row.state, _opened(row.created_at)) if row else ("", date.max)
            )
        found: tuple[str, date] = known[self.customer_id]
        return found

    def complete(self) -> None:
        """BR-055: of cost and gross profit the one that was not given follows from the other."""
        if self.sales_amount is None:
            return
        gave_profit, gave_cost = self.changed("gross_profit"), self.changed("cost")
        if (self.gross_profit is None and self.cost is None) or (gave_profit and gave_cost):
            return
        if self.gross_profit is not None and (self.cost is None or gave_profit):
            self.cost = self.sales_amount - self.gross_profit
        elif self.cost is not None:
            self.gross_profit = self.sales_amount - self.cost


class CustomerStock(Record):
    """How much of our goods a customer holds at the beginning and at the end of a month."""

    __tablename__ = "customer_stock"
    __table_args__ = (
        once("uq_customer_stock_grain", "customer_id", "month", "product_id"),
        Index("ix_customer_stock_month", "month", "product_id"),
    )
    catalogue_code = "R53"
    sources = ("D1§4.4(1)",)
    numbered = "KC-{year}{month:02}-{seq:05}"
    ruled_by = (
        rules.stock_is_not_negative,
        rules.quantities_come_in_pairs,
        rules.stock_is_stated_once,
    )
    deletable = "unused"
    owned_by = ("reported_by_id",)
    owned_through = ("customer",)
    found_by = ("customer_id", "product_id", "month")
    titled_by = "number"

    customer_id: Mapped[int] = reference(_("Customer"), "customer.id", index=False)
    customer: Mapped[Customer] = relationship()
    product_id: Mapped[int] = reference(_("Product"), "product.id")
    product: Mapped[Product] = relationship()
    month: Mapped[date] = field(
        _("Month"), sortable=True, help=_("Any day of the month; its first day is kept.")
    )
    opening_stock: Mapped[Money] = field(
        _("Stock at the beginning of the month"),
        unit="@currency",
        help=_("(a), in money at our selling price, so that sales can be divided by it (BR-057)."),
    )
    closing_stock: Mapped[Money] = field(
        _("Stock at the end of the month"), unit="@currency", help=_("(b), valued like (a).")
    )
    opening_quantity: Mapped[Quantity | None] = field(
        _("Quantity at the beginning"),
        catalogue="unit",
        help=_("Needed for the turnover at cost: quantity × unit cost of the product."),
    )
    closing_quantity: Mapped[Quantity | None] = field(_("Quantity at the end"), catalogue="unit")
    currency: Mapped[Word | None] = field(
        _("Currency"), help=_("Empty means the currency of the analyses.")
    )
    reported_by_id: Mapped[int | None] = reference(
        _("Reported by"), "employee.id", catalogue="reported_by"
    )
    reported_by: Mapped[Employee | None] = relationship(foreign_keys=reported_by_id)

    @validates("month")
    def _month_begins_at_its_first_day(self, _name: str, day: date | None) -> date | None:
        return first_of_month(day)

    @property
    def title(self) -> str:
        month = f"{self.month:%Y-%m}" if self.month else ""
        return f"{month} · {_loaded(self, 'customer')} · {_loaded(self, 'product')}"

    @calculated(_("Average stock"), Kind.MONEY, unit="@currency")
    def average_stock(self) -> Decimal | None:
        """BR-056: (a + b) ÷ 2."""
        if self.opening_stock is None or self.closing_stock is None:
            return None
        return (self.opening_stock + self.closing_stock) / 2

    def statement_of_the_month(self) -> CustomerStock | None:
        """Another living statement for this customer, product and month."""
        if not (self.id is None or self.changed("customer_id", "product_id", "month")):
            return None
        customer_id = self.customer_id or (self.customer and self.customer.id)
        product_id = self.product_id or (self.product and self.product.id)
        if not (customer_id and product_id and self.month):
            return None
        cls = type(self)
        query = cls.living().where(
            cls.customer_id == customer_id,
            cls.product_id == product_id,
            cls.month == self.month,
        )
        with db.session.no_autoflush:
            return session_of(self).scalar(query.where(cls.id != (self.id or 0)).limit(1))


class PolicyState(Choices):
    DRAFT = "draft", lazy_pgettext("policy", "Draft")
    ACTIVE = "active", lazy_pgettext("policy", "In force")


#: what the general manager has put in force is no longer edited (R55, R56, R58)
IN_FORCE = States(
    PolicyState,
    start="draft",
    moves={"draft": ("active",)},
    draft="draft",
    locked=("active",),
    tones={"draft": "draft", "active": "ok"},
)


class CompositionPolicy(Stateful, Record):
    """Which share of sales each kind of business shall have by the company's policy."""

    __tablename__ = "composition_policy"
    catalogue_code = "R55"
    sources = ("D1§3.1(5)",)
    numbered = "JYFZ-{year}-{seq:03}"
    ruled_by = (
        rules.year_is_a_year,
        rules.share_is_a_share,
        rules.policy_is_set_once,
        rules.shares_of_a_year_stay_below_the_whole,
    )
    titled_by = "number"
    common = True
    states = IN_FORCE

    year: Mapped[int] = field(_("Year"), sortable=True)
    business_type_id: Mapped[int] = reference(_("Kind of business"), "business_type.id")
    business_type: Mapped[BusinessType] = relationship()
    target_share: Mapped[Percent] = field(_("Target share"), unit="%")
    tolerance: Mapped[Percent | None] = field(
        _("Tolerance"),
        unit="%",
        help=_("A difference up to so many percentage points is not marked."),
    )

    @property
    def title(self) -> str:
        return f"{self.year} · {_loaded(self, 'business_type')}"

    def _others(self) -> Any:
        """Living policies of the same year but this one."""
        cls = type(self)
        return cls.living().where(cls.year == self.year, cls.id != (self.id or 0))

    def same_year_and_type(self) -> CompositionPolicy | None:
        type_id = self.business_type_id or (self.business_type and self.business_type.id)
        if type_id is None or self.year is None:
            return None
        with db.session.no_autoflush:
            return session_of(self).scalar(
                self._others().where(type(self).business_type_id == type_id).limit(1)
            )

    def shares_of_the_others(self) -> Decimal:
        cls = type(self)
        query = self._others().with_only_columns(func.sum(cls.target_share))
        with db.session.no_autoflush:
            return Decimal(session_of(self).scalar(query) or 0)


class CustomerSalesTarget(Record):
    """What a customer shall buy in a year, and in each of its months by the seasonal index."""

    __tablename__ = "customer_sales_target"
    __table_args__ = (once("uq_customer_sales_target_year", "customer_id", "year"),)
    catalogue_code = "R57"
    sources = ("D1§4.1(8)",)
    numbered = "MB-{year}-{seq:05}"
    ruled_by = (rules.year_is_a_year, rules.target_is_positive, rules.target_is_set_once)
    deletable = "unused"
    owned_through = ("customer",)
    found_by = ("customer_id", "year")
    titled_by = "number"

    customer_id: Mapped[int] = reference(_("Customer"), "customer.id", index=False)
    customer: Mapped[Customer] = relationship()
    year: Mapped[int] = field(_("Year"), sortable=True)
    annual_target: Mapped[Money] = field(_("Target of the year"), unit="@currency", sortable=True)
    currency: Mapped[Word | None] = field(
        _("Currency"), help=_("Empty means the currency of the analyses.")
    )
    approved_by_id: Mapped[int | None] = reference(
        _("Approved by"), "employee.id", catalogue="approved_by"
    )
    approved_by: Mapped[Employee | None] = relationship(foreign_keys=approved_by_id)
    years_of_history: Mapped[int | None] = field(
        _("Years behind the months"),
        machine=True,
        help=_("With fewer than three years the months are less certain (BR-053)."),
    )
    months: Mapped[list[MonthlyTarget]] = relationship(
        back_populates="target",
        order_by="MonthlyTarget.order_no",
        cascade="all, delete-orphan",
    )
    monthly_targets = lines(
        _("Monthly targets"),
        "months",
        help=_("Calculated from the seasonal index; they add up to the target of the year."),
    )
    monthly_targets.declared["calculated"] = True

    @property
    def title(self) -> str:
        return f"{self.year} · {_loaded(self, 'customer')}"

    def same_customer_and_year(self) -> CustomerSalesTarget | None:
        customer_id = self.customer_id or (self.customer and self.customer.id)
        if customer_id is None or self.year is None:
            return None
        if not (self.id is None or self.changed("customer_id", "year")):
            return None
        cls = type(self)
        query = cls.living().where(
            cls.customer_id == customer_id, cls.year == self.year, cls.id != (self.id or 0)
        )
        with db.session.no_autoflush:
            return session_of(self).scalar(query.limit(1))


class MonthlyTarget(LineRecord):
    """One month's part of a customer's target."""

    __tablename__ = "monthly_target"
    parent = "target"

    target_id: Mapped[int] = reference(
        _("Target of the year"), "customer_sales_target.id", ondelete="CASCADE"
    )
    target: Mapped[CustomerSalesTarget] = relationship(back_populates="months")
    month: Mapped[int] = field(_("Calendar month"), calculated=True)
    index_pct: Mapped[Percent] = field(_("Seasonal index"), calculated=True, unit="%")
    share_pct: Mapped[Percent] = field(_("Share of the year"), calculated=True, unit="%")
    amount: Mapped[Money] = field(_("Target of the month"), calculated=True)


class IndexState(Choices):
    CURRENT = "current", lazy_pgettext("index", "Current")
    SUPERSEDED = "superseded", lazy_pgettext("index", "Superseded")


class SeasonalIndex(Stateful, Fact):
    """How strong each calendar month of a customer is, calculated from three years of sales."""

    __tablename__ = "seasonal_index"
    __table_args__ = (
        Index(
            "uq_seasonal_index_current",
            "customer_id",
            "month",
            unique=True,
            sqlite_where=text("state = 'current'"),
            postgresql_where=text("state = 'current'"),
        ),
        Index("ix_seasonal_index_customer", "customer_id", "calculated_on"),
    )
    catalogue_code = "R59"
    sources = ("D1§4.1",)
    owned_through = ("customer",)
    titled_by = "customer_id"
    states = States(
        IndexState,
        start="current",
        moves={"current": ("superseded",)},
        tones={"current": "ok", "superseded": "mute"},
    )
    printed_as = (
        Printout(
            "seasonal_index.html",
            _("Seasonal index and targets of the months"),
            form="E50",
            article="D1§4.1",
            context=lambda index: {"year": index.reckoned_together()},
        ),
    )

    customer_id: Mapped[int] = reference(_("Customer"), "customer.id", index=False)
    customer: Mapped[Customer] = relationship()
    month: Mapped[int] = field(_("Calendar month"), calculated=True)
    three_year_month_avg: Mapped[ExactMoney] = field(_("Average of the month"), calculated=True)
    overall_month_avg: Mapped[ExactMoney] = field(_("Average of all months"), calculated=True)
    index_pct: Mapped[Percent] = field(
        _("Seasonal index"), calculated=True, unit="%", sortable=True
    )
    share_pct: Mapped[Percent] = field(_("Share of the year"), calculated=True, unit="%")
    monthly_target: Mapped[Money | None] = field(_("Target of the month"), calculated=True)
    calculated_on: Mapped[date] = field(_("Calculated on"), calculated=True, sortable=True)
    window_from: Mapped[date] = field(_("Window from"), calculated=True, catalogue="window")
    window_to: Mapped[date] = field(_("Window to"), calculated=True, catalogue="window")
    years: Mapped[int] = field(
        _("Years in the window"),
        calculated=True,
        help=_("Fewer than three years are averaged all the same, and flagged (BR-053)."),
    )

    @property
    def title(self) -> str:
        return f"{_loaded(self, 'customer')} · {self.month}"

    @classmethod
    def current_of(cls, customer_id: int) -> list[SeasonalIndex]:
        """The twelve rows that are in force for a customer, or none."""
        query = (
            select(cls)
            .where(cls.customer_id == customer_id, cls.state == IndexState.CURRENT)
            .order_by(cls.month)
        )
        with db.session.no_autoflush:
            return list(db.session.scalars(query))

    def reckoned_together(self) -> list[SeasonalIndex]:
        """The twelve months of the reckoning this row belongs to, in force or superseded.

        A reckoning is written in the order of its months; where two of one day differ, the row that
        stands where its month must stand belongs to this one.
        """
        query = select(SeasonalIndex).where(
            SeasonalIndex.customer_id == self.customer_id,
            SeasonalIndex.calculated_on == self.calculated_on,
            SeasonalIndex.window_to == self.window_to,
            SeasonalIndex.state == self.state,
        )
        nearest: dict[int, SeasonalIndex] = {}
        for row in db.session.scalars(query):
            held = nearest.get(row.month)
            if held is None or self._strays(row) < self._strays(held):
                nearest[row.month] = row
        return [nearest[month] for month in sorted(nearest)]

    def _strays(self, row: SeasonalIndex) -> int:
        return abs((row.id - row.month) - (self.id - self.month))


__all__ = [
    "IN_FORCE",
    "CompositionPolicy",
    "CustomerSalesTarget",
    "CustomerStock",
    "MonthlyTarget",
    "PolicyState",
    "SalesFact",
    "SeasonalIndex",
    "first_of_month",
]
