"""What follows when somebody decides: a pure function from a case and a command to events.

`decide` knows neither database nor clock; `World` answers what it must know of the firm. The same
events are folded into the state by `evolve`, so that what is stored and what was decided cannot
differ.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Protocol

from flask_babel import lazy_gettext as _

from app.approvals.spec import ALL, SEQUENCE, StepSpec, index_of
from app.records.refusals import Refusal, Refused

#: nobody was found for a step: an administrator names somebody
NOBODY = 0

#: a seat that still waits for its person, or for those he asked
PENDING = frozenset({"open", "waiting", "queued"})
#: seats whose opinion helps another seat and counts for nothing itself
ADVISING = frozenset({"delegated", "before"})


@dataclass(frozen=True)
class Seat:
    """One signature asked for.

    :param who: whose signature it is
    :param first: with whom it stood at first, before it was transferred or escalated
    :param kind: normal, before, after (加签), delegated (委派), transferred (转办), escalated
    :param status: open; waiting (for those he asked); queued (not his turn yet); approved; rejected;
        returned; cancelled; transferred; escalated
    :param hand: who really signed: B, where he stood in for A
    :param parent: the seat for which this one was asked
    """

    no: int
    step: str
    round: int
    who: int
    first: int = 0
    kind: str = "normal"
    status: str = "open"
    place: int = 0
    parent: int = 0
    hand: int = 0


@dataclass(frozen=True)
class Case:
    """:param status: new, running, returned (to the requester), approved, rejected, withdrawn, ended"""

    requester: int
    steps: tuple[StepSpec, ...]
    seats: tuple[Seat, ...] = ()
    step: str = ""
    round: int = 0
    status: str = "new"

    def seat(self, no: int) -> Seat:
        for seat in self.seats:
            if seat.no == no:
                return seat
        raise Refused(Refusal(_("This task does not belong to the case.")))

    def pending(self) -> tuple[Seat, ...]:
        return tuple(seat for seat in self.seats if seat.status in PENDING)

    def current(self) -> StepSpec:
        return self.steps[index_of(self.steps, self.step)]

    def here(self) -> tuple[Seat, ...]:
        """The seats of the step and round that run now."""
        return tuple(
            seat for seat in self.seats if (seat.step, seat.round) == (self.step, self.round)
        )

    def signed_before(self, key: str) -> frozenset[int]:
        """Whose approvals of earlier steps stand: a return takes those of the later ones away."""
        found: set[int] = set()
        for step in self.steps[: index_of(self.steps, key)]:
            seats = [seat for seat in self.seats if seat.step == step.key]
            last = max((seat.round for seat in seats), default=0)
            for seat in seats:
                if seat.round == last and seat.status == "approved" and seat.kind not in ADVISING:
                    found |= {seat.who, seat.hand or seat.who}
        return frozenset(found)


class World(Protocol):
    """What a decision must know of the record and the firm."""

    @property
    def barred(self) -> frozenset[int]:
        """Who may never sign this case: the requester, the record's author (BR-157, BR-170)."""

    def applies(self, step: StepSpec) -> bool: ...

    def candidates(self, step: StepSpec) -> tuple[int, ...]: ...

    def fallback(self, step: StepSpec) -> tuple[int, ...]: ...

    def superior(self, person: int) -> int | None: ...


@dataclass(frozen=True)
class Command:
    """:param name: submit, approve, reject, return, withdraw, delegate, transfer, add_before, add_after,
        remove, escalate, vacate, assign, force_pass, force_end
    :param by: for whom it is done: the person of the seat, or the requester
    :param hand: who does it; another one only where B stands in for A
    :param people: to whom it goes
    :param to: the step to which it is returned, "" for the requester
    """

    name: str
    by: int
    seat: int = 0
    hand: int = 0
    people: tuple[int, ...] = ()
    to: str = ""


@dataclass(frozen=True)
class Opened:
    seat: Seat


@dataclass(frozen=True)
class Moved:
    """A seat has another status."""

    no: int
    status: str
    hand: int = 0


@dataclass(frozen=True)
class Entered:
    step: str
    round: int


@dataclass(frozen=True)
class Passed:
    """:param how: signed, nobody, forced"""

    step: str
    how: str = "signed"


@dataclass(frozen=True)
class Ended:
    status: str


Event = Opened | Moved | Entered | Passed | Ended


def evolve(case: Case, event: Event) -> Case:
    match event:
        case Opened(seat):
            return replace(case, seats=(*case.seats, seat))
        case Moved(no, status, hand):
            return replace(
                case,
                seats=tuple(
                    replace(seat, status=status, hand=hand or seat.hand) if seat.no == no else seat
                    for seat in case.seats
                ),
            )
        case Entered(step, round_no):
            return replace(case, step=step, round=round_no, status="running")
        case Ended(status):
            return replace(case, status=status)
        case Passed():
            return case


def decide(case: Case, command: Command, world: World) -> list[Event]:
    """:raises Refused: in words, where the command is not this person's or not this moment's"""
    run = _Run(case, world)
    getattr(run, "send_back" if command.name == "return" else command.name)(command)
    return run.events


def no(text: object, place: str | None = None) -> Refused:
    return Refused(Refusal(text, place))


@dataclass
class _Run:
    case: Case
    world: World
    events: list[Event] = field(default_factory=list)

    def emit(self, event: Event) -> None:
        self.events.append(event)
        self.case = evolve(self.case, event)

    # -- the requester ---------------------------------------------------------------------------

    def submit(self, command: Command) -> None:
        if self.case.status not in ("new", "returned"):
            raise no(_("It is under way already."))
        if command.by != self.case.requester:
            raise no(_("Only who asked for it submits it again."))
        self._enter_from(0, self.case.round + 1)

    def withdraw(self, command: Command) -> None:
        if self.case.status not in ("running", "returned"):
            raise no(_("The case has ended; there is nothing to withdraw."))
        if command.by != self.case.requester:
            raise no(_("Only who asked for it may withdraw it."))
        self._cancel()
        self.emit(Ended("withdrawn"))

    # -- whose signature is asked for --------------------------------------------------------------

    def approve(self, command: Command) -> None:
        seat = self._mine(command)
        self.emit(Moved(seat.no, "approved", command.hand or command.by))
        if seat.kind in ADVISING:
            self._back_to_asker(seat)
            return
        for later in self.case.here():
            if later.parent == seat.no and later.kind == "after" and later.status == "queued":
                self.emit(Moved(later.no, "open"))
        self._count()

    def reject(self, command: Command) -> None:
        seat = self._mine(command)
        self.emit(Moved(seat.no, "rejected", command.hand or command.by))
        if seat.kind == "delegated":
            self._back_to_asker(seat)  # an opinion; the decision stays with whose it is
            return
        if seat.kind == "before":
            # Who was asked to sign first refuses: then the one who asked him cannot sign either.
            for other in self.case.here():
                if other.parent == seat.parent and other.status in PENDING:
                    self.emit(Moved(other.no, "cancelled"))
            self.emit(Moved(seat.parent, "rejected"))
        self._count()

    def send_back(self, command: Command) -> None:
        seat = self._mine(command)
        if seat.kind == "delegated":
            raise no(_("Who was asked for his opinion gives it; he returns nothing."))
        before = {step.key for step in self.case.steps[: index_of(self.case.steps, seat.step)]}
        if command.to and command.to not in before:
            raise no(_("It can be returned to an earlier step only."), "to")
        self.emit(Moved(seat.no, "returned", command.hand or command.by))
        self._cancel()
        if command.to:
            self._enter_from(index_of(self.case.steps, command.to), self.case.round + 1)
        else:
            self.emit(Ended("returned"))

    def delegate(self, command: Command) -> None:
        seat = self._mine(command)
        if seat.kind in ADVISING:
            raise no(_("A task that was handed on for an opinion is not handed on again."))
        (person,) = self._others(command)
        self.emit(Moved(seat.no, "waiting"))
        self._open(person, kind="delegated", parent=seat.no)

    def transfer(self, command: Command) -> None:
        seat = self._mine(command)
        (person,) = self._others(command)
        self._replace(seat, person, "transferred")

    def add_before(self, command: Command) -> None:
        seat = self._mine(command)
        if seat.kind in ADVISING:
            raise no(_("Only whose decision it is asks for more signatures."))
        people = self._others(command)
        self.emit(Moved(seat.no, "waiting"))
        for person in people:
            self._open(person, kind="before", parent=seat.no)

    def add_after(self, command: Command) -> None:
        seat = self._mine(command)
        if seat.kind in ADVISING:
            raise no(_("Only whose decision it is asks for more signatures."))
        for person in self._others(command):
            self._open(person, kind="after", status="queued", parent=seat.no)

    def remove(self, command: Command) -> None:
        """Take back a signature one asked for (减签): `seat` is the one taken back."""
        self._running()
        seat = self.case.seat(command.seat)
        if not seat.parent or seat.kind not in ("before", "after", "delegated"):
            raise no(_("Only a signature that was added can be taken back."))
        if self.case.seat(seat.parent).who != command.by:
            raise no(_("Only who asked for this signature takes it back."))
        if seat.status not in PENDING:
            raise no(_("He has decided already."))
        self.emit(Moved(seat.no, "cancelled"))
        if seat.kind == "after":
            self._count()  # perhaps the step waited for this one alone
        else:
            self._back_to_asker(seat)

    # -- the clock and the house -------------------------------------------------------------------

    def escalate(self, command: Command) -> None:
        seat = self._pending(command.seat)
        (person,) = self._others(command)
        self._replace(seat, person, "escalated")

    def vacate(self, command: Command) -> None:
        """The person of the seat has left: his superior takes it, else it falls away."""
        seat = self._pending(command.seat)
        superior = self.world.superior(seat.who)
        taken = {other.who for other in self.case.here() if other.status in PENDING}
        if superior and superior not in self.world.barred | taken:
            self._replace(seat, superior, "transferred")
            return
        for child in self.case.here():
            if child.parent == seat.no and child.status in PENDING:
                self.emit(Moved(child.no, "cancelled"))
        self.emit(Moved(seat.no, "cancelled"))
        if seat.kind in ADVISING:
            self._back_to_asker(seat)
        elif not self._votes():
            self._ask(self.case.current())
        else:
            self._count()

    def assign(self, command: Command) -> None:
        """An administrator names who signs where nobody was found."""
        seat = self._pending(command.seat)
        if seat.who != NOBODY:
            raise no(_("Somebody is asked already; he may transfer it."))
        (person,) = self._others(command)
        self._replace(seat, person, "transferred")

    def force_pass(self, command: Command) -> None:
        self._running()
        self._not_barred(command)
        self._cancel()
        self._pass("forced")

    def force_end(self, command: Command) -> None:
        if self.case.status not in ("running", "returned"):
            raise no(_("The case has ended."))
        self._not_barred(command)
        self._cancel()
        self.emit(Ended("ended"))

    # -- what these are made of ----------------------------------------------------------------------

    def _running(self) -> None:
        if self.case.status != "running":
            raise no(_("The case has ended."))

    def _not_barred(self, command: Command) -> None:
        if {command.by, command.hand or command.by} & self.world.barred:
            raise no(_("Nobody decides what he asked for or wrote himself."))

    def _pending(self, number: int) -> Seat:
        self._running()
        seat = self.case.seat(number)
        if seat.status not in PENDING:
            raise no(_("This task is done already."))
        return seat

    def _mine(self, command: Command) -> Seat:
        seat = self._pending(command.seat)
        if seat.who != command.by:
            raise no(_("This is somebody else's task."))
        if seat.status == "queued":
            raise no(_("It is not your turn yet."))
        if seat.status == "waiting":
            raise no(_("You asked somebody else first; his answer is not here yet."))
        self._not_barred(command)
        signed = self.case.signed_before(seat.step)
        if (
            self.case.current().on_repeat == "other"
            and seat.kind not in ADVISING
            and command.name == "approve"
            and (command.hand or command.by) in signed
        ):
            raise no(_("You signed an earlier step of this case: two signatures are two persons."))
        return seat

    def _others(self, command: Command) -> tuple[int, ...]:
        people = tuple(dict.fromkeys(command.people))
        if not people:
            raise no(_("Say to whom."), "people")
        if command.name not in ("add_before", "add_after") and len(people) > 1:
            raise no(_("It goes to one person."), "people")
        asked = {seat.who for seat in self.case.here() if seat.status in PENDING}
        for person in people:
            if person in self.world.barred:
                raise no(
                    _("It concerns him: nobody decides what he asked for or wrote."), "people"
                )
            if person in asked:
                raise no(_("He is asked in this step already."), "people")
        return people

    def _open(
        self,
        who: int,
        *,
        kind: str = "normal",
        status: str = "open",
        place: int = 0,
        parent: int = 0,
        first: int = 0,
    ) -> Seat:
        number = max((seat.no for seat in self.case.seats), default=0) + 1
        seat = Seat(
            number, self.case.step, self.case.round, who, first or who, kind, status, place, parent
        )
        self.emit(Opened(seat))
        return seat

    def _replace(self, seat: Seat, person: int, how: str) -> None:
        for child in self.case.here():
            if child.parent == seat.no and child.status in PENDING:
                self.emit(Moved(child.no, "cancelled"))
        self.emit(Moved(seat.no, how))
        status = "queued" if seat.status == "queued" else "open"
        kind = seat.kind if seat.kind in (*ADVISING, "after") else how
        self._open(
            person,
            kind=kind,
            status=status,
            place=seat.place,
            parent=seat.parent,
            first=seat.first,
        )

    def _back_to_asker(self, seat: Seat) -> None:
        asker = self.case.seat(seat.parent)
        still = any(
            other.parent == asker.no and other.kind in ADVISING and other.status in PENDING
            for other in self.case.here()
        )
        if asker.status == "waiting" and not still:
            self.emit(Moved(asker.no, "open"))

    def _cancel(self) -> None:
        for seat in self.case.pending():
            self.emit(Moved(seat.no, "cancelled"))

    def _votes(self) -> list[Seat]:
        return [
            seat
            for seat in self.case.here()
            if seat.kind not in (*ADVISING, "after")
            and seat.status in PENDING | {"approved", "rejected"}
        ]

    def _count(self) -> None:
        """Whether the step has passed, failed, or goes on."""
        step, votes = self.case.current(), self._votes()
        needed = step.needed(len(votes))
        approved = sum(seat.status == "approved" for seat in votes)
        rejected = sum(seat.status == "rejected" for seat in votes)
        after = [seat for seat in self.case.here() if seat.kind == "after"]
        fails = rejected and (step.mode != "ratio" or len(votes) - rejected < needed)
        if fails or any(seat.status == "rejected" for seat in after):
            self._fail(step)
        elif approved >= needed:
            # Votes no longer needed fall away; signatures that were added on purpose do not.
            for seat in votes:
                if seat.status in PENDING:
                    self.emit(Moved(seat.no, "cancelled"))
            for seat in after:
                if seat.status == "queued" and self.case.seat(seat.parent).status != "approved":
                    self.emit(Moved(seat.no, "cancelled"))
            for seat in self.case.here():
                if seat.kind in ADVISING and seat.status in PENDING:
                    self.emit(Moved(seat.no, "cancelled"))
            if not any(s.kind == "after" and s.status in PENDING for s in self.case.here()):
                self._pass("signed")
        elif step.mode == SEQUENCE:
            self._next_in_line()

    def _next_in_line(self) -> None:
        if any(s.status in ("open", "waiting") for s in self._votes()):
            return
        # One who signed may have asked for a signature after his: that one comes before the next.
        if any(s.kind == "after" and s.status == "open" for s in self.case.here()):
            return
        queued = [seat for seat in self._votes() if seat.status == "queued"]
        if queued:
            self.emit(Moved(min(queued, key=lambda seat: seat.place).no, "open"))

    def _fail(self, step: StepSpec) -> None:
        self._cancel()
        place = index_of(self.case.steps, step.key)
        if step.on_reject == "requester":
            self.emit(Ended("returned"))
        elif step.on_reject == "previous" and (before := self._entered_before(place)) is not None:
            self._enter_from(before, self.case.round + 1)
        else:
            self.emit(Ended("rejected"))

    def _entered_before(self, place: int) -> int | None:
        asked = {seat.step for seat in self.case.seats}
        return next((p for p in range(place - 1, -1, -1) if self.case.steps[p].key in asked), None)

    def _pass(self, how: str) -> None:
        place = index_of(self.case.steps, self.case.step)
        self.emit(Passed(self.case.step, how))
        self._enter_from(place + 1, self.case.round)

    def _enter_from(self, place: int, round_no: int) -> None:
        """Go to the first step from here on that applies; after the last one the case is approved."""
        for step in self.case.steps[place:]:
            if not self.world.applies(step):
                continue
            self.emit(Entered(step.key, round_no))
            if self._ask(step):
                return
        self.emit(Ended("approved"))

    def _ask(self, step: StepSpec) -> bool:
        """Open the seats of a step; False where it passes without any."""
        people = self._eligible(step, self.world.candidates(step))
        if not people and step.on_empty == "skip":
            self.emit(Passed(step.key, "nobody"))
            return False
        if not people and step.on_empty == "superior":
            above = self._above(self.case.requester)
            people = self._eligible(step, (above,) if above else ())
        if not people and step.on_empty == "named":
            people = self._eligible(step, self.world.fallback(step))
        if not people:
            self._open(NOBODY)
            return True
        signed = self.case.signed_before(step.key) if step.on_repeat == "counts" else frozenset()
        for place, person in enumerate(people):
            waits = step.mode == SEQUENCE and place > 0
            self._open(person, status="queued" if waits else "open", place=place)
        again = [seat for seat in self.case.here() if seat.who in signed]
        for seat in again:
            self.emit(Moved(seat.no, "approved", seat.who))
        if again:
            self._count()
        return True

    def _above(self, person: int) -> int | None:
        """The nearest superior who is not barred; a chain of bosses has an end."""
        seen = {person}
        above = self.world.superior(person)
        while above and above in self.world.barred and above not in seen:
            seen.add(above)
            above = self.world.superior(above)
        return above if above and above not in self.world.barred else None

    def _eligible(self, step: StepSpec, people: Iterable[int]) -> tuple[int, ...]:
        signed = self.case.signed_before(step.key) if step.on_repeat == "other" else frozenset()
        kept: list[int] = []
        for person in people:
            one: int | None = person
            if person in self.world.barred:
                one = self._above(person) if step.on_self == "superior" else None
            if one and one not in signed and one not in kept:
                kept.append(one)
        return tuple(kept)


__all__ = [
    "ALL",
    "NOBODY",
    "PENDING",
    "Case",
    "Command",
    "Ended",
    "Entered",
    "Event",
    "Moved",
    "Opened",
    "Passed",
    "Seat",
    "World",
    "decide",
    "evolve",
]
