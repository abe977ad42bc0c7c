"""What is due again and again: declared once, told before it is due, escalated when it is late."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext
from sqlalchemy import select

from app import notices
from app.deadlines.models import DutyOccurrence
from app.deadlines.rhythm import Period, Rhythm
from app.deadlines.working_days import calendar
from app.extensions import db
from app.organisation import holding, standing_in
from app.records import Kind, NotAllowed, Refusal, Refused, acting, clock, settings, writing
from app.security import users

settings.declare(
    settings.Setting(
        "duty_warn_days",
        lazy_gettext("Working days before a duty is due when its owner is reminded"),
        3,
        Kind.WHOLE,
        group=lazy_gettext("Working hours"),
    ),
)

#: occurrences are made so far ahead
_AHEAD = timedelta(days=60)
#: and looked for so far back: a house that begins today owes nothing older
_BACK = timedelta(days=7)

#: what proves that it was done: a function of the period that gives (register, record id) or None
Evidence = Callable[[Period], tuple[str, int] | None]


@dataclass(frozen=True)
class Duty:
    """A periodic duty of the regulations.

    :param code: the catalogue's code
    :param owners: roles that have to do it
    :param escalates_to: roles that are told when it is late
    :param evidence: what in the registers proves it; without one it is ticked off by hand, with a note
    :param register: where it is done: the page a reminder leads to
    :param article: the article that asks for it
    """

    code: str
    title: Any
    rhythm: Rhythm
    owners: tuple[str, ...]
    article: str
    register: str = ""
    evidence: Evidence | None = None
    escalates_to: tuple[str, ...] = ("general_manager",)
    #: the regulation gives a word and no figure: the period is the office's own
    inferred: bool = field(default=False)
    #: some periods leave no trace in the registers (nothing came in that day): then its owner says so
    or_by_hand: bool = False

    @property
    def ticked_by_hand(self) -> bool:
        return self.evidence is None or self.or_by_hand


DUTIES: dict[str, Duty] = {}


def declare(*duties: Duty) -> None:
    for duty in duties:
        if duty.code in DUTIES and DUTIES[duty.code] is not duty:
            raise ValueError(f"two duties are called {duty.code}")
        DUTIES[duty.code] = duty


@dataclass
class Done:
    made: int = 0
    fulfilled: int = 0
    moved: int = 0
    reminded: int = 0
    escalated: int = 0


def run() -> Done:
    """Make what is coming, close what is proved, remind, escalate. Twice does nothing twice."""
    done = Done()
    for duty in DUTIES.values():
        with writing("job"):
            _look_after(duty, done)
    return done


def periods_of(duty: Duty, first: date, last: date) -> Iterator[Period]:
    """The periods that are due between two days."""
    table = calendar()
    for year in range(first.year - 1, last.year + 1):
        for period in duty.rhythm(year, table):
            if first <= period.due.date() <= last:
                yield period


def _look_after(duty: Duty, done: Done) -> None:
    now, today = clock.now(), clock.today()
    known = {
        row.period: row
        for row in db.session.scalars(
            select(DutyOccurrence)
            .where(DutyOccurrence.duty == duty.code)
            .order_by(DutyOccurrence.id)
            .with_for_update()
        )
    }
    for period in periods_of(duty, today - _BACK, today + _AHEAD):
        if period.key not in known:
            known[period.key] = row = DutyOccurrence(
                duty=duty.code,
                period=period.key,
                first_on=period.first,
                last_on=period.last,
                due_at=period.due,
                article=duty.article,
            )
            db.session.add(row)
            done.made += 1
    db.session.flush()
    warn = int(settings.get("duty_warn_days"))
    for row in known.values():
        if row.done_at is not None:
            continue
        about = _period_of(duty, row)
        if about is not None and about.due != row.due_at:
            row.due_at = about.due  # the calendar has changed
            done.moved += 1
        if about is not None and duty.evidence is not None and (proof := duty.evidence(about)):
            row.done_at, (row.evidence_register, row.evidence_id) = now, proof
            done.fulfilled += 1
        elif now > row.due_at and row.escalated_at is None:
            row.escalated_at = now
            _tell(duty, row, duty.escalates_to, "duty_late", lazy_gettext(
                "Overdue: %(duty)s, %(period)s.", duty=str(duty.title), period=row.period
            ))  # fmt: skip
            done.escalated += 1
        elif row.reminded_at is None and today >= _warn_on(row.due_at, warn):
            row.reminded_at = now
            _tell(duty, row, duty.owners, "duty_due", lazy_gettext(
                "Due soon: %(duty)s, %(period)s.", duty=str(duty.title), period=row.period
            ))  # fmt: skip
            done.reminded += 1
    db.session.flush()


def _period_of(duty: Duty, row: DutyOccurrence) -> Period | None:
    year = int(row.period[:4])
    return next((p for p in duty.rhythm(year, calendar()) if p.key == row.period), None)


def _warn_on(due: datetime, days: int) -> date:
    table, day = calendar(), clock.in_office(due).date()
    for _step in range(days):
        day = table.before(day)
    return day


def _tell(duty: Duty, row: DutyOccurrence, roles: tuple[str, ...], kind: str, text: Any) -> None:
    people = {pk for role in roles for pk in users.holding(role)}
    people |= set(standing_in.deputies_of(people).values())
    notices.tell(people, kind, text, "/duties/", once=f"{kind}:{duty.code}:{row.period}")


def tick_off(row: DutyOccurrence, note: str) -> None:
    """Say by hand that a duty is done, with what proves it in words.

    :raises Refused: where the registers prove it themselves, or without a note
    """
    duty = DUTIES.get(row.duty)
    actor = acting().actor
    if duty is None or actor.id is None or not owns(duty, actor.id):
        raise NotAllowed(Refusal(_("Whose duty it is says that it is done.")))
    if not duty.ticked_by_hand:
        raise Refused(Refusal(_("The registers themselves prove this duty.")))
    if row.done_at is not None:
        raise Refused(Refusal(_("It is done already.")))
    if not note.strip():
        raise Refused(Refusal(_("Say what proves it."), "note"))
    row.done_at, row.done_by_id, row.note = clock.now(), actor.id, note.strip()[:500]
    db.session.flush()


def owns(duty: Duty, user_id: int) -> bool:
    """Whether a person holds a role that has to do it, himself or as B of who does (BR-015)."""
    user = users.by_id(user_id)
    if user is None:
        return False
    held = holding.names(user)
    for one in standing_in.for_whom(user_id):
        held |= holding.names(users.by_id(one))
    return bool(held & set(duty.owners))


def state_of(row: DutyOccurrence) -> str:
    """done, late (done after it was due), overdue, due (within three days) or open."""
    now = clock.now()
    if row.done_at is not None:
        return "late" if row.done_at > row.due_at else "done"
    if now > row.due_at:
        return "overdue"
    return "due" if row.due_at - now < timedelta(days=3) else "open"
