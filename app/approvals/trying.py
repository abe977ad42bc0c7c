"""A flow tried on a record: who would be asked, in which order, by when. Nothing is written."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from app.approvals import asking
from app.approvals.deciding import NOBODY, Case, Command, Entered, Passed, decide, evolve
from app.approvals.models import ApprovalFlow
from app.approvals.spec import StepSpec, holds
from app.approvals.telling import due_of
from app.records import Refused, clock

#: no flow is longer; a trial must end even where the flow would not
_FAR = 200


@dataclass
class Trial:
    """What became of one step.

    :param how: signed (people were asked), left_out (its condition does not hold), nobody (nobody could
        be asked, and the flow goes on), stuck (nobody could be asked: an administrator names somebody)
    :param people: accounts asked, in their order
    :param barred: accounts that would be asked were they not the requester, the author or barred by the record
    :param due: when it would be due, were it asked now
    """

    step: StepSpec
    how: str = "left_out"
    people: list[int] = field(default_factory=list)
    barred: list[int] = field(default_factory=list)
    due: datetime | None = None


@dataclass(frozen=True)
class Result:
    """:param fits: whether the conditions of the flow itself hold for the record
    :param refused: why it could not be submitted at all, in words
    """

    fits: bool
    trials: list[Trial]
    refused: str = ""


def attempt(flow: ApprovalFlow, record: Any, requester: int) -> Result:
    """Let everybody who is asked say yes, by the same `decide` that runs the house."""
    steps = flow.spec()
    firm = asking.Firm(record, requester, {})
    trials = {step.key: Trial(step) for step in steps}
    for step in steps:
        if firm.applies(step):
            asked = firm.candidates(step)
            trials[step.key].barred = [one for one in asked if one in firm.barred]
    fits = holds(flow.applies_when or "", firm.value)
    case, refused = Case(requester, steps), ""
    try:
        case = _go(case, Command("submit", requester), firm, trials)
        for _turn in range(_FAR):
            if case.status != "running":
                break
            case = _next(case, firm, trials)
    except Refused as no:
        refused = str(no)
    return Result(fits, list(trials.values()), refused)


def _next(case: Case, firm: asking.Firm, trials: dict[str, Trial]) -> Case:
    """The first who is asked agrees; where nobody is, an administrator moves it on."""
    seat = next(seat for seat in case.seats if seat.status == "open")
    if seat.who != NOBODY:
        return _go(case, Command("approve", seat.who, seat=seat.no, hand=seat.who), firm, trials)
    trials[seat.step].how = "stuck"
    return _go(case, Command("force_pass", -1, seat=seat.no), firm, trials)


def _go(case: Case, command: Command, firm: asking.Firm, trials: dict[str, Trial]) -> Case:
    for event in decide(case, command, firm):
        case = evolve(case, event)
        if isinstance(event, Entered):
            trial = trials[event.step]
            trial.how = "signed"
            trial.due = due_of(trial.step, clock.now())
        elif isinstance(event, Passed) and event.how == "nobody":
            trials[event.step].how = "nobody"
    for key, trial in trials.items():
        trial.people = [s.who for s in case.seats if s.step == key and s.who != NOBODY]
    return case
