"""Flows and steps in the reader's language."""

from __future__ import annotations

from functools import cache
from typing import Any

from flask_babel import force_locale
from flask_babel import gettext as _

from app.approvals.spec import StepSpec
from app.records import REGISTERED
from app.security.roles import ROLES

#: the language in which the office writes its flows
OFFICE_LANGUAGE = "zh"


def in_office_language(text: Any) -> str:
    with force_locale(OFFICE_LANGUAGE):
        return str(text)


@cache
def _shipped(register: str, flow: str) -> dict[str, tuple[str, Any]]:
    """Step key → (the text as it was published, the text in every language)."""
    cls: Any = REGISTERED.get(register)
    found: dict[str, tuple[str, Any]] = {}
    for route in getattr(cls, "signed_by", ()):
        if route.flow == flow:
            for step in route.steps:
                found[step.key] = (in_office_language(step.title), step.title)
    return found


def step_title(case: Any, key: str) -> str:
    """What a step is called: shipped steps in every language, what an office wrote as it stands."""
    for step in case.flow.steps:
        if step.key == key:
            stored, lazy = _shipped(case.register, case.flow.flow).get(key, ("", ""))
            return str(lazy) if stored == step.title else str(step.title)
    return key


def asked_of(step: StepSpec) -> str:
    """Who signs a step, in words."""
    who = step.who
    roles = "、".join(str(ROLES.get(name, name)) for name in who.names)
    words = {
        "role": roles,
        "post": _("holders of the post"),
        "head": _("head of the requester's department"),
        "record_head": _("head of the record's department"),
        "superior": _("superior of the requester"),
        "field": _("the person named on the record"),
        "person": _("a certain person"),
        "chosen": _("whom the requester names"),
    }
    return words.get(who.kind, who.kind)


def mode_word(step: StepSpec) -> str:
    return {
        "any": _("any one of them"),
        "all": _("all of them"),
        "ratio": _("%(percent)d %% of them", percent=step.percent),
        "sequence": _("one after the other"),
    }[step.mode]


def command_word(command: str) -> str:
    """What somebody did, for the history: “approved”."""
    return {
        "submit": _("submitted it"),
        "approve": _("agreed"),
        "reject": _("refused"),
        "return": _("sent it back"),
        "withdraw": _("withdrew it"),
        "delegate": _("asked for an opinion"),
        "transfer": _("handed the task on"),
        "add_before": _("asked others to sign first"),
        "add_after": _("asked others to sign afterwards"),
        "remove": _("took an added signature back"),
        "escalate": _("passed it on: overdue"),
        "vacate": _("passed it on: the signer has left"),
        "assign": _("named the signer"),
        "force_pass": _("moved it on past the step"),
        "force_end": _("ended the case"),
        "remind": _("reminded"),
    }.get(command, command)
