"""What the office keeps for everybody."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

from flask_babel import lazy_gettext as _
from flask_babel import lazy_pgettext
from sqlalchemy.orm import Mapped

from app.approvals import Approvable, Outcome, Route, Step
from app.documents import Printout
from app.domains.administration import rules
from app.extensions import db
from app.records import (
    Choice,
    Choices,
    Line,
    Money,
    Prose,
    Record,
    Refusal,
    States,
    clock,
    field,
    once,
)
from app.security.roles import ADMINISTRATOR, EVERYBODY, ROLES


def _approvers() -> list[tuple[str, Any]]:
    """Who may approve anything: every role but the administrator's and everybody's."""
    return [
        (name, label) for name, label in ROLES.items() if name not in (ADMINISTRATOR, EVERYBODY)
    ]


class AuthorityState(Choices):
    DRAFT = "draft", lazy_pgettext("authority", "Draft")
    PENDING = "pending", lazy_pgettext("authority", "Pending")
    IN_FORCE = "in_force", lazy_pgettext("authority", "In force")
    SUPERSEDED = "superseded", lazy_pgettext("authority", "Superseded")
    ENDED = "ended", lazy_pgettext("authority", "Ended")
    REJECTED = "rejected", lazy_pgettext("authority", "Rejected")


class AuthorityMatrix(Approvable, Record):
    """Who approves what up to which amount: matter by matter, from the smallest limit to the largest."""

    __tablename__ = "authority_matrix"
    __table_args__ = (
        once(
            "uq_authority_matrix_in_force", "matter", "approver", where="state = 'in_force'",
            refusal=_("This role has a limit for this matter in force already."),
        ),
    )  # fmt: skip
    catalogue_code = "R231"
    sources = ("D9§4",)
    numbered = "QZ-{year}-{seq:04}"
    titled_by = "matter"
    ruled_by = (rules.limit_is_above_zero, rules.a_limit_has_one_approver)
    outcome = Outcome(submitted="pending", approved="in_force", rejected="rejected")
    states = States(
        AuthorityState,
        start="draft",
        moves={
            "draft": ("pending",),
            "pending": ("draft", "in_force", "rejected"),
            "in_force": ("superseded", "ended"),
        },
        draft="draft",
        locked=("pending", "in_force", "superseded", "ended", "rejected"),
        elsewhere=("superseded",),  # by the next version of the same line
        tones={
            "draft": "draft",
            "pending": "run",
            "in_force": "ok",
            "superseded": "mute",
            "ended": "mute",
            "rejected": "bad",
        },
    )
    #: AF-60: the office drafts, the general manager puts it into force (D9§4)
    signed_by = (
        Route(
            "AF-60-R231",
            _("Division of authority"),
            Step("general_manager", _("General manager"), "general_manager", within=5),
            article="D9§4",
        ),
    )
    lists_printed_as = (
        Printout(
            "authority_matrix.html",
            _("Table of the division of authority"),
            form="E65",
            article="D9§4",
            signatures=(lazy_pgettext("authority matrix", "Compiled by"), _("General manager")),
        ),
    )

    matter: Mapped[Line] = field(
        lazy_pgettext("authority", "Matter"), searched=True, sortable=True, width=6
    )
    above: Mapped[Money | None] = field(
        lazy_pgettext("authority", "Above"),
        machine=True,
        help=_("The limit of who approves less; set by the lines that are in force."),
    )
    limit: Mapped[Money | None] = field(
        lazy_pgettext("authority", "Up to"),
        sortable=True,
        help=_("Empty: without a limit."),
    )
    approver: Mapped[Choice] = field(
        lazy_pgettext("authority", "Approver"), choices=_approvers, sortable=True
    )
    basis: Mapped[Prose | None] = field(
        lazy_pgettext("authority", "Basis and conditions"), width=12
    )
    in_force_on: Mapped[date | None] = field(_("In force from"), machine=True, sortable=True)
    ended_on: Mapped[date | None] = field(lazy_pgettext("authority", "Ended on"), machine=True)

    @classmethod
    def in_force(cls, matter: str | None) -> list[AuthorityMatrix]:
        """The lines of a matter that hold now, the smallest limit first, what has none last."""
        query = cls.living().where(cls.matter == matter, cls.state == "in_force")
        with db.session.no_autoflush:
            found = [one for one in db.session.scalars(query) if one.state == "in_force"]
        return sorted(found, key=lambda one: (one.limit is None, one.limit or Decimal(0), one.id))

    def before_submission(self) -> Iterator[Refusal]:
        """R231: one limit of a matter leads to one approver."""
        yield from rules.why_not_in_force(self)

    def approved(self, case: Any) -> None:
        """The line holds from today; the former line of the same role ends, and the steps close up."""
        self.in_force_on = clock.today()
        db.session.flush()
        close_up(self.matter)


def close_up(matter: str) -> None:
    """Say of each line in force above which amount it begins."""
    below = Decimal(0)
    for one in AuthorityMatrix.in_force(matter):
        one.above = below
        below = one.limit if one.limit is not None else below
    db.session.flush()


__all__ = ["AuthorityMatrix"]
