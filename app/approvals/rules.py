"""When a flow says no: before it is published it must be one that can run."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from flask_babel import lazy_gettext as _

from app.approvals.spec import BadCondition, parse
from app.records.record import REGISTERED
from app.records.refusals import Refusal


def flow_has_steps(flow: Any) -> Iterator[Refusal]:
    if flow.state == "published" and not flow.steps:
        yield Refusal(_("A flow without steps cannot be published."), "step_lines")


def steps_can_be_read(flow: Any) -> Iterator[Refusal]:
    known = _fields(flow.register)
    yield from _readable(flow.applies_when, known, "applies_when")
    keys = [step.key for step in flow.steps]
    for step in flow.steps:
        if keys.count(step.key) > 1:
            yield Refusal(
                _("The key “%(key)s” stands twice; each step has its own.", key=step.key),
                "step_lines",
            )
            return
    for step in flow.steps:
        yield from _readable(step.only_when, known, "step_lines")
        wanted = {
            "role": (step.roles, _("roles")),
            "post": (step.post_id or step.post, _("a post")),
            "person": (step.person_id or step.person, _("a person")),
            "field": (step.named_in, _("a field")),
        }.get(step.who)
        if wanted and not wanted[0]:
            yield Refusal(
                _("Step “%(step)s”: say which %(what)s.", step=step.title, what=wanted[1]),
                "step_lines",
            )
        if step.who == "field" and known:
            for name in _words(step.named_in):
                if name not in known:
                    yield _unknown(name, "step_lines")
        if step.mode == "ratio" and not step.percent:
            yield Refusal(
                _("Step “%(step)s”: say which share must agree.", step=step.title), "step_lines"
            )
        if step.on_empty == "named" and not step.instead:
            yield Refusal(
                _("Step “%(step)s”: name the roles that sign instead.", step=step.title),
                "step_lines",
            )
        for name in _words(step.edits):
            if known and name not in known:
                yield _unknown(name, "step_lines")


def states_of_steps_exist(flow: Any) -> Iterator[Refusal]:
    cls = REGISTERED.get(flow.register)
    if cls is None or cls.states is None:
        return
    words = {value for value, _label in cls.states.words.options()}
    for step in flow.steps:
        if step.sets_state and step.sets_state not in words:
            yield Refusal(
                _("The register has no state “%(state)s”.", state=step.sets_state), "step_lines"
            )


def _fields(register: str | None) -> frozenset[str]:
    cls = REGISTERED.get(register or "")
    return frozenset(cls.specs()) if cls else frozenset()


def _words(text: str | None) -> list[str]:
    return [word for part in (text or "").split(",") if (word := part.strip())]


def _readable(text: str | None, known: frozenset[str], place: str) -> Iterator[Refusal]:
    try:
        groups = parse(text or "")
    except BadCondition as bad:
        yield Refusal(
            _("“%(part)s” is no condition. Write: amount >= 10000", part=str(bad)), place
        )
        return
    for group in groups:
        for term in group:
            if known and term.field.split(".")[0] not in known:
                yield _unknown(term.field, place)


def _unknown(name: str, place: str) -> Refusal:
    return Refusal(_("The register has no field “%(name)s”.", name=name), place)
