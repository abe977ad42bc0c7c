"""What is due for one record on a day of its own: declared with the register, shown, reminded, escalated.

A periodic duty has periods (`duties.py`); a loan, a handover or a trial ends on the day that stands on
the record itself, or that the record works out and keeps in a column.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext
from sqlalchemy import ColumnElement, Date, and_, inspect, or_, select

from app import notices
from app.deadlines.working_days import calendar
from app.extensions import db
from app.notices.models import Notification
from app.organisation import people, standing_in
from app.records import REGISTERED, clock, writing
from app.security import users

#: the clock asks again every quarter of an hour; nobody reads more in one go
_AT_ONCE = 500
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Deadline:
    """A day by which something about a record has to be done.

    :param on: the column with the day, or with the moment
    :param title: what is due: "Return of the archive"
    :param open_in: the states in which it still stands; () in all
    :param done: a column that is filled when it is done; "" where the state says it
    :param whose: columns that name the employee who has to do it
    :param roles: who has to do it where nobody is named
    :param with_heads: the heads of their departments are told as well
    :param escalates_to: roles that are told when it is late
    :param the_day_before: it has to be done by the end of the working day before that day
    :param warn: working days before it, when it is told of first
    :param again: days after which what is late is told of once more; 0: once
    :param code: the catalogue's code
    """

    on: str
    title: Any
    open_in: tuple[str, ...] = ()
    done: str = ""
    whose: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    with_heads: bool = False
    escalates_to: tuple[str, ...] = ()
    the_day_before: bool = False
    warn: int = 1
    again: int = 0
    code: str = ""

    def still_open(self, cls: Any) -> ColumnElement[bool]:
        """The records of the class for which it stands."""
        parts = [getattr(cls, self.on).is_not(None)]
        if hasattr(cls, "voided_at"):
            parts.append(cls.voided_at.is_(None))
        if self.open_in:
            parts.append(cls.state.in_(self.open_in))
        if self.done:
            parts.append(getattr(cls, self.done).is_(None))
        return and_(*parts)

    def late(self, cls: Any) -> ColumnElement[bool]:
        return and_(self.still_open(cls), getattr(cls, self.on) < self._limit(cls))

    def _limit(self, cls: Any) -> date | datetime:
        """A day is over when its last shift has ended; a moment when it has passed."""
        if not _holds_a_day(cls, self.on):
            return clock.now()
        table, today = calendar(), clock.today()
        over = today if table.ends_at(today) < clock.now() else today - _DAY
        if self.the_day_before:
            if not table.is_workday(over):
                over = table.before(over)
            over = table.after(over, 1)
        return over + _DAY

    def stands_for(self, record: Any) -> bool:
        return (
            getattr(record, self.on) is not None
            and not getattr(record, "is_void", False)
            and (not self.open_in or record.state in self.open_in)
            and (not self.done or getattr(record, self.done) is None)
        )

    def due_at(self, record: Any) -> datetime:
        """The moment after which it is late, on the office's clock."""
        value = getattr(record, self.on)
        if isinstance(value, datetime):
            return clock.in_office(value)
        return calendar().ends_at(calendar().before(value) if self.the_day_before else value)

    def is_late(self, record: Any) -> bool:
        return self.stands_for(record) and self.due_at(record) < clock.now()

    def is_soon(self, record: Any) -> bool:
        return self.stands_for(record) and clock.today() >= self._warn_on(record)

    def _warn_on(self, record: Any) -> date:
        table, day = calendar(), self.due_at(record).date()
        for _step in range(self.warn):
            day = table.before(day)
        return day

    def persons(self, record: Any) -> set[int]:
        """The accounts of who has to do it, and of who stands in for them today."""
        named = [getattr(record, name) for name in self.whose]
        found = set(people.users_of(one for one in named if one is not None).values())
        found = found or {pk for role in self.roles for pk in users.holding(role)}
        if self.with_heads:
            heads = {people.head_of(people.department_of(one)) for one in found}
            found |= {one for one in heads if one is not None}
        return found | set(standing_in.deputies_of(found).values())


def _holds_a_day(cls: Any, name: str) -> bool:
    return isinstance(inspect(cls).columns[name].type, Date)


def declared() -> Iterator[tuple[Any, Deadline]]:
    """Every deadline of every register."""
    for cls in REGISTERED.values():
        for deadline in cls.due:
            yield cls, deadline


@dataclass
class Told:
    reminded: int = 0
    escalated: int = 0


_rounds: list[Callable[[], object]] = []


def each_round(function: Callable[[], object]) -> Callable[[], object]:
    """The clock calls this function in each of its rounds: for what changes by itself when a day has
    come. It runs in a transaction of its own, and a second call on the same day changes nothing."""
    _rounds.append(function)
    return function


def run() -> Told:
    """Tell of what is due soon, and of what is late. Twice tells nobody twice."""
    told = Told()
    for function in _rounds:
        with writing("job"):
            function()
    for cls, deadline in declared():
        with writing("job"):
            _look_after(cls, deadline, told)
    return told


def _look_after(cls: Any, deadline: Deadline, told: Told) -> None:
    horizon: Any = calendar().after(clock.today(), deadline.warn + 1)
    if not _holds_a_day(cls, deadline.on):
        horizon = calendar().ends_at(horizon)
    column = getattr(cls, deadline.on)
    query = (
        select(cls)
        .where(deadline.still_open(cls), column <= horizon)
        .order_by(column, cls.id)
        .limit(_AT_ONCE * 10)
    )
    found = [_Telling.of(deadline, r) for r in db.session.scalars(query) if deadline.is_soon(r)]
    known = _told_already(one.once for one in found)
    for one in found:
        if one.once in known:
            continue
        whom, register = deadline.persons(one.record), one.record.register_name()
        if one.late:
            whom |= {pk for role in deadline.escalates_to for pk in users.holding(role)}
        said = {
            "day": f"{one.when:%Y-%m-%d}",
            "what": str(deadline.title),
            "record": one.record.title,
        }
        count = notices.tell(
            whom,
            "due_late" if one.late else "due_soon",
            lazy_gettext("Overdue since %(day)s: %(what)s, %(record)s.", **said)
            if one.late
            else lazy_gettext("Due on %(day)s: %(what)s, %(record)s.", **said),
            f"/{register}/show/{one.record.id}",
            once=one.once,
        )
        if one.late:
            told.escalated += count
        else:
            told.reminded += count


@dataclass(frozen=True)
class _Telling:
    """:param once: names the telling; a day that is put off is told of anew"""

    record: Any
    when: datetime
    late: bool
    once: str

    @classmethod
    def of(cls, deadline: Deadline, record: Any) -> _Telling:
        when, late, kind = deadline.due_at(record), deadline.is_late(record), "soon"
        if late:
            times = (clock.now() - when).days // deadline.again if deadline.again else 0
            kind = f"late{times}"
        place = f"{record.register_name()}:{record.id}:{deadline.on}"
        return cls(record, when, late, f"due:{place}:{when:%Y%m%d%H%M}:{kind}")


def _told_already(words: Iterable[str]) -> set[str]:
    asked, found = list(words), set()
    for start in range(0, len(asked), _AT_ONCE):
        part = asked[start : start + _AT_ONCE]
        query = select(Notification.once).where(Notification.once.in_(part)).distinct()
        found |= set(db.session.scalars(query))
    return found


# -- asked by pages ------------------------------------------------------------------------------------


def standing(record: Any) -> list[tuple[Deadline, datetime, bool]]:
    """(deadline, when, whether it is late) for what is due of this record."""
    return [
        (deadline, deadline.due_at(record), deadline.is_late(record))
        for deadline in type(record).due
        if deadline.stands_for(record)
    ]


def late_ones(cls: Any) -> ColumnElement[bool]:
    """The records of a register of which anything is late."""
    return or_(*(deadline.late(cls) for deadline in cls.due))


def of_persons(ids: Iterable[int], limit: int = 50) -> list[tuple[datetime, Deadline, Any]]:
    """What these employees have to do about single records, soonest first: what is late or due soon.

    :param ids: a person, and those he stands in for
    """
    employees = sorted(set(ids))
    if not employees:
        return []
    found = []
    for cls, deadline in declared():
        columns: Sequence[Any] = [getattr(cls, name) for name in deadline.whose]
        if not columns:
            continue
        query = (
            select(cls)
            .where(deadline.still_open(cls), or_(*(c.in_(employees) for c in columns)))
            .order_by(getattr(cls, deadline.on), cls.id)
            .limit(limit)
        )
        found += [
            (deadline.due_at(record), deadline, record)
            for record in db.session.scalars(query)
            if deadline.is_soon(record)
        ]
    return sorted(found, key=lambda one: (one[0], one[2].id))[:limit]


def word_for(deadline: Deadline, when: datetime, *, late: bool) -> str:
    if late:
        return _("Overdue since %(day)s: %(what)s", day=f"{when:%Y-%m-%d}", what=deadline.title)
    return _("Due on %(day)s: %(what)s", day=f"{when:%Y-%m-%d %H:%M}", what=deadline.title)
