"""What the sales analysis does: policies come into force, targets fall to months, indices are rebuilt."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import event, inspect, select
from sqlalchemy.orm import Session

from app.analytics import seasonal
from app.analytics.months import Month
from app.domains.directory.models import Customer
from app.domains.sales import rollups
from app.domains.sales.expectations import ProductSalesTask, RequiredShare
from app.domains.sales.figures import latest_month
from app.domains.sales.findings import SalesAnalysisNote
from app.domains.sales.models import (
    CompositionPolicy,
    CustomerSalesTarget,
    IndexState,
    MonthlyTarget,
    SeasonalIndex,
)
from app.domains.sales.rollups import SalesByCustomer
from app.extensions import db
from app.jobs import enqueue, job, progress, step
from app.organisation import people
from app.records import Refusal, Refused, clock, settings

YEARS = 3
_BATCH = 200


# -- policies, required shares, tasks ------------------------------------------------------------

Demand = CompositionPolicy | RequiredShare | ProductSalesTask


def why_not_in_force(demand: Demand) -> str | None:
    if demand.is_void:
        return str(_("It is void."))
    return None if demand.state == "draft" else str(_("It is in force already."))


def put_in_force(demand: Demand, _reason: str | None = None) -> None:
    """R55, R56, R58: the general manager puts in force what the company demands.

    :raises Refused: when it is void or in force already
    """
    no = why_not_in_force(demand)
    if no is not None:
        raise Refused(Refusal(no))
    demand.state = "active"
    db.session.flush()


# -- conclusions ----------------------------------------------------------------------------------


def why_not_read(note: SalesAnalysisNote) -> str | None:
    if note.is_void:
        return str(_("It is void."))
    return None if note.state == "draft" else str(_("It was read already."))


def mark_read(note: SalesAnalysisNote, _reason: str | None = None) -> None:
    """R60: the marketing manager has read what a representative concludes.

    :raises Refused: when it is void or was read already
    """
    no = why_not_read(note)
    if no is not None:
        raise Refused(Refusal(no))
    note.was_read(people.who_acts(), clock.today())
    db.session.flush()


# -- monthly targets -----------------------------------------------------------------------------


def pattern_of(
    customer_id: int, until: Month, target: Decimal | None = None
) -> tuple[seasonal.Pattern, Month, Month]:
    """BR-053 for one customer: his seasons over three years up to a month."""
    amounts = _months_of([customer_id]).get(customer_id, {})
    return _pattern(amounts, until, target)


def _pattern(
    amounts: dict[Month, Decimal], until: Month, target: Decimal | None
) -> tuple[seasonal.Pattern, Month, Month]:
    begins = min((month for month in amounts if month <= until), default=None)
    first, last = seasonal.window(until, YEARS, begins)
    return seasonal.pattern(amounts, first, last, target=target), first, last


def _months_of(customer_ids: Iterable[int]) -> dict[int, dict[Month, Decimal]]:
    """The sales of each month of some customers."""
    table = SalesByCustomer
    found: dict[int, dict[Month, Decimal]] = {}
    with db.session.no_autoflush:
        rows = db.session.execute(
            select(table.customer_id, table.period, table.sales).where(
                table.customer_id.in_(sorted(customer_ids)),
                table.period > 0,
                (table.period % 100).between(1, 12),
            )
        )
        for customer_id, period, sales in rows:
            found.setdefault(customer_id, {})[Month.of_period(period)] = sales
    return found


def spread(target: CustomerSalesTarget) -> None:
    """R57: the year's target falls to its months by the seasonal index, and to the fen adds up to it.

    The index in force (R59) counts; where there is none it is calculated from what is sold so far.
    """
    customer_id = target.customer_id or target.customer.id
    rows = SeasonalIndex.current_of(customer_id)
    if len(rows) == seasonal.MONTHS:
        found = seasonal.of_averages(
            [row.three_year_month_avg for row in rows], target.annual_target
        )
        target.years_of_history = rows[0].years
    else:
        until = min(latest_month(), Month(target.year - 1, 12))
        found, _first, _last = pattern_of(customer_id, until, target.annual_target)
        target.years_of_history = 0 if found.is_flat else found.years
    by_month = {line.month: line for line in target.months}
    lines = []
    for season in found.seasons:
        line = by_month.get(season.season) or MonthlyTarget(month=season.season)
        line.order_no = season.season
        line.index_pct = _per_cent(season.index)
        line.share_pct = _per_cent(season.share)
        line.amount = season.target or Decimal(0)
        lines.append(line)
    target.months = lines


def _per_cent(share: Decimal) -> Decimal:
    return (share * 100).quantize(Decimal("0.0001"), ROUND_HALF_UP)


@event.listens_for(Session, "before_flush", insert=True)
def _targets_fall_to_months(session: Session, _context: Any, _instances: Any) -> None:
    """Whoever writes a target - form, import or program - has written its months too."""
    for record in (*session.new, *session.dirty):
        if not isinstance(record, CustomerSalesTarget) or record.annual_target is None:
            continue
        if record.annual_target <= 0 or not (record.customer_id or record.customer):
            continue
        if record.year is None or not 1900 < record.year < 2200:
            continue
        if inspect(record).pending or record.changed("annual_target", "customer_id", "year"):
            with session.no_autoflush:
                record.currency = record.currency or settings.get("sales_currency")
                spread(record)


def why_not_spread(target: CustomerSalesTarget) -> str | None:
    return str(_("It is void.")) if target.is_void else None


def spread_anew(target: CustomerSalesTarget, _reason: str | None = None) -> None:
    """The months of a target after the seasonal index has changed.

    :raises Refused: when the target is void
    """
    no = why_not_spread(target)
    if no is not None:
        raise Refused(Refusal(no))
    spread(target)
    db.session.flush()


# -- the register of indices ---------------------------------------------------------------------


def rebuild_index(customer_ids: Iterable[int], until: Month) -> int:
    """R59: twelve rows for each of these customers; what stood there is superseded. Says how many changed."""
    ids = sorted(customer_ids)
    months = _months_of(ids)
    today = clock.today()
    targets = {
        t.customer_id: t
        for t in db.session.scalars(
            CustomerSalesTarget.living().where(
                CustomerSalesTarget.customer_id.in_(ids),
                CustomerSalesTarget.year == until.plus(1).year,
            )
        )
    }
    former: dict[int, dict[int, SeasonalIndex]] = {}
    for row in db.session.scalars(
        select(SeasonalIndex).where(
            SeasonalIndex.customer_id.in_(ids), SeasonalIndex.state == IndexState.CURRENT
        )
    ):
        former.setdefault(row.customer_id, {})[row.month] = row
    changed, fresh = 0, []
    for customer_id in ids:
        target = targets.get(customer_id)
        found, first, last = _pattern(
            months.get(customer_id, {}), until, target.annual_target if target else None
        )
        rows = _index_rows(customer_id, found, first, last)
        standing = former.get(customer_id, {})
        if _says_the_same(standing, rows):
            continue
        changed += 1
        for row in standing.values():
            row.state = IndexState.SUPERSEDED.value
        for row in rows:
            row.calculated_on = today
        fresh += rows
    # The former rows first: a customer's month is in force once.
    db.session.flush()
    db.session.add_all(fresh)
    db.session.flush()
    return changed


def _index_rows(
    customer_id: int, found: seasonal.Pattern, first: Month, last: Month
) -> list[SeasonalIndex]:
    fen = Decimal("0.0001")
    return [
        SeasonalIndex(
            customer_id=customer_id,
            month=season.season,
            three_year_month_avg=season.average.quantize(fen, ROUND_HALF_UP),
            overall_month_avg=found.grand_average.quantize(fen, ROUND_HALF_UP),
            index_pct=_per_cent(season.index),
            share_pct=_per_cent(season.share),
            monthly_target=season.target,
            window_from=first.first_day,
            window_to=last.first_day,
            years=0 if found.is_flat else found.years,
        )
        for season in found.seasons
    ]


_COMPARED = ("three_year_month_avg", "monthly_target", "window_from", "window_to")


def _says_the_same(standing: dict[int, SeasonalIndex], rows: list[SeasonalIndex]) -> bool:
    return len(standing) == len(rows) and all(
        getattr(standing[row.month], name) == getattr(row, name)
        for row in rows
        for name in _COMPARED
    )


def _customers_with_sales(until: Month) -> Iterator[list[int]]:
    """Whoever bought anything in the window, in batches."""
    window = until.plus(1 - YEARS * 12)
    periods = [Month.of_place(p).period for p in range(window.place, until.place + 1)]
    last = 0
    while True:
        ids = list(
            db.session.scalars(
                select(Customer.id)
                .where(
                    Customer.id > last,
                    select(SalesByCustomer.customer_id)
                    .where(
                        SalesByCustomer.customer_id == Customer.id,
                        SalesByCustomer.period.in_(periods),
                    )
                    .exists(),
                )
                .order_by(Customer.id)
                .limit(_BATCH)
            )
        )
        if not ids:
            return
        yield ids
        last = ids[-1]


@job("seasonal_indices", whole=False)
def rebuild_indices(until: str = "") -> dict[str, Any]:
    """R59: the indices of all customers who bought in the window, stored batch by batch."""
    month = Month.read(until) if until else latest_month()
    seen = changed = 0
    for ids in _customers_with_sales(month):
        with step():
            changed += rebuild_index(ids, month)
        seen += len(ids)
        progress(seen, None, _("%(count)d customers", count=seen))
    return {"customers": seen, "changed": changed, "until": str(month)}


@job("sales_sums")
def rebuild_sums() -> dict[str, int]:
    """R52, R53: all kept sums anew from facts and statements, as one unit of work."""
    return rollups.rebuild(db.session.connection())


def order_rebuild(until: Month | None = None) -> Any:
    """Order the rebuild of the seasonal indices as a job."""
    return enqueue(
        "seasonal_indices",
        str(_("Seasonal indices of all customers")),
        until=str(until) if until else "",
    )
