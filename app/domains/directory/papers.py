"""Forms and deadlines of what the organisation keeps: its records stand below the floors that know of them."""

from __future__ import annotations

from flask_babel import lazy_gettext as _

from app.deadlines import Deadline
from app.documents import Printout
from app.organisation.models import AbHandover

AbHandover.printed_as = (
    Printout("ab_handover.html", _("A/B handover record"), form="E62", article="D8§5"),
)

#: DL-15: nobody goes on leave before his B has taken over
AbHandover.due = (
    Deadline(
        "leave_from",
        _("Handover signed by both"),
        open_in=("drafted",),
        whose=("a_person_id", "b_person_id"),
        escalates_to=("human_resources",),
        the_day_before=True,
        code="DL-15",
    ),
)
