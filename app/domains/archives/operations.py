"""What becomes of a regulation."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _

from app.domains.archives import rules
from app.domains.archives.models import Regulation, RegulationPart
from app.extensions import db
from app.records import Refusal, Refused
from app.records.moving import moving, why_not_move
from app.records.signing import why_not_sign

#: what a new version takes over
_KEPT = (
    "title_", "short_mark", "level", "trial", "interpreted_by", "amended_by", "approved_by",
    "confidential", "issuer", "dept_id", "owner_dept_id",
)  # fmt: skip


def _why_not_yet(state: str) -> Any:
    return lambda regulation: rules.why_not_yet(regulation, state)


why_not_approve = why_not_move("approved", _why_not_yet("approved"), why_not_sign)
why_not_in_force = why_not_move("effective", _why_not_yet("effective"))
#: AF-59: by the general manager, who did not draft it
approve = moving("approved", _why_not_yet("approved"), why_not_sign)


def put_in_force(regulation: Regulation, _reason: str | None = None) -> None:
    """From here on it can be quoted; the version that it replaces ends (R185 States).

    :raises Refused: unless it is approved and its day has come
    """
    if no := why_not_in_force(regulation):
        raise Refused(Refusal(no, "state"))
    former = regulation.replaces
    if former is not None and former.state == "effective":
        former.state = "revised"
    regulation.state = "effective"
    db.session.flush()


def revise(regulation: Regulation, _reason: str | None = None) -> None:
    """Draft the next version of what is in force: its text is never changed in place.

    :raises Refused: unless it is in force, or where the next version is drafted already
    """
    if no := why_not_revise(regulation):
        raise Refused(Refusal(no))
    draft = Regulation(**{name: getattr(regulation, name) for name in _KEPT})
    draft.replaces = regulation
    draft.parts = [
        RegulationPart(
            order_no=part.order_no, place=part.place, marker=part.marker, text=part.text
        )
        for part in regulation.parts
    ]
    db.session.add(draft)
    db.session.flush()


def why_not_revise(regulation: Any) -> Any:
    if regulation.is_void:
        return _("It is void.")
    if regulation.state != "effective":
        return _("Only what is in force is revised.")
    if regulation.next_version() is not None:
        return _("The next version is drafted already.")
    return None
