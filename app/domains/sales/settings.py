"""Settings of the sales analysis: figures that the documents leave open."""

from __future__ import annotations

from flask_babel import gettext
from flask_babel import lazy_gettext as _

from app.records.fields import Kind
from app.records.settings import Setting, declare


def _is_currency(text: str) -> str | None:
    if len(text) == 3 and text.isalpha() and text.isupper():
        return None
    return str(gettext("Write the currency with three capital letters, like CNY."))


declare(
    Setting(
        "sales_currency",
        _("Currency of the analyses"),
        "CNY",
        source="R52",
        group=_("Sales analysis"),
        help=_("A fact without a currency is taken to be in this one."),
        check=_is_currency,
    ),
    Setting(
        "abc_boundary",
        _("Customer on the boundary of two ABC classes"),
        "within",
        Kind.CHOICE,
        source="A-04",
        group=_("Sales analysis"),
        options=(
            ("within", _("into the class below")),
            ("crossing", _("into the class above")),
        ),
    ),
)
