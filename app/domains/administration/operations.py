"""What the office does."""

from __future__ import annotations

from typing import Any

from app.domains.administration.models import AuthorityMatrix, close_up
from app.extensions import db
from app.records import clock, follows_from
from app.records.moving import moving, why_not_move

why_not_end = why_not_move("ended")


def end(line: AuthorityMatrix, reason: str | None = None) -> None:
    """This role approves the matter no more; the lines that are left close up (R231)."""
    moving("ended")(line, reason)
    line.ended_on = clock.today()
    db.session.flush()
    close_up(line.matter)


@follows_from("authority_matrix")
def replace_the_former_line(line: Any) -> None:
    """What comes into force takes the place of the same role's line for the same matter (R231)."""
    if line.state != "in_force" or not line.changed("state"):
        return
    for former in line.in_force(line.matter):
        if former.id != line.id and former.approver == line.approver:
            former.state, former.ended_on = "superseded", clock.today()
