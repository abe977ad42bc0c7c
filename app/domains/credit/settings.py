"""Settings of the credit office: figures that the document lost or leaves open."""

from __future__ import annotations

from decimal import Decimal

from flask_babel import gettext, lazy_pgettext
from flask_babel import lazy_gettext as _

from app.records.fields import Kind
from app.records.settings import Setting, declare


def _is_above_zero(value: Decimal) -> str | None:
    return None if value > 0 else str(gettext("Above zero, please."))


declare(
    # D1§9.3(1) reads 以不超过万美元为限: the figure before 万 is lost.
    Setting(
        "credit_company_cap_usd",
        _("Highest credit limit for any customer (USD)"),
        None,
        Kind.MONEY,
        source="A-01",
        group=lazy_pgettext("settings", "Credit"),
        help=_("The document lost the figure. Until it is set here, no credit limit comes into force."),
        check=_is_above_zero,
    ),
    # D1§9.1(1)③ calls the trade of a customer 较大 and gives no measure.
    Setting(
        "large_trade_share",
        _("Share of the company's sales from which trade counts as large (%)"),
        Decimal(2),
        Kind.PERCENT,
        source="A-09",
        group=lazy_pgettext("settings", "Credit"),
        check=_is_above_zero,
    ),
    # D1§9.3(2) says 接近 and gives no measure.
    Setting(
        "credit_warn_pct",
        _("Used share of a credit limit from which it counts as close (%)"),
        Decimal(90),
        Kind.PERCENT,
        source="BR-034",
        group=lazy_pgettext("settings", "Credit"),
        check=_is_above_zero,
    ),
)  # fmt: skip
