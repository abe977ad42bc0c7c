"""What happened to a record, in words, newest first."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _
from sqlalchemy import inspect, or_, select

from app.audit.models import AuditEntry
from app.extensions import db
from app.records.fields import FieldSpec, Kind
from app.records.reading import Unreadable, read
from app.records.record import REGISTERED, Kept
from app.registers.cells import moment, text_of
from app.registers.pages import Change, Happening
from app.security import scopes
from app.security.roles import ROLES

_SHOWN = 20
#: what a case writes beside the state; its own panel says it better
_SAID_BY_THE_CASE = frozenset({"submitted_at", "current_step", "decided_at", "decision_note"})


def _acts() -> dict[str, tuple[str, str, str]]:
    """action → (verb, icon, tone)"""
    return {
        "add": (_("entered it"), "plus", "ok"),
        "edit": (_("changed it"), "edit", "mute"),
        "void": (_("voided it"), "ban", "bad"),
        "delete": (_("deleted it"), "trash", "bad"),
        "read": (_("looked at it"), "eye", "mute"),
        "print": (_("printed it"), "printer", "mute"),
        "export": (_("exported it"), "download", "mute"),
        "unmask": (_("uncovered a masked value"), "eye", "warn"),
        "force": (_("moved it past the signatures"), "alert-triangle", "warn"),
        "undo": (_("took an import back"), "arrow-back-up", "warn"),
        "import": (_("imported a sheet"), "upload", "ok"),
        "setting": (_("changed a setting"), "settings", "warn"),
        "sign_in": (_("signed in"), "login", "mute"),
        "sign_in_refused": (_("was refused at the door"), "ban", "bad"),
        "factor_on": (_("set up the second factor"), "shield-lock", "ok"),
        "factor_off": (_("removed the second factor"), "shield-lock", "warn"),
        "factor_refused": (_("gave a wrong code"), "ban", "bad"),
        "recovery_code": (_("used a recovery code"), "key", "warn"),
        "sign_out": (_("signed out"), "logout", "mute"),
        "password": (_("set a new password"), "key", "warn"),
        "roles": (_("changed the roles"), "shield", "warn"),
        "role_until": (_("gave a role for a time"), "shield", "warn"),
        "role_ended": (_("ended a role"), "shield", "warn"),
        "post_roles": (_("changed the roles of a post"), "shield", "warn"),
        "cell": (_("changed the rights of a role"), "shield", "warn"),
        "grant_asked": (_("asked for a wider grant"), "shield", "warn"),
        "unlock": (_("unlocked the account"), "lock-open", "warn"),
        "sessions_ended": (_("ended the sessions"), "logout", "warn"),
        "account_made": (_("made the account"), "plus", "ok"),
        "account_closed": (_("closed the account"), "ban", "bad"),
        "account_opened": (_("opened the account again"), "circle-check", "ok"),
    }


def verb_of(action: str) -> str:
    """What an entry of the book says somebody did."""
    return _acts().get(action, (action, "", ""))[0]


def known_acts() -> list[tuple[str, str]]:
    return [(action, verb) for action, (verb, _icon, _tone) in _acts().items()]


def of_account(user_id: int, person: scopes.Person, *, limit: int = _SHOWN) -> list[Happening]:
    """What happened to an account: sign-ins, refusals, passwords, roles."""
    query = (
        select(AuditEntry)
        .where(AuditEntry.register == "account", AuditEntry.record_id == user_id)
        .order_by(AuditEntry.id.desc())
        .limit(limit)
    )
    return [_of_door(entry) for entry in db.session.scalars(query)]


def _of_door(entry: AuditEntry) -> Happening:
    verb, icon, tone = _acts().get(entry.action, (entry.action, "point", "mute"))
    details = entry.details if isinstance(entry.details, dict) else {}
    changes = []
    if entry.action == "roles":
        before, after = (
            "、".join(str(ROLES.get(name, name)) for name in details.get(key, ()))
            for key in ("before", "after")
        )
        changes.append(Change(_("Roles"), before, after))
    elif entry.action in ("role_until", "role_ended"):
        role = str(ROLES.get(details.get("role", ""), details.get("role", "")))
        days = f"{details.get('from_on', '')} – {details.get('until', '')}".strip(" –")
        changes.append(Change(_("Role"), "", f"{role} ({days})"))
    return Happening(
        who=entry.actor_name or _("the system"),
        what=verb,
        when=moment(entry.at),
        when_exact=moment(entry.at, full=True),
        icon=icon,
        tone=tone,  # type: ignore[arg-type]
        changes=changes,
        channel=" ".join(filter(None, (_channels().get(entry.channel, ""), entry.ip))),
    )


def of(
    record: Kept, person: scopes.Person, *, limit: int = _SHOWN, before: int | None = None
) -> list[Happening]:
    """The entries of the audit book about this record and its lines, as this person may read them."""
    register = record.register_name()
    query = (
        select(AuditEntry)
        .where(
            or_(
                (AuditEntry.register == register) & (AuditEntry.record_id == record.id),
                (AuditEntry.parent_register == register) & (AuditEntry.parent_id == record.id),
            )
        )
        .order_by(AuditEntry.id.desc())
        .limit(limit * 10)
    )
    if before is not None:
        query = query.where(AuditEntry.id < before)
    entries = list(db.session.scalars(query))
    # Lines that came or went together with their record need no word of their own.
    whole = {e.click for e in entries if e.register == register and e.action in ("add", "delete")}
    return _fold(
        [
            _happening(entry, record, person)
            for entry in entries
            if (entry.register == register or entry.click not in whole)
            and not (entry.action == "edit" and set(entry.details or ()) <= _SAID_BY_THE_CASE)
        ]
    )[:limit]


def _fold(happenings: list[Happening]) -> list[Happening]:
    """Looks by the same person on the same day are one line."""
    folded: list[Happening] = []
    for one in happenings:
        last = folded[-1] if folded else None
        if (
            last
            and one.icon == last.icon == "eye"
            and (one.who, one.when[:5]) == (last.who, last.when[:5])
        ):
            continue
        folded.append(one)
    return folded


def _happening(entry: AuditEntry, record: Kept, person: scopes.Person) -> Happening:
    verb, icon, tone = _acts().get(entry.action, (entry.action, "point", "mute"))
    if entry.register != record.register_name():
        verb = _("%(verb)s: %(what)s", verb=verb, what=entry.record_label)
    details = entry.details if isinstance(entry.details, dict) else {}
    return Happening(
        who=entry.actor_name or _("the system"),
        what=verb,
        when=moment(entry.at),
        when_exact=moment(entry.at, full=True),
        icon=icon,
        tone=tone,  # type: ignore[arg-type]
        for_whom=entry.for_name,
        changes=_changes(entry, details, person) if entry.action == "edit" else (),
        quote=_quote(entry, details),
        channel=_channels().get(entry.channel, ""),
    )


def channel_word(channel: str) -> str:
    return _channels().get(channel) or {"ui": _("Page")}.get(channel, channel)


def _channels() -> dict[str, str]:
    return {"api": _("REST"), "import": _("Import"), "cli": _("Command line"), "job": _("Job")}


def _quote(entry: AuditEntry, details: dict[str, Any]) -> str:
    if entry.action == "void":
        return str((details.get("void_reason") or [None, ""])[1])
    return str(details.get("reason", "")) if entry.action == "unmask" else ""


def _changes(entry: AuditEntry, details: dict[str, Any], person: scopes.Person) -> list[Change]:
    if _is_hidden_line(entry, person):
        return []
    record_class = REGISTERED.get(entry.register)
    specs = record_class.specs() if record_class else {}
    found = []
    for name, pair in details.items():
        spec = specs.get(name)
        right = scopes.field_right(person, entry.register, name)
        if spec is None or right == "hidden" or not isinstance(pair, list):
            continue
        if name in _SAID_BY_THE_CASE:
            continue
        old, new = (said(spec, value) for value in pair)
        if right == "masked":
            old, new = (scopes.mask(v) if v else "" for v in (old, new))
        found.append(Change(str(spec.label), old, new))
    return found


def _is_hidden_line(entry: AuditEntry, person: scopes.Person) -> bool:
    """Whether it tells of a line inside a field that the person does not see."""
    parent = REGISTERED.get(entry.parent_register or "")
    if parent is None:
        return False
    relations = inspect(parent).relationships
    return any(
        spec.kind is Kind.LINES
        and relations[spec.relation].mapper.class_.__tablename__ == entry.register
        and scopes.field_right(person, parent.__tablename__, spec.name) == "hidden"
        for spec in parent.specs().values()
    )


def said(spec: FieldSpec, value: Any) -> str:
    """A value of the book in the words of today."""
    if value in (None, "", []):
        return ""
    if spec.kind is Kind.REFERENCE:
        other = db.session.get(REGISTERED[spec.references], int(value))
        return other.title if other is not None else f"#{value}"
    try:
        return text_of(spec, read(spec, value))
    except Unreadable:
        return str(value)
