"""Settings of the house itself."""

from __future__ import annotations

from flask_babel import lazy_gettext as _

from app.records.fields import Kind
from app.records.settings import Setting, declare

declare(
    Setting("product_name", _("Name on the screen"), "台账", group=_("House")),
    Setting(
        "company_name",
        _("Company"),
        "",
        group=_("House"),
        help=_("Stands on every paper form and in the head of the menu."),
    ),
    Setting(
        "attachment_megabytes",
        _("Largest file, in MB"),
        20,
        Kind.WHOLE,
        group=_("House"),
    ),
)
