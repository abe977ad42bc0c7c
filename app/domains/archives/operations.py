"""What becomes of a regulation."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _

from app.domains.archives import rules
from app.domains.archives.models import ArchiveLoan, Regulation, RegulationPart
from app.extensions import db
from app.organisation.rules import ties
from app.records import clock, follows_from
from app.records.moving import it_is_void, moving, unless, why_not_move
from app.records.signing import why_not_sign

#: what a new version takes over
_KEPT = (
    "title_", "short_mark", "level", "trial", "interpreted_by", "amended_by", "approved_by",
    "confidential", "issuer", "dept_id", "owner_dept_id",
)  # fmt: skip


def _why_not_yet(state: str) -> Any:
    return lambda regulation: rules.why_not_yet(regulation, state)


#: AF-59: by the general manager, who did not draft it
approve = moving("approved", _why_not_yet("approved"), why_not_sign)


@unless(why_not_move("effective", _why_not_yet("effective")), field="state")
def put_in_force(regulation: Regulation, _reason: str | None = None) -> None:
    """From here on it can be quoted; the version that it replaces ends (R185 States).

    :raises Refused: unless it is approved and its day has come
    """
    former = regulation.replaces
    if former is not None and former.state == "effective":
        former.state = "revised"
    regulation.state = "effective"
    db.session.flush()


def why_not_revise(regulation: Any) -> Any:
    if regulation.state != "effective":
        return _("Only what is in force is revised.")
    if regulation.next_version() is not None:
        return _("The next version is drafted already.")
    return None


@unless(it_is_void, why_not_revise)
def revise(regulation: Regulation, _reason: str | None = None) -> None:
    """Draft the next version of what is in force: its text is never changed in place.

    :raises Refused: unless it is in force, or where the next version is drafted already
    """
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


# -- loans -------------------------------------------------------------------------------------------


def _why_not_there(loan: Any) -> Any:
    item = loan.item
    if item.is_void or item.state != "in_place":
        words = dict(item.states.words.options())
        return _(
            "%(item)s is not in its place: %(state)s.", item=item.title, state=words[item.state]
        )
    return None


@unless(why_not_move("lent", _why_not_there), field="item_id")
def hand_out(loan: ArchiveLoan, _reason: str | None = None) -> None:
    """The archivist gives the archive to its borrower; from here on it is out (R202).

    :raises Refused: while it is not in its place
    """
    loan.lent_on = clock.today()
    loan.state = "lent"
    db.session.flush()


@unless(why_not_move("returned"))
def take_in(loan: ArchiveLoan, _reason: str | None = None) -> None:
    """The archive is back in its place (R202).

    :raises Refused: when it is not out
    """
    loan.returned_on = clock.today()
    loan.state = "returned"
    db.session.flush()


@follows_from("archive_loan")
def keep_it_in_the_borrowers_department(loan: Any) -> None:
    """The head of the borrower's department reads and signs it (R202)."""
    borrower = loan.referred("borrower")
    if borrower is not None and loan.referred("owner_dept") is None:
        loan.owner_dept = borrower.referred("dept")


@follows_from("archive_loan")
def keep_the_item_with_its_loan(loan: Any) -> None:
    """An archive is lent while one of its loans is out, and in its place otherwise (R201, R202)."""
    if loan.id is None or not loan.changed("state", "voided_at"):
        return
    item = loan.item
    if loan.state == "lent" and not loan.is_void:
        if item.state == "in_place":
            item.state = "lent"
    elif item.state == "lent" and loan.out(item.id, loan.id) is None:
        item.state = "in_place"


@ties
def why_not_leave_with_archives(employee: Any) -> Any:
    """R202: who leaves brings back what he has borrowed first."""
    query = (
        ArchiveLoan.living()
        .where(ArchiveLoan.borrower_id == employee.id, ArchiveLoan.state == "lent")
        .order_by(ArchiveLoan.id)
        .limit(1)
    )
    with db.session.no_autoflush:
        loan = db.session.scalar(query)
    if loan is None:
        return None
    return _("He still has the archive %(item)s. Let it come back first.", item=loan.item.title)
