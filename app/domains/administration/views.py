"""How the office reads and fills its registers."""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from flask_babel import lazy_pgettext

from app.domains.administration import operations
from app.domains.administration.models import AuthorityMatrix
from app.registers.declare import Operation, Section, View
from app.registers.view import RegisterView


class AuthorityMatrixView(RegisterView):
    record = AuthorityMatrix
    title = _("Division of authority")
    icon = "scale"
    list_columns = ("number", "matter", "above", "limit", "approver", "in_force_on", "state")
    layout = (
        Section(lazy_pgettext("authority", "Authority"), "matter", "above", "limit", "approver", "basis", article="D9§4"),
        Section(_("Validity"), "in_force_on", "ended_on"),
    )  # fmt: skip
    order = "matter"
    views = (
        View("in_force", lazy_pgettext("authority", "In force"), (("state", "is", "in_force"),), order="limit"),
        View("pending", lazy_pgettext("authority", "Pending"), (("state", "is", "pending"),)),
    )  # fmt: skip
    operations = (
        Operation(
            "end", _("End…"), operations.end, icon="ban", to="ended", grave=True, asks_reason=True,
            confirm=_("End this authority?"), why_not=operations.why_not_end,
        ),
    )  # fmt: skip
