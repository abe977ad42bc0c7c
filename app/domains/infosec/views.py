"""How information security reads its registers, and where the heads decide."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from flask import abort, flash, g, redirect, render_template, request
from flask_babel import gettext
from flask_babel import lazy_gettext as _

from app.domains.infosec import operations
from app.domains.infosec.models import PermissionReview
from app.records import NotAllowed, Refused
from app.registers import pages
from app.registers.cells import day, moment
from app.registers.declare import Operation, Section, View
from app.registers.page import Page, asks_for, expose, row_or_404, signed_in, turned_away
from app.registers.saving import saving
from app.registers.view import RegisterView
from app.registers.words import role_word
from app.security import scopes


class PermissionReviewView(RegisterView):
    record = PermissionReview
    title = _("Permission reviews")
    icon = "shield-check"
    #: opened with everybody's rights in it, never typed
    kind = "calculated"
    list_columns = ("number", "name", "dept_id", "reviewer_id", "due_on", "state", "signed_at")
    layout = (
        Section(_("Review"), "name", "system", "dept_id", "reviewer_id", "due_on", "progress", article="D18§1.8"),
        Section(_("Rights"), "rights", "signed_at"),
    )  # fmt: skip
    order = "-due_on"
    operations = (
        Operation(
            "sign", _("Sign the result"), operations.sign, verb="s", icon="signature", to="done", bulk=False,
            confirm=_("Sign? What is withdrawn is taken away now."), why_not=operations.why_not_sign,
        ),
    )  # fmt: skip
    views = (View("open", _("Open"), (("state", "is", "open"),), alarming=True),)

    def list_actions(self, person: scopes.Person) -> list[pages.Action]:
        if not scopes.may(person, "a", "permission_review"):
            return []
        return [
            pages.Action(
                "open",
                gettext("Open this quarter's review"),
                "/reviews/open",
                icon="shield-check",
                method="post",
                primary=True,
                confirm=gettext(
                    "Open one review for each head, over everybody who has an account?"
                ),
            )
        ]

    def show_head(self, record: Any, person: scopes.Person) -> pages.Head:
        head = super().show_head(record, person)
        if operations.why_not_decide(record, person.user_id) is None:
            decide = pages.Action(
                "decide",
                gettext("Decide"),
                f"/reviews/{record.id}",
                icon="list-check",
                primary=True,
            )
            head = replace(head, actions=[*head.actions, decide])
        return head


class Reviews(Page):
    """The review as its reviewer works through it, row by row."""

    route_base = "/reviews"
    default_view = "index"

    @expose("/")
    @asks_for("r", "permission_review")
    def index(self) -> Any:
        return redirect("/permission_review/list/")

    @expose("/open", methods=["POST"])
    @asks_for("a", "permission_review")
    def open(self) -> Any:
        """One review for each head, over everybody who has an account."""
        try:
            with saving():
                made = operations.open_campaign()
                many = len(made)
        except Refused as no:
            flash(str(no), "danger")
        else:
            flash(
                gettext("%(count)d reviews are open; their reviewers are told.", count=many),
                "success",
            )
        return redirect("/permission_review/list/")

    @expose("/<int:pk>", methods=["GET", "POST"])
    @signed_in
    def review(self, pk: int) -> Any:
        review = _reachable(pk)
        no = operations.why_not_decide(review, g.person.user_id)
        if request.method == "POST":
            try:
                with saving():
                    operations.decide(review, _decisions(review))
                    if request.form.get("then") == "sign":
                        operations.sign(review)
            except NotAllowed as refused:
                return turned_away(str(refused), review.name)
            except Refused as refused:
                flash(str(refused), "danger")
            else:
                flash(gettext("Saved."), "success")
            return redirect(f"/reviews/{pk}")
        return render_template(
            "infosec/review.html",
            review=review,
            why_not=no or "",
            rows=[
                (
                    one,
                    role_word(one.role),
                    day(one.since.date()) if one.since else "",
                    moment(one.last_used) if one.last_used else "",
                )
                for one in review.grants
            ],
            decided=sum(one.decision is not None for one in review.grants),
            head=pages.Head(
                "permission_review",
                review.name,
                facts=[pages.Cell("number", review.number or "")],
                trail=[pages.Link(gettext("Permission reviews"), "/permission_review/list/")],
            ),
            due=day(review.due_on),
        )


def _reachable(pk: int) -> PermissionReview:
    """The review, for its reviewer and his deputy, and for who may read it anyway."""
    review = row_or_404(PermissionReview, pk)
    if operations.why_not_decide(review, g.person.user_id) is None:
        return review
    if not scopes.may(g.person, "r", "permission_review") or not scopes.held_in_full(
        g.person, PermissionReview, [pk], "r"
    ):
        abort(404)
    return review


def _decisions(review: PermissionReview) -> dict[int, tuple[str, str]]:
    found = {}
    for one in review.grants:
        decision = request.form.get(f"decision-{one.id}", "")
        if decision in ("keep", "withdraw"):
            found[one.id] = (decision, request.form.get(f"reason-{one.id}", ""))
    return found
