"""Where rights are given: roles for a time, roles of a post, cells of the matrix, and what waits for a decision."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from flask import abort, current_app, flash, g, redirect, render_template, request
from flask_babel import gettext as _
from flask_babel import lazy_gettext

from app import notices
from app.desk.plain_forms import exception_fields, field, form, roles_field
from app.extensions import db
from app.organisation import holding, people
from app.organisation.models import Post
from app.records import NotAllowed, Refusal, Refused, clock
from app.registers import pages
from app.registers.cells import moment
from app.registers.page import Page, asks_for, expose, row_or_404, signed_in, turned_away
from app.registers.saving import saving
from app.registers.words import reach_word, role_word, verb_words
from app.security import conflicts, events, granting, scopes, users
from app.security.models import RightsRequest, RoleGrant
from app.security.roles import ADMINISTRATOR, EVERYBODY, ROLES, VERBS
from app.security.roles import rights as seeded_rights

_REACHES = ("all", "department", "own_deputised", "own")


class Granting(Page):
    """Giving rights, and deciding about what is wider than its giver's own."""

    route_base = ""
    default_view = "waiting"

    # -- a role for a time -----------------------------------------------------------------------------

    @expose("/users/<int:pk>/role", methods=["GET", "POST"])
    @asks_for("e", "users")
    def for_a_time(self, pk: int) -> Any:
        user = row_or_404(users.user_class(), pk)
        typed, errors = request.form, {}
        if request.method == "POST":
            try:
                with saving():
                    waits = self._give_for_a_time(user, typed)
            except Refused as no:
                errors = no.by_field()
            else:
                flash(said(waits), "success")
                return redirect(f"/users/{user.id}")
        chosen = [typed.get("role", "")] if typed.get("role") else []
        fields = [
            pages.FormField(
                "role",
                _("Role"),
                "choice",
                value=typed.get("role", ""),
                options=[(n, str(label)) for n, label in ROLES.items() if n != EVERYBODY],
                required=True,
                errors=errors.get("role", []),
            ),
            field(
                "from_on",
                _("First day"),
                typed or {"from_on": clock.today().isoformat()},
                errors,
                kind="date",
                width=4,
                required=True,
            ),
            field("until", _("Last day"), typed, errors, kind="date", width=4, required=True),
            field(
                "reason",
                _("Why it is given"),
                typed,
                errors,
                width=12,
                required=True,
                help=_("It stands in the audit book. The role ends by itself after the last day."),
            ),
            *exception_fields([*sorted(holding.names(user)), *chosen], typed, errors),
        ]
        here = f"/users/{user.id}"
        page = form(
            _("A role for a time: %(person)s", person=users.display_name(user)),
            fields,
            errors,
            f"{here}/role",
            here,
            _("Give it"),
            _("Role"),
        )
        return render_template("registers/form.html", page=page), 422 if errors else 200

    def _give_for_a_time(self, user: Any, typed: Any) -> list[str]:
        role, reason = typed.get("role", ""), typed.get("reason", "").strip()
        first, last = _day(typed.get("from_on")), _day(typed.get("until"))
        refusals = []
        if role not in ROLES or role == EVERYBODY:
            refusals.append(Refusal(_("Choose a role."), "role"))
        elif role in users.granted(user):
            refusals.append(
                Refusal(_("This person has the role already, without an end."), "role")
            )
        if first is None or first < clock.today():
            refusals.append(Refusal(_("It begins today or later."), "from_on"))
        if last is None or (first is not None and last < first):
            refusals.append(Refusal(_("It cannot end before it begins."), "until"))
        if not reason:
            refusals.append(Refusal(_("Say why it is given."), "reason"))
        if user.id == g.user.id:
            refusals.append(Refusal(_("Nobody gives himself a role."), "role"))
        if refusals:
            raise Refused(refusals)
        excepted = ask_about_conflicts(user, {*holding.names(user), role}, typed, "role")
        assert first is not None  # noqa: S101 - refused above
        assert last is not None  # noqa: S101
        wanted = {"role": role, "from_on": first.isoformat(), "until": last.isoformat()}
        if beyond([role]):
            ask("until", user.id, wanted | excepted, [role], reason)
            return [role]
        granting.give_until(user, role, first, last, reason, g.user.id, **excepted)
        return []

    @expose("/users/<int:pk>/role/<int:grant>/end", methods=["POST"])
    @asks_for("e", "users")
    def end(self, pk: int, grant: int) -> Any:
        user, row = row_or_404(users.user_class(), pk), row_or_404(RoleGrant, grant)
        if row.user_id != user.id:
            abort(404)
        with saving():
            role = db.session.get(users.role_class(), row.role_id)
            granting.end(user, row, role.name)
        flash(_("The role has ended."), "success")
        return redirect(f"/users/{user.id}")

    # -- roles of a post -------------------------------------------------------------------------------

    @expose("/rights/posts")
    @asks_for("r", "roles")
    def posts(self) -> Any:
        """Which post carries which roles, and who has them by it."""
        from sqlalchemy import select
        from sqlalchemy.orm import selectinload

        query = (
            select(Post)
            .where(Post.voided_at.is_(None))
            .options(
                selectinload(Post.roles), selectinload(Post.employees), selectinload(Post.dept)
            )
            .order_by(Post.dept_id, Post.post_name)
        )
        may_edit = scopes.may(g.person, "e", "roles")
        rows = [
            pages.Row(
                post.id,
                f"/rights/post/{post.id}" if may_edit else f"/post/show/{post.id}",
                [
                    pages.Cell("title", post.post_name),
                    pages.Cell("line", post.dept.name),
                    pages.Cell("line", post.carries or "", missing=not post.roles),
                    pages.Cell(
                        "line", post.current_holders or "", missing=not post.current_holders
                    ),
                ],
            )
            for post in db.session.scalars(query)
        ]
        return render_template(
            "security/tables.html",
            head=pages.Head("", _("Roles of posts"), trail=[pages.Link(_("Rights"), "/rights/")]),
            tables=[
                pages.Table(
                    _("Posts"),
                    [
                        pages.Column("post", _("Post"), wide=True),
                        pages.Column("dept", _("Department")),
                        pages.Column("roles", _("Roles")),
                        pages.Column("holders", _("Current holders")),
                    ],
                    rows,
                    note=_(
                        "Who holds a post has its roles; within a handover its B person has them too."
                    )
                    if rows
                    else _("No post is entered yet."),
                )
            ],
        )

    @expose("/rights/post/<int:pk>", methods=["GET", "POST"])
    @asks_for("e", "roles")
    def post(self, pk: int) -> Any:
        post = row_or_404(Post, pk)
        if post.is_void:
            abort(404)
        before = set(holding.roles_of_post(post.id))
        chosen, errors = sorted(before), {}
        if request.method == "POST":
            chosen = [n for part in request.form.getlist("roles") for n in part.split(",") if n]
            try:
                with saving():
                    waits = self._carry(post, before, set(chosen), request.form)
            except Refused as no:
                errors = no.by_field()
            else:
                flash(said(waits), "success")
                return redirect("/rights/posts")
        fields = [
            roles_field(chosen, errors),
            field("reason", _("Why"), request.form, errors, width=12),
        ]
        page = form(
            _("Roles of the post “%(post)s”", post=post.post_name),
            fields,
            errors,
            f"/rights/post/{post.id}",
            "/rights/posts",
            _("Save"),
            _("Whoever holds the post has these roles"),
        )
        return render_template("registers/form.html", page=page), 422 if errors else 200

    def _carry(self, post: Post, before: set[str], wanted: set[str], typed: Any) -> list[str]:
        if unknown := [n for n in wanted if n not in ROLES or n == EVERYBODY]:
            raise Refused(Refusal(_("There is no role “%(name)s”.", name=unknown[0]), "roles"))
        if found := conflicts.between(wanted):
            raise Refused(Refusal(_together(found), "roles"))
        for user_id in people.holders_of(post.id):
            user = users.by_id(user_id)
            if found := holding.contradictions(user, wanted, but_post=True):
                raise Refused(
                    Refusal(
                        _(
                            "%(person)s holds this post: %(why)s",
                            person=users.display_name(user),
                            why=_together(found),
                        ),
                        "roles",
                    )
                )
        more = sorted(wanted - before)
        mine = g.user.id in people.holders_of(post.id)
        waits = more if more and (mine or beyond(more)) else []
        carry(post, (wanted & before) if waits else wanted)
        if waits:
            reason = typed.get("reason", "").strip()
            ask("post", post.id, {"more": waits, "post": post.post_name}, waits, reason)
        return waits

    # -- a cell of the matrix --------------------------------------------------------------------------

    @expose("/rights/cell/<string:register>/<string:role>/edit", methods=["GET", "POST"])
    @asks_for("e", "roles")
    def cell(self, register: str, role: str) -> Any:
        view = current_app.extensions["registers"].get(register)
        if view is None or role not in ROLES:
            abort(404)
        before = granting.cell(role, register)
        verbs, reach = before
        errors: dict[str, list[str]] = {}
        back = f"/rights/cell/{register}/{role}"
        if request.method == "POST":
            verbs = "".join(
                v
                for v in VERBS
                if v in ",".join(request.form.getlist("verbs")).replace(" ", "").split(",")
            )
            reach = request.form.get("reach", reach)
            try:
                with saving():
                    waits = self._change_cell(role, register, before, (verbs, reach))
            except Refused as no:
                errors = no.by_field()
            else:
                flash(
                    _("The change is wider than your own rights and waits for a decision.")
                    if waits
                    else _("The rights are changed, and count from now on."),
                    "success",
                )
                return redirect(back)
        fields = [
            pages.FormField(
                "verbs",
                _("May"),
                "choices",
                values=list(verbs),
                options=list(verb_words().items()),
                width=12,
                errors=errors.get("verbs", []),
                help=_seeded_words(register, role),
            ),
            pages.FormField(
                "reach",
                _("Which rows"),
                "choice",
                value=reach,
                options=[(one, reach_word(one)) for one in _reaches(register, reach)],
                required=True,
                errors=errors.get("reach", []),
                width=6,
            ),
            field("reason", _("Why"), request.form, errors, width=12, required=True),
        ]
        page = form(
            _("%(role)s in “%(register)s”", role=role_word(role), register=view.title),
            fields,
            errors,
            f"{back}/edit",
            back,
            _("Save"),
            _("Rights"),
        )
        return render_template("registers/form.html", page=page), 422 if errors else 200

    def _change_cell(
        self, role: str, register: str, before: tuple[str, str], after: tuple[str, str]
    ) -> bool:
        reason = request.form.get("reason", "").strip()
        refusals = []
        if role == ADMINISTRATOR and "s" in after[0]:
            refusals.append(Refusal(_("The administrator signs nothing (BR-170)."), "verbs"))
        if after[0] and "r" not in after[0]:
            refusals.append(
                Refusal(_("Who writes or signs in a register also reads it."), "verbs")
            )
        if after[1] not in _reaches(register, before[1]):
            refusals.append(Refusal(_("There is no such reach."), "reach"))
        if not reason:
            refusals.append(Refusal(_("Say why: it stands in the audit book."), "reason"))
        if after == before:
            refusals.append(Refusal(_("Nothing would change."), "verbs"))
        if refusals:
            raise Refused(refusals)
        wider = granting.widened(before, after)
        own = users.role_id(role) in g.person.role_ids
        waits = bool(wider) and granting.somebody_decides()
        if waits and not own:
            waits = not granting.is_highest(g.person) and not granting.covers_cell(
                g.person, register, wider, after[1]
            )
        if not waits:
            granting.set_cell(role, register, *after, reason=reason)
            return False
        wanted = {
            "role": role,
            "register": register,
            "verbs": after[0],
            "reach": after[1],
            "widened": wider,
        }
        ask("cell", None, wanted, [], reason)
        return True

    # -- what waits ------------------------------------------------------------------------------------

    @expose("/rights/requests")
    @signed_in
    def waiting(self) -> Any:
        """Grants that wait: those this person decides, and those he asked for."""
        all_of_them = scopes.may(g.person, "r", "roles")
        rows = []
        for one in granting.waiting():
            why = _why_not(one, g.person)
            if why == "narrow" and not all_of_them:
                continue
            rows.append(_row(one, why))
        return render_template(
            "security/tables.html",
            head=pages.Head(
                "",
                _("Grants that wait"),
                trail=[pages.Link(_("Rights"), "/rights/")] if all_of_them else [],
            ),
            tables=[
                pages.Table(
                    _("Wider than what their givers hold"),
                    [
                        pages.Column("what", _("What is asked for"), wide=True),
                        pages.Column("why", _("Why")),
                        pages.Column("by", _("Asked by")),
                        pages.Column("at", _("Asked at"), "datetime"),
                    ],
                    rows,
                    note="" if rows else _("Nothing waits."),
                )
            ],
        )

    @expose("/rights/requests/<int:pk>/<string:verdict>", methods=["POST"])
    @signed_in
    def decide(self, pk: int, verdict: str) -> Any:
        one = row_or_404(RightsRequest, pk)
        if verdict not in ("grant", "refuse", "withdraw"):
            abort(404)
        note = request.form.get("reason", "").strip()
        try:
            with saving():
                _decide(one, verdict, note)
        except NotAllowed as no:
            return turned_away(str(no))
        except Refused as no:
            flash(str(no), "danger")
        else:
            flash(
                {
                    "grant": _("It is given, and counts from now on."),
                    "refuse": _("It is refused."),
                    "withdraw": _("It is taken back."),
                }[verdict],
                "success",
            )
        return redirect("/rights/requests")


# -- giving --------------------------------------------------------------------------------------------


def beyond(roles: Iterable[str]) -> list[str]:
    """Those of the roles that the person at the desk may not give by himself."""
    if granting.is_highest(g.person) or not granting.somebody_decides():
        return []
    return [role for role in roles if not granting.covers_role(g.person, role)]


def give_roles(user: Any, wanted: Iterable[str], typed: Any) -> list[str]:
    """Give and take standing roles; says which of them wait for somebody who may give them."""
    before = set(users.granted(user)) - {EVERYBODY}
    wanted = set(wanted) - {EVERYBODY}
    if wanted == before:
        return []
    if user.id == g.user.id:
        raise Refused(
            Refusal(_("Nobody changes his own roles. Ask another administrator."), "roles")
        )
    excepted = ask_about_conflicts(user, (set(holding.names(user)) - before) | wanted, typed)
    waits = beyond(sorted(wanted - before))
    now = wanted - set(waits)
    if now != before:
        granting.set_roles(user, now, **excepted)
    if waits:
        reason = typed.get("grant_reason", "").strip()
        ask("roles", user.id, {"roles": waits, **excepted}, waits, reason)
    return waits


def carry(post: Post, wanted: Iterable[str]) -> None:
    before, after = holding.roles_of_post(post.id), sorted(wanted)
    if before == after:
        return
    holding.set_roles_of_post(post, after)
    scopes.rights_changed(db.session.connection())
    events.tell("post_roles", None, name=post.post_name, before=before, after=after)


def ask(
    kind: str, target: int | None, wanted: dict[str, Any], roles: list[str], reason: str
) -> None:
    """Let it wait, and tell those who may decide."""
    one = granting.ask(kind, target, wanted, g.user.id, reason)
    deciders = set(users.holding(granting.HIGHEST))
    for role in roles:
        deciders |= set(users.holding(role))
    notices.tell(
        [pk for pk in deciders if _why_not(one, scopes.someone(users.by_id(pk))) == ""],
        "grant_waits",
        lazy_gettext("A grant waits for your decision: %(what)s.", what=_what(one)),
        "/rights/requests",
        once=f"grant:{one.id}",
    )


def ask_about_conflicts(
    user: Any, wanted: Iterable[str], typed: Any, at: str = "roles"
) -> dict[str, str]:
    """Roles that contradict each other need a reason and an end (BR-170, BR-171)."""
    found = conflicts.open_ones(user.id, list(wanted), clock.today())
    if not found:
        return {}
    reason, last = typed.get("exception_reason", "").strip(), _day(typed.get("exception_until"))
    if not reason or last is None or last < clock.today():
        raise Refused(
            Refusal(
                _(
                    "%(why)s Where it cannot be helped, say why and until when.",
                    why=_together(found),
                ),
                at,
            )
        )
    conflicts.except_until(user.id, found, last, reason, g.user.id)
    return {"exception": f"{_pairs(found)}: {reason} ({last})"}


def table_of(user: Any, *, may_edit: bool = False) -> pages.Table:
    """The roles of one account, and by which way each is held."""
    rows = []
    for one in holding.of(user):
        if one.role == EVERYBODY:
            continue
        acts = []
        if may_edit and one.grant_id is not None:
            acts.append(
                pages.Action(
                    "end", _("End it now"), f"/users/{user.id}/role/{one.grant_id}/end", "x", "post",
                    grave=True, confirm=_("End the role “%(role)s” now?", role=role_word(one.role)),
                )
            )  # fmt: skip
        rows.append(
            pages.Row(
                0,
                "",
                [
                    pages.Cell("line", role_word(one.role)),
                    pages.Cell("line", way_word(one)),
                    pages.Cell("date", str(one.until or ""), missing=one.until is None),
                ],
                acts,
            )
        )
    return pages.Table(
        _("Roles"),
        [
            pages.Column("role", _("Role"), wide=True),
            pages.Column("way", _("Held through")),
            pages.Column("until", _("Until"), "date"),
        ],
        rows,
        add_url=f"/users/{user.id}/role" if may_edit else "",
        add_label=_("A role for a time"),
        note="" if rows else _("An employee like everybody."),
    )


def way_word(one: holding.Held) -> str:
    """How an account comes by a role."""
    return {
        "grant": _("given without an end"),
        "until": _("given for a time"),
        "post": _("through the post “%(post)s”", post=one.through),
        "deputy": _("as B person of the post “%(post)s”", post=one.through),
    }[one.way]


def work_for(person: scopes.Person) -> pages.WorkList | None:
    """The desk's list of grants that this person decides."""
    mine = [one for one in granting.waiting() if _why_not(one, person) == ""]
    if not mine:
        return None
    return pages.WorkList(
        _("Grants that wait"),
        [
            pages.WorkRow(
                _what(one),
                "/rights/requests",
                meta=(users.display_name(users.by_id(one.asked_by_id)), one.reason),
            )
            for one in mine[:8]
        ],
        count=str(len(mine)),
        url="/rights/requests",
    )


# -- deciding ------------------------------------------------------------------------------------------


def _why_not(one: RightsRequest, person: scopes.Person) -> str:
    return granting.why_not_decide(one, person, people.holders_of)


def _decide(one: RightsRequest, verdict: str, note: str) -> None:
    db.session.refresh(one, with_for_update=True)
    if one.status != "waiting":
        raise Refused(Refusal(_("It is decided already.")))
    if verdict == "withdraw":
        if one.asked_by_id != g.user.id:
            raise NotAllowed(Refusal(_("Who asked for it takes it back.")))
        granting.close(one, "withdrawn", g.user.id, note)
        return
    if why := _why_not(one, g.person):
        raise NotAllowed(Refusal(_why_words(why)))
    if verdict == "refuse":
        if not note:
            raise Refused(Refusal(_("Say why it is refused.")))
        granting.close(one, "refused", g.user.id, note)
    else:
        _carry_out(one)
        granting.close(one, "granted", g.user.id, note)
    notices.tell(
        [one.asked_by_id],
        "grant_decided",
        lazy_gettext("Granted: %(what)s.", what=_what(one))
        if verdict == "grant"
        else lazy_gettext("Refused: %(what)s. %(why)s", what=_what(one), why=note),
        "/rights/requests",
        once=f"grant-decided:{one.id}",
    )


def _carry_out(one: RightsRequest) -> None:
    wanted, asked = one.wanted, users.display_name(users.by_id(one.asked_by_id))
    if one.kind == "cell":
        granting.set_cell(
            wanted["role"],
            wanted["register"],
            wanted["verbs"],
            wanted["reach"],
            reason=one.reason,
            asked_by=asked,
        )
        return
    if one.kind == "post":
        post = db.session.get(Post, one.target_id)
        if post is None or post.is_void:
            raise Refused(Refusal(_("The post does not exist any more.")))
        carry(post, {*holding.roles_of_post(post.id), *wanted["more"]})
        return
    user = users.by_id(one.target_id)
    if user is None or not user.active:
        raise Refused(Refusal(_("The account is closed.")))
    if found := holding.contradictions(user, granting.gains(one)):
        raise Refused(Refusal(_together(found)))
    if one.kind == "roles":
        granting.set_roles(
            user, {r.name for r in user.roles} | set(wanted["roles"]), asked_by=asked
        )
        return
    first, last = date.fromisoformat(wanted["from_on"]), date.fromisoformat(wanted["until"])
    if last < clock.today():
        raise Refused(Refusal(_("Its last day has passed.")))
    granting.give_until(
        user, wanted["role"], first, last, one.reason, one.asked_by_id, asked_by=asked
    )


# -- words ---------------------------------------------------------------------------------------------


def _day(word: str | None) -> date | None:
    try:
        return date.fromisoformat(word or "")
    except ValueError:
        return None


def pair_word(conflict: conflicts.Conflict) -> str:
    """Two roles that contradict each other, and why."""
    return _(
        "%(a)s and %(b)s (%(basis)s)",
        a=role_word(conflict.first),
        b=role_word(conflict.second),
        basis=conflict.basis,
    )


def _pairs(found: Iterable[conflicts.Conflict]) -> str:
    return "；".join(map(pair_word, found))


def _together(found: Iterable[conflicts.Conflict]) -> str:
    return _("One person must not hold these together: %(pairs)s.", pairs=_pairs(found))


def said(waits: list[str]) -> str:
    if not waits:
        return _("The roles are changed, and count from now on.")
    return _(
        "Wider than your own rights: %(roles)s. It waits until somebody decides who may give it.",
        roles="、".join(role_word(role) for role in waits),
    )


def _what(one: RightsRequest) -> str:
    """What is asked for, in one line."""
    wanted = one.wanted
    if one.kind == "cell":
        view = current_app.extensions["registers"].get(wanted["register"])
        words = verb_words()
        return _(
            "%(role)s in “%(register)s”: %(verbs)s, %(reach)s",
            role=role_word(wanted["role"]),
            register=view.title if view else wanted["register"],
            verbs="、".join(words[v] for v in wanted["verbs"]),
            reach=reach_word(wanted["reach"]),
        )
    roles = "、".join(role_word(role) for role in granting.gains(one))
    if one.kind == "post":
        return _("%(roles)s for the post “%(post)s”", roles=roles, post=wanted["post"])
    user = users.by_id(one.target_id)
    person = users.display_name(user) if user is not None else ""
    if one.kind == "until":
        return _(
            "%(roles)s for %(person)s, %(first)s to %(last)s",
            roles=roles,
            person=person,
            first=wanted["from_on"],
            last=wanted["until"],
        )
    return _("%(roles)s for %(person)s", roles=roles, person=person)


def _why_words(why: str) -> str:
    return {
        "asked": _("You asked for it: somebody else decides."),
        "own": _("It would give you more yourself: somebody else decides."),
        "narrow": _("It is wider than your own rights too."),
    }[why]


def _row(one: RightsRequest, why: str) -> pages.Row:
    here = f"/rights/requests/{one.id}"
    acts = [
        pages.Action(
            "grant", _("Give it"), f"{here}/grant", "check", "post", primary=True,
            confirm=_("Give: %(what)s?", what=_what(one)), reason=_why_words(why) if why else "",
        ),
        pages.Action("refuse", _("Refuse…"), f"{here}/refuse", "x", "post", grave=True, asks_reason=True)
        if not why
        else None,
        pages.Action("withdraw", _("Take it back"), f"{here}/withdraw", "arrow-back-up", "post")
        if one.asked_by_id == g.user.id
        else None,
    ]  # fmt: skip
    return pages.Row(
        one.id,
        "",
        [
            pages.Cell("line", _what(one)),
            pages.Cell("line", one.reason, missing=not one.reason),
            pages.Cell("line", users.display_name(users.by_id(one.asked_by_id))),
            pages.Cell("datetime", moment(one.asked_at)),
        ],
        [act for act in acts if act is not None],
    )


def _reaches(register: str, now: str) -> list[str]:
    """The reaches one may choose: the plain ones, the present one, and those the regulations give here."""
    special = [r.scope for r in seeded_rights() if r.register == register]
    return list(dict.fromkeys([*_REACHES, now, *special]))


def _seeded_words(register: str, role: str) -> str:
    seed = next((r for r in seeded_rights() if (r.register, r.role) == (register, role)), None)
    if seed is None:
        return _("The regulations give this role nothing here.")
    words = verb_words()
    return _(
        "The regulations give: %(verbs)s; %(reach)s (%(basis)s).",
        verbs="、".join(words[v] for v in VERBS if v in seed.verbs),
        reach=reach_word(seed.scope),
        basis=seed.basis,
    )
