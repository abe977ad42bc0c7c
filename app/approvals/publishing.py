"""Flows come into force: the house's own at the first `sync`, the office's by a click."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select

from app.approvals.approvable import Approvable, Route
from app.approvals.models import ApprovalFlow, ApprovalStep
from app.approvals.spec import StepSpec
from app.approvals.words import in_office_language
from app.extensions import db
from app.records import REGISTERED, Refusal, Refused, within


def publish_shipped() -> int:
    """Version 1 of every flow that is declared and does not exist yet; never over one that does."""
    known = set(db.session.scalars(select(ApprovalFlow.flow)))
    many = 0
    for name, cls in sorted(REGISTERED.items()):
        if not issubclass(cls, Approvable):
            continue
        for route in cls.signed_by:
            if flow_key(route) not in known:
                db.session.add(_first_version(name, route))
                many += 1
    with within(deciding=True):
        db.session.flush()
    return many


def flow_key(route: Route) -> str:
    return f"{route.flow}/{route.preset}" if route.preset else route.flow


def _first_version(register: str, route: Route) -> ApprovalFlow:
    flow = ApprovalFlow(
        flow=flow_key(route),
        version_no=1,
        name=in_office_language(route.title),
        register=register,
        preset=route.preset or None,
        priority=route.priority,
        applies_when=route.when or None,
        purpose=route.article or None,
        state="published",
    )
    flow.steps = [_line(step, place) for place, step in enumerate(route.steps)]
    return flow


def _line(step: StepSpec, place: int) -> ApprovalStep:
    who = step.who
    return ApprovalStep(
        order_no=place,
        key=step.key,
        title=in_office_language(step.title),
        who=who.kind,
        roles=who.names if who.kind == "role" else None,
        named_in=",".join(who.names) if who.kind == "field" else None,
        levels=who.number or 1,
        mode=step.mode,
        percent=step.percent if step.mode == "ratio" else None,
        only_when=step.when or None,
        on_empty=step.on_empty,
        instead=step.fallback or None,
        on_self=step.on_self,
        on_repeat=step.on_repeat,
        on_reject=step.on_reject,
        within_days=step.within or None,
        escalates_to=step.escalates_to or None,
        edits=",".join(step.edits) or None,
        needs_opinion=step.needs_opinion,
        needs_signature=step.needs_signature,
        sets_state=step.sets_state or None,
    )


def publish(flow: ApprovalFlow, _reason: str | None = None) -> None:
    """Put a draft into force: the version before it retires, running cases keep theirs.

    :raises Refused: when it is no draft, or could not run
    """
    if flow.state != "draft":
        raise Refused(Refusal(_("Only a draft is published.")))
    for other in db.session.scalars(
        select(ApprovalFlow).where(
            ApprovalFlow.flow == flow.flow,
            ApprovalFlow.state == "published",
            ApprovalFlow.id != flow.id,
        )
    ):
        other.state = "retired"
    flow.state = "published"
    db.session.flush()


def retire(flow: ApprovalFlow, _reason: str | None = None) -> None:
    if flow.state != "published":
        raise Refused(Refusal(_("Only a published flow is taken out of force.")))
    flow.state = "retired"
    db.session.flush()


def new_version(flow: ApprovalFlow, _reason: str | None = None) -> ApprovalFlow:
    """A draft with the same steps, to be changed and published; what is in force stays as it is."""
    last = db.session.scalars(
        select(ApprovalFlow)
        .where(ApprovalFlow.flow == flow.flow)
        .order_by(ApprovalFlow.version_no.desc())
        .limit(1)
    ).one()
    if last.state == "draft":
        raise Refused(Refusal(_("There is a draft already: version %(no)d.", no=last.version_no)))
    draft = ApprovalFlow(
        version_no=last.version_no + 1,
        **{
            name: getattr(flow, name)
            for name in (
                "flow",
                "name",
                "register",
                "preset",
                "priority",
                "applies_when",
                "purpose",
            )
        },
    )
    names = [
        n for n, spec in ApprovalStep.specs().items() if spec.writable and n != "flow_version_id"
    ]
    draft.steps = [
        ApprovalStep(order_no=step.order_no, **{name: getattr(step, name) for name in names})
        for step in flow.steps
    ]
    db.session.add(draft)
    db.session.flush()
    return draft


def why_not_publish(flow: Any) -> Any:
    return None if flow.state == "draft" else _("Only a draft is published.")


def why_not_retire(flow: Any) -> Any:
    return None if flow.state == "published" else _("Only a published flow is taken out of force.")
