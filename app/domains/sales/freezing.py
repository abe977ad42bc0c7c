"""An ABC result is frozen, and every customer carries his class from then on (AN-02)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import func, select

from app.analytics import abc, frozen
from app.analytics.models import FrozenItem, FrozenResult
from app.domains.directory.models import Customer
from app.extensions import db
from app.jobs import enqueue, job, progress, step
from app.records import Refused

_BATCH = 300

#: groups with their classes and their ranking: rows that begin with item and amount
Ranking = Iterable[tuple[str | None, abc.Classes, list[Any]]]


def freeze(
    measure: str, label: str, parameters: dict[str, Any], totals: dict[str, Any], ranking: Ranking
) -> FrozenResult:
    """Keep a whole ranking with the class of each item; a ranking of customers is written to them too."""
    result = frozen.freeze(
        measure,
        label,
        parameters,
        totals,
        (
            (item, place + 1, value, classes.class_at(place))
            for _group, classes, items in ranking
            for place, (item, value, *_type) in enumerate(items)
        ),
    )
    if parameters.get("of") == "customer":
        enqueue(
            "abc_classes",
            str(_("ABC classes of the customers: %(label)s", label=label))[:200],
            result_id=result.id,
        )
    return result


@job("abc_classes", whole=False)
def write_classes(result_id: int) -> dict[str, int]:
    """Write the classes of a frozen result to the customers, only where they differ.

    Begun again after a crash it goes on where it stood: whoever has his class already is no more
    among the different ones. Who was not ranked has no class.
    """
    changed = refused = last = 0
    while True:
        with step():
            rows = _different(result_id, last)
            for customer, word in rows:
                try:
                    with db.session.begin_nested():
                        customer.abc_class = word
                        db.session.flush()
                except Refused:
                    # An old record that breaks a later rule keeps its former class.
                    refused += 1
                    db.session.expire(customer)
                else:
                    changed += 1
            last = rows[-1][0].id if rows else last
        if not rows:
            return {"changed": changed, "refused": refused}
        progress(changed, None, _("%(count)d customers", count=changed))


def _different(result_id: int, after: int) -> list[tuple[Customer, str | None]]:
    item = FrozenItem
    rows = db.session.execute(
        select(Customer, item.class_)
        .outerjoin(item, (item.result_id == result_id) & (item.item_id == Customer.id))
        .where(
            Customer.id > after,
            func.coalesce(Customer.abc_class, "") != func.coalesce(item.class_, ""),
        )
        .order_by(Customer.id)
        .limit(_BATCH)
    )
    return [(row[0], row[1]) for row in rows.unique()]
