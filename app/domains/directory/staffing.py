"""What is done about people in posts: promise secrecy, train, assess, sign for two, watch who stands alone."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext
from sqlalchemy import select

from app import notices
from app.deadlines.dates import each_round
from app.domains.directory import personnel
from app.domains.directory.personnel import (
    Assessment,
    ConfidentialityAgreement,
    CriticalOperation,
    DualResponsibility,
    SinglePostMonitor,
    TrainingRecord,
)
from app.extensions import db
from app.organisation.models import AbPost, Department, Employee, Post
from app.organisation.people import employee_of, who_acts
from app.records import Refusal, Refused, acting, clock, follows_from, settings, within
from app.records.context import Context
from app.records.flush import guarded_by
from app.records.moving import moving, unless, why_not_move
from app.records.signing import why_not_sign
from app.security import users


@follows_from("confidentiality_agreement")
@follows_from("assessment")
def keep_it_in_the_persons_department(record: Any) -> None:
    """Who heads the person's department reads it (R195, R197)."""
    person = record.referred("person")
    if person is not None and record.referred("owner_dept") is None:
        record.owner_dept = person.referred("dept")


@follows_from("dual_responsibility")
@follows_from("single_post_monitor")
def keep_it_in_the_posts_department(record: Any) -> None:
    """Who heads the post's department reads it, and signs for two persons (R198, R199)."""
    post = record.referred("post")
    if post is not None and record.referred("owner_dept") is None:
        record.owner_dept = post.referred("dept")


# -- confidentiality agreements ----------------------------------------------------------------------


def _why_not_he(agreement: Any) -> Any:
    person = agreement.person
    if person.user_id is None or person.user_id != acting().actor.id:
        return _("Only %(name)s can sign it.", name=person.name)
    return None


@unless(why_not_move("signed", _why_not_he))
def sign_agreement(agreement: ConfidentialityAgreement, _reason: str | None = None) -> None:
    """The person signs with his own account; nobody does it for him (R195).

    :raises Refused: for anybody else
    """
    agreement.signed_on, agreement.signed_at = clock.today(), clock.now()
    agreement.state = "signed"
    db.session.flush()


def terminate(agreement: ConfidentialityAgreement, reason: str | None = None) -> None:
    """It ends before its day: the person leaves the post (R195). Secrecy goes on for its years."""
    moving("terminated")(agreement, reason)
    agreement.ended_on = clock.today()
    db.session.flush()


_OF_A_PAIR = ("post_id", "post", "a_person_id", "a_person", "b_person_id", "b_person")


@guarded_by
def key_posts_are_entered_under_an_agreement(
    record: Any, context: Context, act: str
) -> Iterable[Refusal]:
    """BR-156: nobody moves into a key post, and nobody is A or B of one, without a valid agreement.

    Who is hired into one signs in his first days: until then he stands in the list of those without.
    """
    if context.undoing is not None or act == "delete":
        return
    if isinstance(record, Employee) and act == "edit" and record.changed("post_id", "post"):
        if no := personnel.why_no_secrecy(record, record.referred("post")):
            yield Refusal(no, "post_id")
    elif isinstance(record, AbPost) and record.changed(*_OF_A_PAIR):
        for name in ("a_person", "b_person"):
            no = personnel.why_no_secrecy(record.referred(name), record.referred("post"))
            if no:
                yield Refusal(no, f"{name}_id")


@each_round
def end_what_has_run_out() -> int:
    """R195: an agreement expires on the day after its last; human resources are told before, and the person."""
    today, told = clock.today(), 0
    soon = today + timedelta(days=int(settings.get("agreement_warn_days")))
    signed = (
        ConfidentialityAgreement.living()
        .where(
            ConfidentialityAgreement.state == "signed", ConfidentialityAgreement.valid_to <= soon
        )
        .order_by(ConfidentialityAgreement.id)
    )
    for agreement in db.session.scalars(signed):
        over = agreement.valid_to is not None and agreement.valid_to < today
        if over:
            agreement.state, agreement.ended_on = "expired", agreement.valid_to
            text = lazy_gettext(
                "The confidentiality agreement %(number)s of %(name)s has expired.",
                number=agreement.number,
                name=agreement.person.name,
            )
        else:
            text = lazy_gettext(
                "The confidentiality agreement %(number)s of %(name)s ends on %(day)s.",
                number=agreement.number,
                name=agreement.person.name,
                day=str(agreement.valid_to),
            )
        told += notices.tell(
            {*users.holding("human_resources"), agreement.person.user_id} - {None},
            "agreement_expired" if over else "agreement_ends",
            text,
            f"/confidentiality_agreement/show/{agreement.id}",
            once=f"agreement_{'over' if over else 'ends'}:{agreement.id}",
        )
    db.session.flush()
    return told


# -- training and assessment -------------------------------------------------------------------------


@follows_from("training_record")
def keep_it_where_it_is_entered(training: Any) -> None:
    """The department of who enters a training keeps it (R196)."""
    if training.id is None and training.referred("owner_dept") is None:
        me = who_acts()
        training.owner_dept = me.dept if me is not None else None


def why_not_hold(training: Any) -> Any:
    return why_not_move("done")(training)


def hold(training: TrainingRecord, _reason: str | None = None) -> None:
    """The training was held, and who took part stands on the sheet (R196).

    :raises Refused: without participants, or before its day
    """
    moving("done")(training, None)


@unless(why_not_move("confirmed", why_not_sign))
def confirm_assessment(assessment: Assessment, _reason: str | None = None) -> None:
    """Head or human resources confirm the result; neither the person himself nor who wrote it (R197).

    :raises Refused: for those
    """
    assessment.confirmed_by = who_acts()
    assessment.confirmed_at = clock.now()
    assessment.state = "confirmed"
    db.session.flush()


# -- two persons for a key post ----------------------------------------------------------------------


@unless(why_not_move("active", why_not_sign))
def activate(dual: DualResponsibility, _reason: str | None = None) -> None:
    """The head of the department puts it into force (R198).

    :raises Refused: while one of the two has not promised secrecy (BR-156)
    """
    dual.since = clock.today()
    dual.state = "active"
    db.session.flush()


def end_dual(dual: DualResponsibility, reason: str | None = None) -> None:
    """The two are released; nothing they did is left half signed (R198)."""
    moving("ended")(dual, reason)
    dual.ended = clock.today()
    db.session.flush()


def why_not_log(dual: Any) -> Any:
    if dual.is_void or dual.state != "active":
        return _("It is not active.")
    return None if _me(dual) else _("Only the two who answer for the post write here.")


@unless(why_not_log)
def log_operation(dual: DualResponsibility, what: str | None) -> None:
    """One of the two did something critical and says what; the other one is asked to countersign (R198).

    :raises Refused: for anybody else, or without a word on what was done
    """
    if not (what or "").strip():
        raise Refused(Refusal(_("Say what was done."), "reason"))
    me = _me(dual)
    line = CriticalOperation(
        operation=str(what).strip(),
        first=me,
        first_at=clock.now(),
        order_no=len(dual.sign_offs),
    )
    # The record is closed for its forms; this is the one way by which its lines come to be.
    with within(deciding=True):
        dual.sign_offs.append(line)
        db.session.flush()
    other = dual.person_2 if me is dual.person_1 else dual.person_1
    if other.user_id is not None:
        notices.tell(
            [other.user_id],
            "countersign",
            lazy_gettext(
                "%(name)s asks you to countersign: %(what)s", name=me.name, what=line.operation
            ),
            f"/dual_responsibility/show/{dual.id}",
            once=f"countersign:{line.id}",
        )


def why_not_countersign(dual: Any) -> Any:
    if no := why_not_log(dual):
        return no
    return None if _waiting_for(dual, _me(dual)) else _("Nothing waits for your signature.")


@unless(why_not_countersign)
def countersign(dual: DualResponsibility, _reason: str | None = None) -> None:
    """The other one of the two signs everything that waits for him (R198).

    :raises Refused: where nothing waits for him
    """
    me, now = _me(dual), clock.now()
    with within(deciding=True):
        for line in _waiting_for(dual, me):
            line.second, line.second_at = me, now
        db.session.flush()


def _me(dual: Any) -> Any:
    me = who_acts()
    return me if me is not None and me.id in (dual.person_1_id, dual.person_2_id) else None


def _waiting_for(dual: Any, me: Any) -> list[Any]:
    return [line for line in dual.sign_offs if line.second_at is None and line.first_id != me.id]


# -- posts with one person ---------------------------------------------------------------------------


@follows_from("single_post_monitor")
def say_who_stands_alone(monitor: Any) -> None:
    """The holder of the day stays on the record, also when the post has changed hands (R199)."""
    post = monitor.referred("post")
    if post is not None and monitor.referred("holder") is None:
        alone = personnel.holders_of(post)
        monitor.holder = alone[0] if len(alone) == 1 else None


def watch_single_posts() -> list[SinglePostMonitor]:
    """List every post in which one person stands alone and that nobody watches, each with its monitor (R199, BR-156).

    The monitor is who heads the post's department, or the nearest head above who is not the holder himself;
    in the end the general manager, and for his own post his deputy.

    :raises Refused: where there is nothing to list
    """
    posts = list(
        db.session.scalars(select(Post).where(personnel.is_not_watched(Post)).order_by(Post.id))
    )
    made = []
    for post in posts:
        (holder,) = personnel.holders_of(post)
        monitor = _monitor_of(post, holder)
        if monitor is None:
            raise Refused(
                Refusal(_("Nobody can monitor %(post)s: name a head first.", post=post.post_name))
            )
        one = SinglePostMonitor(post=post, monitor=monitor)
        db.session.add(one)
        db.session.flush()
        if monitor.user_id is not None:
            notices.tell(
                [monitor.user_id],
                "single_post",
                lazy_gettext(
                    "You are to look at a post that one person holds: %(post)s.",
                    post=post.post_name,
                ),
                f"/single_post_monitor/show/{one.id}",
                once=f"single_post:{one.id}",
            )
        made.append(one)
    if not made:
        raise Refused(Refusal(_("Every post that one person holds is watched already.")))
    return made


def _monitor_of(post: Post, holder: Employee) -> Employee | None:
    department: Department | None = post.dept
    seen: set[int] = set()
    while department is not None and department.id not in seen:
        seen.add(department.id)
        head = department.head
        if head is not None and head.id != holder.id and head.state != "left":
            return head
        department = department.parent
    above = [*users.holding("general_manager"), *users.holding("deputy_general_manager")]
    bosses = (employee_of(user_id) for user_id in above)
    return next((boss for boss in bosses if boss is not None and boss.id != holder.id), None)


def _why_not_monitor(monitor: Any) -> Any:
    if monitor.monitor.user_id is None or monitor.monitor.user_id != acting().actor.id:
        return _("%(name)s monitors this post.", name=monitor.monitor.name)
    return None


@unless(why_not_move("checked", _why_not_monitor))
def check_single_post(monitor: SinglePostMonitor, finding: str | None) -> None:
    """The monitor says what he found (R199).

    :raises Refused: for anybody else, or without a finding
    """
    if not (finding or "").strip():
        raise Refused(Refusal(_("Say what you found."), "reason"))
    monitor.finding, monitor.checked_on = str(finding).strip(), clock.today()
    monitor.state = "checked"
    db.session.flush()
