"""What follows when somebody decides: without database, clock or web."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.approvals.deciding import (
    NOBODY,
    PENDING,
    Case,
    Command,
    Ended,
    Opened,
    decide,
    evolve,
)
from app.approvals.spec import BadCondition, StepSpec, Who, holds, parse
from app.records.refusals import Refused

ASKER, ANN, BEN, CAT, DAN, EVE = 1, 2, 3, 4, 5, 6


def step(key, **more):
    return StepSpec(key, key, Who("role", (key,)), **more)


@dataclass
class Office:
    """A firm in a dictionary: who is a candidate for which step."""

    people: dict[str, tuple[int, ...]]
    barred: frozenset[int] = frozenset({ASKER})
    bosses: dict[int, int] = field(default_factory=dict)
    left_out: frozenset[str] = frozenset()
    instead: tuple[int, ...] = ()

    def applies(self, step):
        return step.key not in self.left_out

    def candidates(self, step):
        return self.people.get(step.key, ())

    def fallback(self, step):
        return self.instead

    def superior(self, person):
        return self.bosses.get(person)


class Desk:
    """A case on the table: every command is decided and folded in."""

    def __init__(self, steps, people, **firm):
        self.office = Office(people, **firm)
        self.case = Case(ASKER, tuple(steps))
        self.events = []
        self.do("submit", ASKER)

    def do(self, name, by, seat=0, **more):
        self.events = decide(self.case, Command(name, by, seat=seat, **more), self.office)
        for event in self.events:
            self.case = evolve(self.case, event)
        return self.case

    def seat_of(self, who):
        """The number of the seat that waits for this person."""
        return max(s.no for s in self.case.seats if s.who == who and s.status in PENDING)

    def sign(self, who, **more):
        return self.do("approve", who, self.seat_of(who), **more)

    def waiting(self):
        return {seat.who for seat in self.case.seats if seat.status == "open"}


def test_a_case_goes_through_its_steps_in_order_and_ends_with_the_last():
    desk = Desk([step("a"), step("b")], {"a": (ANN,), "b": (BEN,)})

    assert desk.waiting() == {ANN}
    desk.sign(ANN)
    assert (desk.case.status, desk.waiting()) == ("running", {BEN})
    desk.sign(BEN)

    assert (desk.case.status, desk.waiting()) == ("approved", set())


def test_any_one_is_enough_and_the_others_are_asked_no_longer():
    desk = Desk([step("a")], {"a": (ANN, BEN, CAT)})

    desk.sign(BEN)

    assert desk.case.status == "approved"
    with pytest.raises(Refused):
        desk.do("approve", ANN, 1)


def test_all_means_every_one_of_them():
    desk = Desk([step("a", mode="all")], {"a": (ANN, BEN)})

    desk.sign(ANN)
    assert desk.case.status == "running"
    desk.sign(BEN)

    assert desk.case.status == "approved"


@pytest.mark.parametrize(("percent", "needed"), [(50, 2), (51, 3), (67, 3), (75, 3), (76, 4)])
def test_a_share_is_counted_in_people_and_rounded_up(percent, needed):
    people = (ANN, BEN, CAT, DAN)
    desk = Desk([step("a", mode="ratio", percent=percent)], {"a": people})

    for count, who in enumerate(people[:needed], start=1):
        desk.sign(who)
        assert (desk.case.status == "approved") == (count == needed)


def test_a_share_fails_only_when_it_can_no_longer_be_reached():
    desk = Desk([step("a", mode="ratio", percent=60)], {"a": (ANN, BEN, CAT)})

    desk.do("reject", ANN, desk.seat_of(ANN))
    assert desk.case.status == "running"
    desk.do("reject", BEN, desk.seat_of(BEN))

    assert desk.case.status == "rejected"


def test_in_a_sequence_the_next_is_asked_when_the_one_before_has_signed():
    desk = Desk([step("a", mode="sequence")], {"a": (ANN, BEN)})

    assert desk.waiting() == {ANN}
    with pytest.raises(Refused):
        desk.do("approve", BEN, desk.seat_of(BEN))
    desk.sign(ANN)
    assert desk.waiting() == {BEN}
    desk.sign(BEN)

    assert desk.case.status == "approved"


def test_one_refusal_ends_the_case_and_nobody_is_asked_any_more():
    desk = Desk([step("a", mode="all"), step("b")], {"a": (ANN, BEN), "b": (CAT,)})

    desk.do("reject", ANN, desk.seat_of(ANN))

    assert (desk.case.status, desk.case.pending()) == ("rejected", ())


def test_a_refusal_may_go_back_to_the_step_before():
    desk = Desk([step("a"), step("b", on_reject="previous")], {"a": (ANN,), "b": (BEN,)})
    desk.sign(ANN)

    desk.do("reject", BEN, desk.seat_of(BEN))

    assert (desk.case.step, desk.case.round, desk.waiting()) == ("a", 2, {ANN})


def test_out_of_a_parallel_group_it_is_returned_and_completed_again():
    steps = [step("a"), step("b", mode="all"), step("c")]
    desk = Desk(steps, {"a": (ANN,), "b": (BEN, CAT), "c": (DAN,)})
    desk.sign(ANN)
    desk.sign(BEN)

    desk.do("return", CAT, desk.seat_of(CAT), to="a")
    assert (desk.case.step, desk.waiting()) == ("a", {ANN})
    desk.sign(ANN)
    assert desk.waiting() == {BEN, CAT}, "the signature of the first round counts no more"
    desk.sign(BEN)
    desk.sign(CAT)
    desk.sign(DAN)

    assert desk.case.status == "approved"


def test_it_is_returned_to_the_requester_and_submitted_again():
    desk = Desk([step("a"), step("b")], {"a": (ANN,), "b": (BEN,)})
    desk.sign(ANN)

    desk.do("return", BEN, desk.seat_of(BEN))
    assert (desk.case.status, desk.case.pending()) == ("returned", ())
    desk.do("submit", ASKER)

    assert (desk.case.status, desk.case.round, desk.waiting()) == ("running", 2, {ANN})


def test_nothing_is_returned_to_a_later_step():
    desk = Desk([step("a"), step("b")], {"a": (ANN,), "b": (BEN,)})

    with pytest.raises(Refused):
        desk.do("return", ANN, desk.seat_of(ANN), to="b")


def test_the_requester_withdraws_and_nobody_else_does():
    desk = Desk([step("a")], {"a": (ANN,)})

    with pytest.raises(Refused):
        desk.do("withdraw", ANN)
    desk.do("withdraw", ASKER)

    assert (desk.case.status, desk.case.pending()) == ("withdrawn", ())
    with pytest.raises(Refused):
        desk.do("approve", ANN, 1)


def test_an_opinion_that_was_asked_for_comes_back_to_whose_decision_it_is():
    desk = Desk([step("a")], {"a": (ANN,)})

    desk.do("delegate", ANN, desk.seat_of(ANN), people=(BEN,))
    assert desk.waiting() == {BEN}
    desk.do("reject", BEN, desk.seat_of(BEN))

    assert (desk.case.status, desk.waiting()) == ("running", {ANN})
    assert desk.sign(ANN).status == "approved"


def test_a_task_handed_on_stays_with_the_other_one_and_remembers_whose_it_was():
    desk = Desk([step("a")], {"a": (ANN,)})

    desk.do("transfer", ANN, desk.seat_of(ANN), people=(BEN,))

    (seat,) = desk.case.pending()
    assert (seat.who, seat.first) == (BEN, ANN)
    assert desk.sign(BEN).status == "approved"


def test_a_task_never_goes_to_the_requester():
    desk = Desk([step("a")], {"a": (ANN,)})

    for act in ("delegate", "transfer", "add_before", "add_after"):
        with pytest.raises(Refused):
            desk.do(act, ANN, desk.seat_of(ANN), people=(ASKER,))


def test_who_is_added_before_signs_first():
    desk = Desk([step("a")], {"a": (ANN,)})

    desk.do("add_before", ANN, desk.seat_of(ANN), people=(BEN, CAT))
    assert desk.waiting() == {BEN, CAT}
    with pytest.raises(Refused):
        desk.do("approve", ANN, desk.seat_of(ANN))
    desk.sign(BEN)
    desk.sign(CAT)

    assert desk.waiting() == {ANN}
    assert desk.sign(ANN).status == "approved"


def test_a_refusal_while_added_signatures_are_open_ends_the_case():
    desk = Desk([step("a")], {"a": (ANN,)})
    desk.do("add_before", ANN, desk.seat_of(ANN), people=(BEN, CAT))

    desk.do("reject", BEN, desk.seat_of(BEN))

    assert (desk.case.status, desk.case.pending()) == ("rejected", ())


def test_who_is_added_afterwards_must_agree_before_the_step_has_passed():
    desk = Desk([step("a"), step("b")], {"a": (ANN,), "b": (BEN,)})
    desk.do("add_after", ANN, desk.seat_of(ANN), people=(CAT,))

    desk.sign(ANN)
    assert (desk.case.step, desk.waiting()) == ("a", {CAT})
    desk.sign(CAT)

    assert (desk.case.step, desk.waiting()) == ("b", {BEN})


def test_an_added_signature_is_taken_back_by_who_asked_for_it():
    desk = Desk([step("a")], {"a": (ANN,)})
    desk.do("add_before", ANN, desk.seat_of(ANN), people=(BEN,))
    added = desk.seat_of(BEN)

    with pytest.raises(Refused):
        desk.do("remove", CAT, added)
    desk.do("remove", ANN, added)

    assert desk.waiting() == {ANN}


def test_nobody_signs_what_he_asked_for():
    desk = Desk([step("a")], {"a": (ASKER, ANN)})

    assert desk.waiting() == {ANN}


def test_where_the_requester_would_sign_his_superior_does_where_the_flow_says_so():
    desk = Desk([step("a", on_self="superior")], {"a": (ASKER,)}, bosses={ASKER: ANN})

    assert desk.waiting() == {ANN}


@pytest.mark.catalogue("BR-171")
def test_two_signatures_of_one_case_are_two_persons():
    desk = Desk([step("a"), step("b")], {"a": (ANN,), "b": (ANN, BEN)})

    desk.sign(ANN)

    assert desk.waiting() == {BEN}


@pytest.mark.catalogue("BR-171")
def test_b_who_signed_for_a_does_not_sign_the_next_step_himself():
    desk = Desk([step("a"), step("b")], {"a": (ANN,), "b": (CAT, BEN)})

    desk.sign(ANN, hand=BEN)

    assert desk.waiting() == {CAT}


def test_where_a_flow_repeats_its_signer_he_signs_again_or_his_signature_counts():
    again = Desk([step("a"), step("b", on_repeat="again")], {"a": (ANN,), "b": (ANN,)})
    again.sign(ANN)
    assert again.waiting() == {ANN}

    counts = Desk([step("a"), step("b", on_repeat="counts")], {"a": (ANN,), "b": (ANN, BEN)})
    counts.sign(ANN)
    assert counts.case.status == "approved"


def test_where_nobody_is_found_an_administrator_names_somebody():
    desk = Desk([step("a"), step("b")], {"b": (BEN,)})

    (seat,) = desk.case.pending()
    assert seat.who == NOBODY
    desk.do("assign", EVE, seat.no, people=(ANN,))

    assert desk.waiting() == {ANN}


@pytest.mark.parametrize(
    ("on_empty", "waiting"), [("skip", {BEN}), ("superior", {CAT}), ("named", {DAN})]
)
def test_where_nobody_is_found_the_step_says_what_follows(on_empty, waiting):
    steps = [step("a", on_empty=on_empty), step("b")]
    desk = Desk(steps, {"b": (BEN,)}, bosses={ASKER: CAT}, instead=(DAN,))

    assert desk.waiting() == waiting


def test_a_step_whose_condition_does_not_hold_is_passed_over():
    desk = Desk([step("a"), step("b")], {"a": (ANN,), "b": (BEN,)}, left_out=frozenset({"a"}))

    assert desk.waiting() == {BEN}


def test_who_leaves_the_firm_is_followed_by_his_superior():
    desk = Desk([step("a")], {"a": (ANN,)}, bosses={ANN: CAT})

    desk.do("vacate", 0, desk.seat_of(ANN))

    (seat,) = desk.case.pending()
    assert (seat.who, seat.first) == (CAT, ANN)


def test_who_leaves_without_a_superior_holds_nothing_up():
    desk = Desk([step("a", mode="all")], {"a": (ANN, BEN)})
    desk.sign(BEN)

    desk.do("vacate", 0, desk.seat_of(ANN))

    assert desk.case.status == "approved"


def test_what_is_overdue_goes_to_the_superior():
    desk = Desk([step("a")], {"a": (ANN,)})

    desk.do("escalate", 0, desk.seat_of(ANN), people=(CAT,))

    (seat,) = desk.case.pending()
    assert (seat.who, seat.kind, seat.first) == (CAT, "escalated", ANN)


def test_an_administrator_forces_nothing_of_his_own():
    desk = Desk([step("a"), step("b")], {"a": (ANN,), "b": (BEN,)})

    with pytest.raises(Refused):
        desk.do("force_pass", ASKER)
    desk.do("force_pass", EVE)
    assert desk.waiting() == {BEN}
    desk.do("force_end", EVE)

    assert (desk.case.status, desk.case.pending()) == ("ended", ())


@pytest.mark.parametrize(
    ("condition", "holding"),
    [
        ("", True),
        ("amount >= 10000", True),
        ("amount > 10000", False),
        ("amount >= 10000 and kind in hospital,factory", True),
        ("amount < 5 or kind = hospital", True),
        ("reason empty", True),
        ("kind filled and amount != 10000", False),
        ("urgent = yes", True),
    ],
)
def test_conditions_compare_fields_of_the_record(condition, holding):
    from decimal import Decimal

    values = {"amount": Decimal(10_000), "kind": "hospital", "reason": None, "urgent": True}

    assert holds(condition, values.get) is holding


@pytest.mark.parametrize("text", ["amount", "__import__('os')", "amount >=", "1 = 1", "a ~ b"])
def test_what_is_no_condition_is_refused_and_never_run(text):
    with pytest.raises(BadCondition):
        parse(text)


# -- whatever people do --------------------------------------------------------------------------

PEOPLE = (ANN, BEN, CAT, DAN, EVE)

specs = st.builds(
    lambda n, **more: step(f"s{n}", **more),
    st.integers(0, 0),
    mode=st.sampled_from(["any", "all", "ratio", "sequence"]),
    percent=st.sampled_from([1, 34, 50, 67, 100]),
    on_empty=st.sampled_from(["admin", "skip", "superior", "named"]),
    on_self=st.sampled_from(["skip", "superior"]),
    on_repeat=st.sampled_from(["other", "again", "counts"]),
    on_reject=st.sampled_from(["end", "requester", "previous"]),
)
flows = st.lists(specs, min_size=1, max_size=4).map(
    lambda steps: tuple(replace(one, key=f"s{i}") for i, one in enumerate(steps))
)
acts = st.tuples(
    st.sampled_from(
        [
            "approve", "approve", "approve", "reject", "return", "delegate", "transfer",
            "add_before", "add_after", "remove", "escalate", "vacate", "withdraw", "submit",
            "force_pass", "assign",
        ]
    ),
    st.integers(0, 30),
    st.sampled_from(PEOPLE),
    st.sampled_from(PEOPLE),
    st.integers(0, 3),
)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(
    flows,
    st.dictionaries(
        st.sampled_from(["s0", "s1", "s2", "s3"]),
        st.lists(st.sampled_from((*PEOPLE, ASKER)), max_size=4, unique=True).map(tuple),
    ),
    st.dictionaries(st.sampled_from((*PEOPLE, ASKER)), st.sampled_from(PEOPLE)),
    st.lists(acts, max_size=25),
)
def test_whatever_people_do_a_case_never_hangs_and_nobody_signs_his_own(
    steps, people, bosses, doings
):
    try:
        desk = Desk(steps, people, bosses=bosses, instead=(EVE,))
    except Refused:
        return
    for name, place, target, _other, back in doings:
        seats = desk.case.pending() or desk.case.seats
        if not seats:
            break
        seat = seats[place % len(seats)]
        by = ASKER if name in ("withdraw", "submit") else seat.who
        if name == "remove" and seat.parent:
            by = desk.case.seat(seat.parent).who
        to = f"s{back}" if name == "return" and back < len(steps) - 1 else ""
        if name == "force_pass":
            by = target
        before = desk.case
        try:
            desk.do(name, by, seat.no, people=(target,), to=to)
        except Refused:
            assert desk.case == before
            continue
        case = desk.case
        if case.status == "running":
            assert any(s.status == "open" for s in case.seats), "somebody is always asked"
            assert all((s.step, s.round) == (case.step, case.round) for s in case.pending()), (
                "only the step that runs waits for anybody"
            )
        else:
            assert not case.pending(), "who is asked has something to decide"
        assert all(
            s.who != ASKER and s.hand != ASKER for s in case.seats if s.status == "approved"
        ), "nobody signs his own request"
        assert len({s.no for s in case.seats}) == len(case.seats)
        if any(isinstance(e, Ended) for e in desk.events):
            assert not isinstance(desk.events[-1], Opened)
