"""The one who tells what happened: as whom, on which day, and who signed it."""

from __future__ import annotations

import random
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, time, timedelta
from typing import Any

from sqlalchemy import select

from app.approvals import casework
from app.approvals.models import ApprovalCase, ApprovalTask
from app.demo.company import CUSTOMERS
from app.domains.directory.models import Customer
from app.extensions import db
from app.organisation.models import Employee
from app.records import Actor, clock, writing


class Story:
    """What happened in this company, in its order."""

    def __init__(self, password: str) -> None:
        self.password = password
        self.chance = random.Random(20170420)  # noqa: S311 - the same company every time
        self.actors: dict[str, Actor] = {}
        self.people: dict[str, Employee] = {}
        self.today = clock.today()

    @contextmanager
    def as_(self, role: str, days_ago: int = 0, hour: int = 10) -> Iterator[None]:
        """Somebody in this role sits at the keyboard, today or so many days ago."""
        with self.on(days_ago, hour), writing("cli", self.actors[role]):
            yield

    @contextmanager
    def on(self, days_ago: int, hour: int = 10) -> Iterator[None]:
        """It is so many days ago."""
        if not days_ago:
            yield
            return
        day = self.today - timedelta(days=days_ago)
        with clock.telling_of(datetime.combine(day, time(hour, 15), clock.OFFICE)):
            yield

    @property
    def customers(self) -> list[Customer]:
        return list(db.session.scalars(select(Customer).order_by(Customer.id)))

    @property
    def dealers(self) -> list[Customer]:
        """Whom we sell to: the first files of the house."""
        return self.customers[: len(CUSTOMERS)]

    # -- signatures ------------------------------------------------------------------------------------

    def submit(self, role: str, record: Any, days_ago: int = 0, note: str = "") -> ApprovalCase:
        """The requester asks for the signatures that the record's flow wants."""
        with self.as_(role, days_ago):
            return casework.submit(record, key=uuid.uuid4().hex, note=note).case

    def decide(
        self, case: ApprovalCase, verb: str, opinion: str = "", days_ago: int = 0, **more: Any
    ) -> None:
        """Whoever holds the next open task does this with it."""
        task = db.session.scalars(
            select(ApprovalTask)
            .where(ApprovalTask.case_id == case.id, ApprovalTask.status == "open")
            .order_by(ApprovalTask.no)
        ).first()
        if task is None:
            raise RuntimeError(f"nobody is asked about {case.record_label}")
        task_id, signer = task.id, task.assignee_id
        role = next((r for r, actor in self.actors.items() if actor.id == signer), None)
        if role is None:
            raise RuntimeError(f"nobody was found who decides about {case.record_label}")
        with self.as_(role, days_ago, hour=14):
            casework.act(task_id, verb, key=uuid.uuid4().hex, opinion=opinion, **more)

    def approve_all(self, case: ApprovalCase, opinion: str = "同意。", days_ago: int = 0) -> None:
        """Everybody who is asked says yes, until nobody is asked any more."""
        case_id = case.id
        while db.session.get_one(ApprovalCase, case_id).status == "running":
            self.decide(case, "approve", opinion, days_ago)
