"""A demonstration company: somebody in every role, every register filled by those who may fill it.

Every row passes through the same rules, numbers, signatures and operations as in an office, written
by the account of the role that writes it there, on the day it would have been written. Run it once,
on an empty house. Each office tells its chapters in a module of its own; `CHAPTERS` is their order.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator

from flask import current_app
from flask_babel import force_locale
from flask_babel import gettext as _
from sqlalchemy import select

from app.demo import (
    administration,
    archives,
    assets,
    credit,
    credit_risk,
    customer_desk,
    customers,
    people,
    personnel,
    posts,
    retail,
    sales,
)
from app.demo.company import COMPANY
from app.demo.story import Story
from app.extensions import db
from app.organisation.models import Employee

#: what happened, in its order: later chapters stand on earlier ones
CHAPTERS: tuple[Callable[[Story], None], ...] = (
    people.hire_everybody,
    customers.open_the_files,
    customers.keep_the_files,
    credit.take_the_old_customers_over,
    credit.let_customers_into_trade,
    credit.visit_customers,
    credit.report_and_set_conditions,
    credit.set_classes_and_limits,
    credit_risk.sell_on_credit,
    credit_risk.depart_from_the_limit,
    credit_risk.report_before_it_is_passed,
    credit_risk.secure_what_is_owed,
    credit_risk.stop_and_suspend,
    credit_risk.review_and_sign,
    customer_desk.hire_the_sales_team,
    customer_desk.keep_in_touch,
    customer_desk.hand_customers_over,
    customer_desk.compile_statistics,
    customer_desk.check_the_archive,
    retail.bring_retailers_in,
    retail.wait_for_agreements,
    retail.grade_retailers,
    retail.shield_what_nobody_needs,
    retail.receive_guests,
    sales.sell_for_three_years,
    sales.demand_shares_and_tasks,
    sales.find_out_and_conclude,
    assets.hand_out_devices,
    assets.look_after_devices,
    archives.draft_a_regulation,
    archives.keep_archives,
    personnel.look_after_people,
    administration.divide_authority,
    posts.pair_posts,
    posts.go_on_leave,
    posts.open_files_on_request,
    posts.review_rights,
    posts.let_the_clock_run,
)


class NotEmpty(RuntimeError):
    """There are people in the house already: a demonstration would mix with the real books."""


def fill() -> Iterator[str]:
    """Fill an empty house; says what it did, and the password of everybody.

    :raises NotEmpty: where anybody but the first administrator has an account
    """
    model = current_app.appbuilder.sm.user_model  # type: ignore[attr-defined]
    if db.session.scalar(select(model.id).where(model.username == "general_manager")):
        yield _("The demonstration company is here already.")
        return
    if db.session.scalar(select(Employee.id).limit(1)) is not None:
        raise NotEmpty(_("This house is in use. The demonstration wants an empty one (DATA_DIR)."))
    password = current_app.config["DEMO_PASSWORD"] or secrets.token_urlsafe(9)
    with force_locale("zh"):
        story = Story(password)
        for chapter in CHAPTERS:
            chapter(story)
    yield _(
        "Demonstration company %(name)s: %(count)d accounts, named like their roles.",
        name=COMPANY,
        count=len(story.actors),
    )
    yield _("Password of everybody: %(password)s", password=password)
