"""How the archives office reads and fills its registers."""

from __future__ import annotations

from flask_babel import lazy_gettext as _

from app.domains.archives import operations
from app.domains.archives.models import Regulation
from app.registers.declare import Operation, Related, Section, View, move
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
            _("Regulation"), "title_", "short_mark", "level", "regulation_version", "trial", "confidential", "effective_on", "issuer", "replaces_id",
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
    related = (Related("regulation", "replaces_id"),)
    operations = (
        move("consulting", _("Consult the departments"), name="consult", icon="messages"),
        Operation(
            "approve", _("Approve"), operations.approve, verb="s", icon="circle-check", to="approved",
            why_not=operations.why_not_approve,
        ),
        Operation(
            "put_in_force", _("Put into force"), operations.put_in_force, icon="player-play", to="effective",
            why_not=operations.why_not_in_force,
        ),
        Operation(
            "revise", _("New version"), operations.revise, verb="a", icon="versions", to="revised", bulk=False,
            why_not=operations.why_not_revise,
        ),
        move("draft", _("Back to the draft…"), name="take_back", icon="arrow-back-up", asks_reason=True),
        move(
            "repealed", _("Repeal…"), name="repeal", icon="ban", grave=True, asks_reason=True,
            confirm=_("Repeal this regulation?"),
        ),
    )  # fmt: skip
