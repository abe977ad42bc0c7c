"""How the archives office reads and fills its registers."""

from __future__ import annotations

from flask_babel import lazy_gettext as _

from app.domains.archives import operations
from app.domains.archives.models import Regulation
from app.registers.declare import Operation, Section, View
from app.registers.view import RegisterView


class RegulationView(RegisterView):
    record = Regulation
    title = _("Regulation library")
    icon = "book-2"
    list_columns = (
        "number",
        "short_mark",
        "title_",
        "level",
        "effective_on",
        "interpreted_by",
        "state",
    )
    layout = (
        Section(
            _("Regulation"), "title_", "short_mark", "level", "regulation_version", "trial", "confidential", "effective_on", "issuer",
        ),
        Section(
            _("Whose word counts"), "dept_id", "interpreted_by", "amended_by", "approved_by", article="D16§8",
        ),
        Section(_("Text"), "articles"),
    )  # fmt: skip
    order = "short_mark"
    views = (
        View("in_force", _("In force"), (("state", "is", "effective"),)),
        View("own", _("Our own"), (("level", "is_not", "external"),)),
    )
    operations = (
        Operation(
            "consult", _("Consult the departments"), operations.moving("consulting"), icon="messages",
            why_not=operations.refused("consulting"),
        ),
        Operation(
            "approve", _("Approve"), operations.moving("approved"), verb="s", icon="circle-check",
            why_not=operations.refused("approved"),
        ),
        Operation(
            "put_in_force", _("Put into force"), operations.moving("effective"), icon="player-play",
            why_not=operations.refused("effective"),
        ),
        Operation(
            "repeal", _("Repeal…"), operations.moving("repealed"), icon="ban", grave=True,
            confirm=_("Repeal this regulation?"), why_not=operations.refused("repealed"),
        ),
    )  # fmt: skip
