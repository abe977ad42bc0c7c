"""How the archives office reads and fills its registers."""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from flask_babel import lazy_pgettext

from app.domains.archives import operations
from app.domains.archives.models import ArchiveItem, ArchiveLoan, Regulation
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
        ),
        Operation(
            "put_in_force", _("Put into force"), operations.put_in_force, icon="player-play", to="effective",
        ),
        Operation(
            "revise", _("New version"), operations.revise, verb="a", icon="versions", to="revised", bulk=False,
        ),
        move("draft", _("Back to the draft…"), name="take_back", icon="arrow-back-up", asks_reason=True),
        move(
            "repealed", _("Repeal…"), name="repeal", icon="ban", grave=True, asks_reason=True,
            confirm=_("Repeal this regulation?"),
        ),
    )  # fmt: skip


class ArchiveItemView(RegisterView):
    record = ArchiveItem
    title = _("Archives of the house")
    icon = "archive"
    list_columns = (
        "number", "archive_no", "title_", "category", "year", "retention", "secrecy", "place", "state",
    )  # fmt: skip
    layout = (
        Section(lazy_pgettext("archive", "Archive"), "archive_no", "title_", "category", "year", "pages", article="D15"),
        Section(_("Keeping"), "retention", "secrecy", "place"),
        Section(_("Destruction"), "destroyable_from", "destruction_reason", "destroyed_on"),
    )  # fmt: skip
    related = (Related("archive_loan", "item_id"),)
    order = "archive_no"
    views = (
        View("lent", lazy_pgettext("archive", "Lent"), (("state", "is", "lent"),)),
        View("destroying", _("Destruction asked for"), (("state", "is", "destroying"),)),
        View("destroyed", lazy_pgettext("archive", "Destroyed"), (("state", "is", "destroyed"),)),
    )


class ArchiveLoanView(RegisterView):
    record = ArchiveLoan
    title = _("Archive loans")
    icon = "bookmark"
    list_columns = (
        "number", "item_id", "borrower_id", "from_on", "due_on", "returned_on", "days_overdue", "state",
    )  # fmt: skip
    layout = (
        Section(
            _("Loan"),
            "item_id",
            "is_secret",
            "borrower_id",
            "purpose",
            "from_on",
            "due_on",
            article="D15",
        ),
        Section(_("Handing out and return"), "lent_on", "returned_on", "days_overdue"),
    )
    order = "-due_on"
    views = (
        View("out", lazy_pgettext("archive loan", "Lent"), (("state", "is", "lent"),)),
        View("to_hand_out", _("To be handed out"), (("state", "is", "approved"),)),
    )
    operations = (
        Operation(
            "hand_out", _("Hand out"), operations.hand_out, icon="package-export", to="lent",
        ),
        Operation(
            "take_in", _("Returned"), operations.take_in, icon="package-import", to="returned",
            confirm=_("Record that the archive is back in its place?"),
        ),
    )  # fmt: skip
