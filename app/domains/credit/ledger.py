"""What customers owe: sales on credit that are not paid, and bills that are not settled."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date
from decimal import Decimal
from typing import Any

from flask_babel import lazy_gettext as _
from flask_babel import lazy_pgettext
from sqlalchemy import event, func, inspect, select
from sqlalchemy.orm import Mapped, Session, relationship

from app.domains.credit import lending_rules
from app.domains.credit.contracts import SalesContract
from app.domains.credit.exceptions import is_undecided, limit_of
from app.domains.directory.models import Customer
from app.extensions import db
from app.records import (
    Choice,
    Choices,
    ExactMoney,
    Flushed,
    Kept,
    Line,
    LineRecord,
    Money,
    Record,
    Stateful,
    States,
    Word,
    clock,
    field,
    lines,
    reference,
    when_flushed,
)

#: customers who are held fast until the flush, and what the database said of them since
HELD = "customers held fast"


def whose(record: Any) -> Any:
    """The customer a record is of, also where only the key was written over and the relation is the former one."""
    if record.changed("customer_id") and not record.changed("customer"):
        with db.session.no_autoflush:
            return db.session.get(Customer, record.customer_id) if record.customer_id else None
    return record.referred("customer")


class OnCredit(Kept):
    """What counts towards a customer's limit: an amount in its currency, and what of it is open in dollars."""

    __abstract__ = True

    currency: Mapped[Word] = field(lazy_pgettext("credit", "Currency"), default="USD", width=3)
    usd_rate: Mapped[ExactMoney | None] = field(
        _("Units for one US dollar"),
        width=3,
        help=_("Only for another currency than the dollar: how many units make one."),
    )
    outstanding_usd: Mapped[Money] = field(
        lazy_pgettext("credit", "Open"),
        default=Decimal(0),
        machine=True,
        unit="USD",
        sortable=True,
    )

    def owed(self, bills: list[Bill] | None = None) -> Decimal:
        """What is open of it, in its currency.

        :param bills: those that are being written, where somebody has looked already
        """
        raise NotImplementedError

    def owed_in_dollars(self, bills: list[Bill] | None = None) -> Decimal:
        void = getattr(self, "voided_at", None) is not None
        return Decimal(0) if void else lending_rules.in_dollars(self.owed(bills), self.usd_rate)

    @property
    def owed_usd(self) -> Decimal:
        return self.owed_in_dollars()

    @property
    def former_usd(self) -> Decimal:
        """What of it counted towards this customer's exposure before this click."""
        customer = whose(self)
        mine = customer is not None and self.as_stored("customer_id") == customer.id
        if not mine or self.as_stored("voided_at") is not None:
            return Decimal(0)
        return self.as_stored("outstanding_usd") or Decimal(0)

    def standing(self) -> lending_rules.Standing | None:
        """How the customer stands with this, where it raises what he owes."""
        customer = whose(self)
        if customer is None or self.owed_usd <= self.former_usd:
            return None
        return standing_of(customer, (self,))


class ReceivableState(Choices):
    OPEN = "open", lazy_pgettext("receivable", "Open")
    PAID = "paid", lazy_pgettext("receivable", "Paid")


class Receivable(Stateful, Record, OnCredit):
    """A sale on credit that is not paid yet, and what was paid of it; the limit is measured by it."""

    __tablename__ = "receivable"
    catalogue_code = "R36"
    sources = ("D1§8", "D1§9.3(2)", "D1§9.3(3)")
    numbered = "SXK-{year}{month:02}-{seq:05}"
    titled_by = "number"
    owned_through = ("customer",)
    ruled_by = (
        lending_rules.amount_is_above_zero,
        lending_rules.currency_has_its_rate,
        lending_rules.no_more_is_paid_than_is_owed,
        lending_rules.due_after_it_begins,
        lending_rules.stays_within_the_limit,
    )
    states = States(
        ReceivableState,
        start="open",
        moves={"open": ("paid",), "paid": ("open",)},
        elsewhere=("open", "paid"),  # by its payments
        tones={"open": "run", "paid": "ok"},
    )

    customer_id: Mapped[int] = reference(_("Customer"), "customer.id", sortable=True)
    customer: Mapped[Customer] = relationship(foreign_keys=customer_id)
    contract_id: Mapped[int | None] = reference(_("Sales contract or order"), "sales_contract.id")
    contract: Mapped[SalesContract | None] = relationship(foreign_keys=contract_id)
    invoice_no: Mapped[Word | None] = field(_("Invoice number"), searched=True, sortable=True)
    invoiced_on: Mapped[date] = field(_("Invoiced on"), sortable=True)
    due_on: Mapped[date | None] = field(_("Payment due on"), sortable=True)
    amount: Mapped[Money] = field(_("Amount sold on credit"), unit="@currency", sortable=True)
    paid_lines: Mapped[list[ReceivablePayment]] = relationship(
        back_populates="receivable",
        cascade="all, delete-orphan",
        order_by="ReceivablePayment.order_no",
    )
    payments = lines(lazy_pgettext("receivable", "Payments"), "paid_lines")
    paid_amount: Mapped[Money] = field(
        _("Paid so far"), default=Decimal(0), machine=True, unit="@currency"
    )
    bill_amount: Mapped[Money] = field(
        _("Paid by bills"),
        default=Decimal(0),
        machine=True,
        unit="@currency",
        help=_("These count as bills from then on."),
    )
    balance: Mapped[Money] = field(
        lazy_pgettext("receivable", "Balance"), default=Decimal(0), machine=True, unit="@currency"
    )

    @property
    def rest(self) -> Decimal:
        """What is left of it by the lines and bills as they are being written."""
        return (self.amount or Decimal(0)) - self.paid_now() - self.by_bills()

    def owed(self, bills: list[Bill] | None = None) -> Decimal:
        rest = (self.amount or Decimal(0)) - self.paid_now() - self.by_bills(bills)
        return max(rest, Decimal(0))

    def paid_now(self) -> Decimal:
        return sum((one.amount or Decimal(0) for one in _staying(self.paid_lines)), Decimal(0))

    def by_bills(self, bills: list[Bill] | None = None) -> Decimal:
        """What bills took the place of, with those that are being written."""
        session = db.session
        if bills is None:
            bills = [one for one in (*session.new, *session.dirty) if isinstance(one, Bill)]
        with session.no_autoflush:
            mine = [one for one in bills if one.referred("receivable") is self]
            written = [one.amount or Decimal(0) for one in mine if one.voided_at is None]
        return self._stored_bills(bills) + sum(written, Decimal(0))

    def _stored_bills(self, but: list[Bill]) -> Decimal:
        if not inspect(self).has_identity:
            return Decimal(0)  # the row of a sheet may have its id, and nothing refers to it yet
        ids = sorted(one.id for one in but if one.id is not None)
        query = select(func.sum(Bill.amount)).where(
            Bill.receivable_id == self.id, Bill.voided_at.is_(None), Bill.id.not_in(ids)
        )

        def ask() -> Decimal:
            with db.session.no_autoflush:
                return db.session.scalar(query) or Decimal(0)

        found: Decimal = remembered(whose(self), ("bills", self.id, *ids), ask)
        return found

    @classmethod
    def overdue(cls) -> Any:
        return (cls.state == "open") & (cls.due_on < clock.today())


class ReceivablePayment(LineRecord):
    """What a customer paid of a sale, and when."""

    __tablename__ = "receivable_payment"
    parent = "receivable"

    receivable_id: Mapped[int] = reference(_("Sale on credit"), "receivable.id")
    receivable: Mapped[Receivable] = relationship(back_populates="paid_lines")
    paid_on: Mapped[date] = field(_("Paid on"), index=True)
    amount: Mapped[Money] = field(_("Amount paid"))
    note: Mapped[Line | None] = field(lazy_pgettext("receivable", "Note"))


def _staying(found: Iterable[Any]) -> list[Any]:
    return [one for one in found if one not in db.session.deleted]


class BillKind(Choices):
    BILL = "bill", lazy_pgettext("bill", "Bill")
    CHEQUE = "cheque", lazy_pgettext("bill", "Cheque")


class BillState(Choices):
    UNSETTLED = "unsettled", lazy_pgettext("bill", "Not settled")
    DISHONOURED = "dishonoured", lazy_pgettext("bill", "Dishonoured")
    DEFERRED = "deferred", lazy_pgettext("bill", "Payment deferred")
    DOUBTFUL = "doubtful", lazy_pgettext("bill", "Dishonour likely")
    SETTLED = "settled", lazy_pgettext("bill", "Settled")


_BAD = ("dishonoured", "deferred", "doubtful")


class Bill(Stateful, Record, OnCredit):
    """A bill or cheque of a customer; until it is settled it counts as what he owes."""

    __tablename__ = "bill"
    catalogue_code = "R37"
    sources = ("D1§8", "D1§9.2(2)", "D1§11.2(1)")
    numbered = "PJ-{year}{month:02}-{seq:05}"
    titled_by = "number"
    owned_through = ("customer",)
    ruled_by = (
        lending_rules.amount_is_above_zero,
        lending_rules.currency_has_its_rate,
        lending_rules.due_after_it_begins,
        lending_rules.bill_pays_a_sale_of_its_customer,
        lending_rules.stays_within_the_limit,
    )
    states = States(
        BillState,
        start="unsettled",
        moves={
            "unsettled": (*_BAD, "settled"),
            "dishonoured": ("deferred", "settled", "unsettled"),
            "deferred": ("dishonoured", "settled", "unsettled"),
            "doubtful": ("dishonoured", "deferred", "settled", "unsettled"),
            # It turned out not to be: then it counts again, and is asked about like a new one.
            "settled": ("unsettled",),
        },
        tones={
            "unsettled": "run",
            "dishonoured": "bad",
            "deferred": "warn",
            "doubtful": "warn",
            "settled": "ok",
        },
    )

    customer_id: Mapped[int] = reference(_("Customer"), "customer.id", sortable=True)
    customer: Mapped[Customer] = relationship(foreign_keys=customer_id)
    kind: Mapped[Choice] = field(
        lazy_pgettext("bill", "Kind"), choices=BillKind, default="bill", sortable=True
    )
    bill_no: Mapped[Word | None] = field(_("Number of the bill"), searched=True, sortable=True)
    amount: Mapped[Money] = field(lazy_pgettext("bill", "Amount"), unit="@currency", sortable=True)
    receivable_id: Mapped[int | None] = reference(
        _("Pays the sale"),
        "receivable.id",
        help=_("Then the sale counts as paid by it, and the bill in its place."),
    )
    receivable: Mapped[Receivable | None] = relationship(foreign_keys=receivable_id)
    issued_on: Mapped[date | None] = field(_("Issued on"), sortable=True)
    due_on: Mapped[date | None] = field(lazy_pgettext("bill", "Due on"), sortable=True)
    bank: Mapped[Line | None] = field(lazy_pgettext("bill", "Bank"))
    endorser: Mapped[Line | None] = field(_("Endorser"))
    settled_on: Mapped[date | None] = field(_("Settled on"), machine=True, sortable=True)

    def owed(self, bills: list[Bill] | None = None) -> Decimal:
        return Decimal(0) if self.state == "settled" else self.amount or Decimal(0)

    @classmethod
    def overdue(cls) -> Any:
        return (cls.state != "settled") & (cls.due_on < clock.today())

    @classmethod
    def in_trouble(cls) -> Any:
        return cls.state.in_(_BAD)


# -- what a customer owes ----------------------------------------------------------------------------


def remembered(customer: Customer | None, name: Any, ask: Callable[[], Any]) -> Any:
    """What the database says of a customer who is held fast: nobody else changes it before the flush.

    A sheet of ten thousand rows asks it once for each customer and flush, not once for each row.
    """
    kept = db.session.info.get(HELD, {}).get(customer.id) if customer is not None else None
    if kept is None:
        return ask()
    if name not in kept:
        kept[name] = ask()
    return kept[name]


@when_flushed
def _ask_anew(session: Session, _flushed: Flushed) -> None:
    session.info.pop(HELD, None)


@event.listens_for(Session, "after_transaction_end")
def _let_go(session: Session, _transaction: Any) -> None:
    session.info.pop(HELD, None)


def owed_by(customer: Customer, besides: tuple[Any, ...] = ()) -> tuple[Decimal, Decimal]:
    """BR-030: unpaid sales and open bills of a customer in dollars, with what this click writes.

    :param besides: records that are asked about and may not be in the session yet
    """
    session = db.session
    touched = {
        one for one in (*session.new, *session.dirty, *besides) if isinstance(one, OnCredit)
    }
    stored = {
        cls: sorted(one.id for one in touched if isinstance(one, cls) and one.id is not None)
        for cls in (Receivable, Bill)
    }
    mine = [one for one in touched if _may_be_of(one, customer) and whose(one) is customer]
    staying = [one for one in mine if one not in session.deleted]
    written = [one for one in touched if isinstance(one, Bill)]
    sales, bills = (
        _stored(cls, customer, stored[cls])
        + sum(
            (one.owed_in_dollars(written) for one in staying if isinstance(one, cls)), Decimal(0)
        )
        for cls in (Receivable, Bill)
    )
    return sales, bills


def _may_be_of(document: Any, customer: Customer) -> bool:
    """Most documents of a sheet are of others: told from the row itself, without asking its history."""
    held = document.__dict__
    return held.get("customer") is customer or held.get("customer_id") in (None, customer.id)


def _stored(cls: Any, customer: Customer, but: list[int]) -> Decimal:
    """What stands in the books of the customer, without these documents."""
    if customer.id is None:
        return Decimal(0)
    query = select(func.sum(cls.outstanding_usd)).where(
        cls.customer_id == customer.id, cls.voided_at.is_(None)
    )
    if but:
        query = query.where(cls.id.not_in(but))

    def ask() -> Decimal:
        with db.session.no_autoflush:
            return db.session.scalar(query) or Decimal(0)

    found: Decimal = remembered(customer, (cls, *but), ask)
    return found


def exposure_as_stored(customer: Customer) -> Decimal:
    return _stored(Receivable, customer, []) + _stored(Bill, customer, [])


def limit_today(customer: Customer) -> Decimal | None:
    """BR-034, BR-035: up to which sum the customer gets credit today."""
    if customer.id is None:
        return None
    found: Decimal | None = remembered(customer, "limit", lambda: limit_of(customer.id))
    return found


def standing_of(
    customer: Customer, besides: tuple[Any, ...] = (), more: Decimal = Decimal(0)
) -> lending_rules.Standing:
    """BR-034: how a customer stands with what this click writes.

    :param more: what else is about to be owed
    """
    undecided = customer.id is not None and remembered(
        customer, "undecided", lambda: is_undecided(customer.id)
    )
    after = sum(owed_by(customer, besides), more)
    return lending_rules.Standing(
        exposure_as_stored(customer), after, limit_today(customer), customer.state, undecided
    )


__all__ = ["Bill", "OnCredit", "Receivable", "ReceivablePayment", "owed_by", "standing_of"]
