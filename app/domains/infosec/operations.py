"""What information security does: open a review of rights, decide, sign."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext
from sqlalchemy import func, select

from app import notices
from app.audit import AuditEntry
from app.deadlines import working_days
from app.domains.infosec.models import PermissionReview, PermissionReviewLine
from app.extensions import db
from app.organisation import holding, people, standing_in
from app.organisation.models import Department, Employee, EmployeeState
from app.records import (
    Kind,
    NotAllowed,
    Refusal,
    Refused,
    acting,
    clock,
    settings,
)
from app.security import conflicts, granting, scopes, users
from app.security.models import RoleGrant, User
from app.security.roles import EVERYBODY, VERBS

settings.declare(
    settings.Setting(
        "review_days",
        lazy_gettext("Working days for a review of rights"),
        10,
        Kind.WHOLE,
        group=lazy_gettext("Information security"),
        source="DL-51",
        help=lazy_gettext(
            "The regulation says “regularly” and no figure; each quarter one is due."
        ),
    ),
    settings.Setting(
        "unused_days",
        lazy_gettext("Days after which an unused right is pointed out"),
        90,
        Kind.WHOLE,
        group=lazy_gettext("Information security"),
        source="D18§1.8",
    ),
)


@dataclass(frozen=True)
class Grant:
    """One role of one account, with what the book says of it."""

    user: Any
    role: str
    since: datetime | None
    given_by: str
    last_used: datetime | None
    hint: str


def quarter_of(day: date) -> str:
    return _("%(year)d, quarter %(quarter)d", year=day.year, quarter=(day.month - 1) // 3 + 1)


def open_campaign() -> list[PermissionReview]:
    """One review for each department that has a head, one for the general manager over all the rest.

    Nobody decides over his own rights: a head's stand in the general manager's review, the general
    manager's own in none - the next holder of that role, or the auditor, looks at them.

    :raises Refused: while one of this quarter is open
    """
    today = clock.today()
    name = quarter_of(today)
    if db.session.scalar(
        select(PermissionReview.id)
        .where(PermissionReview.state == "open", PermissionReview.name.startswith(name))
        .limit(1)
    ):
        raise Refused(Refusal(_("The review of %(quarter)s is open already.", quarter=name)))
    boxes: dict[int | None, list[Any]] = {}
    heads: dict[int, int] = {}
    for user, employee in _accounts():
        department = employee.dept if employee is not None else None
        head = department.head if department is not None else None
        if department is None or head is None or head.user_id is None or head.user_id == user.id:
            boxes.setdefault(None, []).append((user, employee))
        else:
            boxes.setdefault(department.id, []).append((user, employee))
            heads[department.id] = head.id
    made = []
    table = working_days.calendar()
    for department_id, members in sorted(boxes.items(), key=lambda item: item[0] or 0):
        reviewer = (
            db.session.get(Employee, heads[department_id]) if department_id else _general_manager()
        )
        grants = [
            grant
            for user, employee in members
            if reviewer is None or user.id != reviewer.user_id
            for grant in grants_of(user, employee)
        ]
        if not grants:
            continue
        department = db.session.get(Department, department_id) if department_id else None
        review = PermissionReview(
            name=f"{name} · {department.name if department else _('heads and others')}",
            system=str(settings.get("product_name")),
            dept_id=department_id,
            reviewer=reviewer,
            due_on=table.after(today, int(settings.get("review_days"))),
        )
        review.grants = [
            PermissionReviewLine(
                order_no=place,
                user_id=grant.user.id,
                person=users.display_name(grant.user),
                role=grant.role,
                since=grant.since,
                given_by=grant.given_by or None,
                last_used=grant.last_used,
                hint=grant.hint or None,
            )
            for place, grant in enumerate(grants)
        ]
        db.session.add(review)
        db.session.flush()
        made.append(review)
        if reviewer is not None and reviewer.user_id is not None:
            notices.tell(
                [reviewer.user_id],
                "review_open",
                lazy_gettext(
                    "The rights of your people wait for your review: %(name)s.", name=review.name
                ),
                f"/reviews/{review.id}",
                once=f"review:{review.id}",
            )
    if not made:
        raise Refused(Refusal(_("Nobody holds a right that could be reviewed.")))
    return made


def _accounts() -> list[tuple[Any, Employee | None]]:
    """Every account that still opens a door, with its employee."""
    query = (
        select(User, Employee)
        .outerjoin(Employee, Employee.user_id == User.id)
        .where(User.active.is_(True))
        .order_by(User.id)
    )
    return [(row[0], row[1]) for row in db.session.execute(query)]


def _general_manager() -> Employee | None:
    ids = users.holding("general_manager")
    return people.employee_of(ids[0]) if ids else None


def grants_of(user: Any, employee: Employee | None) -> list[Grant]:
    """The roles of an account (being an employee is none), with since when, by whom and last use."""
    ways: dict[str, list[holding.Held]] = {}
    for one in holding.of(user):
        # What somebody holds as B within a handover ends with it, and was decided with the pair.
        if one.role != EVERYBODY and one.way != "deputy":
            ways.setdefault(one.role, []).append(one)
    given, used = _given(user.id), _used(user.id)
    contradicting = {
        name
        for one in conflicts.open_ones(user.id, list(ways), clock.today())
        for name in one.pair
    }
    limit = clock.now() - timedelta(days=int(settings.get("unused_days")))
    found = []
    for role, held in ways.items():
        last = max(
            (at for register, at in used.items() if register in _writes_in(role)), default=None
        )
        hints = [_way(one) for one in held if one.way != "grant"]
        if employee is None:
            hints.append(_("no employee behind the account"))
        elif employee.state == EmployeeState.LEFT:
            hints.append(_("has left the company"))
        elif employee.state == EmployeeState.TRANSFERRED:
            hints.append(_("was transferred"))
        if last is None:
            hints.append(_("never used"))
        elif last < limit:
            hints.append(_("not used for %(days)d days", days=(clock.now() - last).days))
        if role in contradicting:
            hints.append(_("contradicts another role"))
        since, by = given.get(role, (None, ""))
        found.append(Grant(user, role, since, by, last, "；".join(hints)))
    return found


def _way(one: holding.Held) -> str:
    if one.way == "until":
        return _("until %(day)s", day=one.until)
    return _("through the post “%(post)s”", post=one.through)


def _writes_in(role: str) -> frozenset[str]:
    """Registers in which the role may do more than read."""
    role_id = users.role_id(role)
    rights = scopes.rights_of(scopes.Person(None, frozenset({role_id} if role_id else ())))
    return frozenset(view for permission, view in rights.permissions if permission != VERBS["r"])


def _used(user_id: int) -> dict[str, datetime]:
    query = (
        select(AuditEntry.register, func.max(AuditEntry.at))
        .where(
            AuditEntry.actor_id == user_id,
            AuditEntry.action.not_in(("read", "sign_in", "sign_out", "sign_in_refused")),
        )
        .group_by(AuditEntry.register)
    )
    return {register: at for register, at in db.session.execute(query) if at is not None}


def _given(user_id: int) -> dict[str, tuple[datetime, str]]:
    """Role → since when and by whom, as the book has it."""
    query = (
        select(AuditEntry)
        .where(
            AuditEntry.register == "account",
            AuditEntry.record_id == user_id,
            AuditEntry.action.in_(("roles", "account_made")),
        )
        .order_by(AuditEntry.id)
    )
    found: dict[str, tuple[datetime, str]] = {}
    for entry in db.session.scalars(query):
        details = entry.details if isinstance(entry.details, dict) else {}
        after = set(details.get("after") or details.get("roles") or ())
        for name in after - set(found):
            found[name] = (entry.at, entry.actor_name)
        for name in set(found) - after:
            del found[name]
    return found


# -- deciding ------------------------------------------------------------------------------------------


def why_not_decide(review: PermissionReview, user_id: int | None) -> str | None:
    """Why this person does not decide here; None: he does, or stands in for who does."""
    if review.state != "open":
        return str(_("The review is signed."))
    reviewer = review.reviewer
    if user_id is None or reviewer is None or reviewer.user_id is None:
        return str(_("Nobody is named to review this."))
    if user_id != reviewer.user_id and reviewer.user_id not in standing_in.for_whom(user_id):
        return str(_("%(person)s reviews these rights.", person=reviewer))
    return None


def decide(review: PermissionReview, decisions: Mapping[int, tuple[str, str]]) -> None:
    """Keep or withdraw: line → (decision, reason). Nothing takes effect before the signature.

    :raises Refused: for a withdrawal or a keeping against a hint without its reason
    """
    _only_the_reviewer(review)
    actor = acting().actor.id
    for one in review.grants:
        if one.id not in decisions:
            continue
        decision, reason = decisions[one.id]
        if one.user_id == actor:
            raise NotAllowed(Refusal(_("Nobody decides over his own rights.")))
        if decision == "withdraw" and not reason.strip():
            raise Refused(
                Refusal(_("%(person)s: say why it is withdrawn.", person=one.person), "rights")
            )
        one.decision = decision or None
        one.reason = reason.strip() or None
    db.session.flush()


def sign(review: PermissionReview, _reason: str | None = None) -> None:
    """Sign the result: what is withdrawn is taken away now, and its holders are told.

    :raises Refused: while anything is undecided
    """
    _only_the_reviewer(review)
    review.signed_at, review.signed_by_id = clock.now(), acting().actor.id
    by_user: dict[int, list[PermissionReviewLine]] = {}
    for one in review.grants:
        if one.decision == "withdraw":
            by_user.setdefault(one.user_id, []).append(one)
    for user_id, withdrawn in by_user.items():
        _withdraw(users.by_id(user_id), {one.role for one in withdrawn}, review)
        for one in withdrawn:
            one.corrected_on = clock.today()
        notices.tell(
            [user_id],
            "right_withdrawn",
            lazy_gettext("A review of rights took roles from you: %(name)s.", name=review.name),
            "/profile",
            once=f"review:{review.id}:{user_id}",
        )
    # Last: from here on the review and its lines are closed.
    review.state = "done"
    db.session.flush()


def _withdraw(user: Any, gone: set[str], review: PermissionReview) -> None:
    """Take roles from an account, by whichever way it holds them; a post that carries one loses it."""
    held = [one for one in holding.of(user) if one.role in gone]
    standing = users.granted(user)
    if standing & gone:
        granting.set_roles(user, standing - gone, review=review.number)
    for one in held:
        if one.grant_id is not None:
            granting.end(user, db.session.get_one(RoleGrant, one.grant_id), one.role)
    employee = people.employee_of(user.id)
    if employee is not None and any(one.way == "post" for one in held):
        carried = set(holding.roles_of_post(employee.post_id))
        holding.set_roles_of_post(employee.post, carried - gone)


def _only_the_reviewer(review: PermissionReview) -> None:
    if no := why_not_decide(review, acting().actor.id):
        raise NotAllowed(Refusal(no))


def why_not_sign(review: Any) -> Any:
    if no := why_not_decide(review, acting().actor.id):
        return no
    if any(one.decision is None for one in review.grants):
        return _("Every right needs a decision before the review is signed.")
    return None
