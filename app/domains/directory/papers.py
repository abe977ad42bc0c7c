"""Forms of what the organisation keeps: its records stand below the floor that knows paper."""

from __future__ import annotations

from flask_babel import lazy_gettext as _

from app.documents import Printout
from app.organisation.models import AbHandover

AbHandover.printed_as = (
    Printout("ab_handover.html", _("A/B handover record"), form="E62", article="D8§5"),
)
