"""A record that is signed: what its class declares, and what nobody writes past the signatures."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from flask_babel import lazy_gettext as _
from sqlalchemy import CheckConstraint, event
from sqlalchemy.orm import Mapped, Mapper

from app.approvals.spec import ANY, StepSpec, Who
from app.extensions import Base
from app.records import Kept, Kind, LineRecord, Prose, Refusal, Stateful, Word, field
from app.records.context import Context
from app.records.flush import guarded_by, writable


def Step(  # noqa: N802 - reads as the word of the declaration it is
    key: str,
    title: Any,
    *roles: str,
    head: str = "",
    superior: int = 0,
    named_in: str | tuple[str, ...] = "",
    chosen: bool = False,
    mode: str = ANY,
    **more: Any,
) -> StepSpec:
    """One step of a route, signed by holders of these roles, or by whom the keyword says.

    :param head: "requester" or "record": the head of whose department
    :param superior: so many levels above the requester
    :param named_in: the field of the record that names the employee, or several that name one each
    :param chosen: the requester names him when he submits
    """
    if head:
        who = Who("head" if head == "requester" else "record_head")
    elif superior:
        who = Who("superior", number=superior)
    elif named_in:
        who = Who("field", (named_in,) if isinstance(named_in, str) else named_in)
    elif chosen:
        who = Who("chosen")
    else:
        who = Who("role", roles)
    return StepSpec(key, title, who, mode=mode, **more)


class Route:
    """A flow as the house ships it: version 1, published by `sync` where the flow does not exist.

    :param flow: the catalogue's code; or a word of ours where the catalogue has none
    :param when: conditions on the record, where several flows serve one register
    :param preset: whose documents, where they differ ("hospital"): it serves where the setting
        `approval_preset` says so, in place of the route without one
    """

    def __init__(
        self,
        flow: str,
        title: Any,
        *steps: StepSpec,
        article: str = "",
        when: str = "",
        preset: str = "",
        priority: int = 10,
    ) -> None:
        self.flow = flow
        self.title = title
        self.steps = steps
        self.article = article
        self.when = when
        self.preset = preset
        self.priority = priority


@dataclass(frozen=True)
class Outcome:
    """The states of the record that the case leads to.

    :param returned: where it stands again when it is returned or withdrawn; the requester edits it there
    :param ready: further states in which it may be submitted
    """

    submitted: str
    approved: str
    rejected: str
    returned: str = "draft"
    ready: tuple[str, ...] = ()

    @property
    def submitted_from(self) -> tuple[str, ...]:
        return (*self.ready, self.returned)


class Approvable(Stateful):
    """Brings what every signed register carries; `signed_by` says who signs, `outcome` what follows.

    The methods at the end are what the business does with the decision. They run in the transaction of
    the last signature, once, and only when the whole case has ended.
    """

    signed_by: ClassVar[tuple[Route, ...]] = ()
    outcome: ClassVar[Outcome]
    #: states in which a change is asked for and signed instead of written (AF-02)
    changed_by_request: ClassVar[tuple[str, ...]] = ()
    #: what the button says that puts it before its signers
    submit_label: ClassVar[Any] = _("Submit")
    #: columns that name an employee who never signs this record (the leaver, the technician)
    never_signed_by: ClassVar[tuple[str, ...]] = ()

    submitted_at: Mapped[datetime | None] = field(
        _("Submitted at"), machine=True, sortable=True, catalogue="submitted_on", sort_order=850
    )
    current_step: Mapped[Word | None] = field(
        _("Current step"), machine=True, catalogue="current_step", sort_order=851
    )
    decided_at: Mapped[datetime | None] = field(
        _("Decided at"), machine=True, catalogue="decided_on", sort_order=852
    )
    decision_note: Mapped[Prose | None] = field(
        _("Decision"), machine=True, catalogue="decision_note", sort_order=853
    )

    @property
    def is_under_approval(self) -> bool:
        return self.current_step is not None

    @classmethod
    def states_by_signature(cls) -> frozenset[str]:
        """States that nothing but a case gives."""
        given = {cls.outcome.submitted, cls.outcome.approved, cls.outcome.rejected}
        for route in cls.signed_by:
            given |= {step.sets_state for step in route.steps if step.sets_state}
        return frozenset(given - {cls.outcome.returned})

    def before_submission(self) -> Iterator[Refusal]:
        """What must be there before anybody is asked to sign, beyond what may be stored."""
        yield from ()

    def compared_with(self) -> Any:
        """The record that this one replaces, so that who signs sees what differs; None: it replaces none."""
        return None

    def approved(self, case: Any) -> None:
        """The whole case ended with yes."""

    def rejected(self, case: Any) -> None:
        """Somebody said no, and the case ended."""

    def changed_by(self, case: Any) -> None:
        """A change that was asked for has been signed and is written."""


def case_label(record: Any) -> str:
    """What stands in the inbox: a bare number comes after whom or what the record is about."""
    title = str(record.title)
    if title == getattr(record, "number", None):
        for spec in record.specs().values():
            if spec.kind is Kind.REFERENCE and spec.relation and spec.required:
                about = getattr(record, spec.relation)
                if about is not None:
                    title = f"{about.title} · {title}"
                    break
    return title[:300]


def is_signed(record: Any) -> bool:
    """Whether records of this kind are signed at all."""
    return isinstance(record, Approvable)


@guarded_by
def nothing_passes_the_signatures(record: Any, context: Context, act: str) -> Iterable[Refusal]:
    """A record under approval rests, and states that signatures give are given by nothing else."""
    if context.deciding or context.undoing is not None:
        return
    if isinstance(record, LineRecord):
        above = getattr(record, record.parent, None)
        # A line that is written with its parent is the parent's matter; one alone is asked for here.
        if isinstance(above, Approvable) and above.is_under_approval:
            yield _rests(above)
        return
    if not is_signed(record):
        return
    if act == "delete":
        if record.is_under_approval:
            yield _rests(record)
        return
    words = dict(record.states.words.options())
    if record.state in record.states_by_signature() and (act == "add" or record.changed("state")):
        yield Refusal(
            _(
                "It becomes “%(state)s” by the signatures of its flow, and by nothing else.",
                state=words.get(record.state, record.state),
            ),
            "state",
        )
    elif act == "edit" and record.is_under_approval and _changes_something(record):
        yield _rests(record)


def _changes_something(record: Any) -> bool:
    cls: Any = type(record)
    return bool(record.changed(*writable(cls), "state", "voided_at"))


def _rests(record: Any) -> Refusal:
    return Refusal(
        _(
            "%(record)s is under approval and rests until it is decided. Withdraw it to change it.",
            record=record,
        )
    )


@event.listens_for(Base, "after_mapper_constructed", propagate=True)
def _no_forged_approval(_mapper: Mapper[Any], cls: type[Any]) -> None:
    """The database itself refuses an approval nobody decided."""
    if not (issubclass(cls, Approvable) and issubclass(cls, Kept)) or not hasattr(cls, "outcome"):
        return
    approved = cls.outcome.approved
    cls.__table__.append_constraint(
        CheckConstraint(
            f"state <> '{approved}' OR decided_at IS NOT NULL",
            name=f"signed_if_{approved}",
        )
    )
