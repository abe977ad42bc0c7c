"""People in posts: agreements, trainings, assessments, two persons, one person alone."""

from __future__ import annotations

import itertools
from decimal import Decimal
from typing import Any

from app.domains.directory.personnel import (
    Assessment,
    AssessmentItem,
    ConfidentialityAgreement,
    DualResponsibility,
    SinglePostMonitor,
    TrainingParticipant,
    TrainingRecord,
)
from app.extensions import db
from app.records import clock
from tests.factories import makes
from tests.factories.directory import a_post, an_employee

_next = itertools.count(1)


@makes("confidentiality_agreement")
def an_agreement(**values: Any) -> ConfidentialityAgreement:
    post = values.pop("post", None) or a_post(is_key_post=True)
    return ConfidentialityAgreement(
        **{"person": values.pop("person", None) or an_employee(), "post": post} | values
    )


@makes("training_record")
def a_training(**values: Any) -> TrainingRecord:
    people = values.pop("people", ())
    training = TrainingRecord(
        **{"kind": "it_staff", "topic": f"数据库备份与恢复{next(_next)}", "on": clock.today()}
        | values
    )
    training.attendances = [
        TrainingParticipant(person=person, order_no=place) for place, person in enumerate(people)
    ]
    return training


@makes("assessment")
def an_assessment(**values: Any) -> Assessment:
    scores = values.pop("scores", ())
    assessment = Assessment(
        **{
            "subject": "service_staff",
            "person": values.pop("person", None) or an_employee(),
            "period": "2026-03",
        }
        | values
    )
    assessment.scores = [
        AssessmentItem(
            item=f"项目{place}",
            weight=Decimal(weight),
            score=None if score is None else Decimal(score),
            order_no=place,
        )
        for place, (weight, score) in enumerate(scores, 1)
    ]
    return assessment


@makes("dual_responsibility")
def a_pair_of_two(**values: Any) -> DualResponsibility:
    post = values.pop("post", None) or a_post(is_key_post=True)
    return DualResponsibility(
        **{
            "post": post,
            "person_1": values.pop("person_1", None) or an_employee(post=post),
            "person_2": values.pop("person_2", None) or an_employee(post=post),
        }
        | values
    )


@makes("single_post_monitor")
def a_monitoring(**values: Any) -> SinglePostMonitor:
    post = values.pop("post", None)
    if post is None:
        post = a_post()
        db.session.add(an_employee(post=post))
        db.session.flush()
    return SinglePostMonitor(
        **{"post": post, "monitor": values.pop("monitor", None) or an_employee()} | values
    )
