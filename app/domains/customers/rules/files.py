"""When the customer desk says no to what it keeps about a customer: R03, R04, R05, R06."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from flask_babel import gettext as _

from app.records import Refusal, clock
from app.records.reading import Unreadable, read

DURABLE_CARRIER = "paper"


def paper_says_its_ink(volume: Any) -> Iterator[Refusal]:
    """BR-011, D12 一.5: what is written on paper is written in ink that lasts."""
    if volume.carrier == DURABLE_CARRIER and not volume.ink:
        yield Refusal(_("For paper, say with which ink it is written."), "ink")
    if volume.carrier and volume.carrier != DURABLE_CARRIER and volume.ink:
        yield Refusal(_("Only paper is written with ink. Clear it, or choose paper."), "ink")


def volume_lasts(volume: Any) -> Iterator[Refusal]:
    """D12 一.5: carriers are of good quality and keep for long."""
    if not volume.durable:
        yield Refusal(
            _("Volumes are kept on carriers that last. Copy it onto a better one first."),
            "durable",
        )


def known_after_it_happened(event: Any) -> Iterator[Refusal]:
    if event.known_on and event.known_on > clock.today():
        yield Refusal(_("Enter it when it has happened."), "known_on")
    elif event.known_on and event.event_on and event.known_on < event.event_on:
        yield Refusal(_("It cannot be known before it happened."), "known_on")


def new_values_fit_the_card(event: Any) -> Iterator[Refusal]:
    """Each new value must be one that the card itself would take; and no field twice."""
    customer = event.referred("customer")
    if customer is None:
        return
    specs, seen = customer.specs(), set()
    for effect in event.effects:
        if not effect.master_field or effect.master_field not in specs:
            continue
        spec = specs[effect.master_field]
        if effect.master_field in seen:
            yield Refusal(_("%(label)s stands here twice.", label=spec.label), "effect_on_master")
        seen.add(effect.master_field)
        try:
            value = read(spec, effect.new_value)
        except Unreadable as no:
            yield Refusal(str(no), "effect_on_master")
            continue
        if spec.kind.is_text and spec.length and value and len(value) > spec.length:
            yield Refusal(
                _("%(label)s has no room for so many characters.", label=spec.label),
                "effect_on_master",
            )


def dealing_is_not_in_the_future(dealing: Any) -> Iterator[Refusal]:
    if dealing.happened_on and dealing.happened_on > clock.now():
        yield Refusal(
            _("Enter it when it has happened; what is planned belongs to the next step."),
            "happened_on",
        )


def their_person_is_of_the_customer(dealing: Any) -> Iterator[Refusal]:
    person = dealing.referred("their_person")
    if person is not None and person.customer is not dealing.referred("customer"):
        yield Refusal(
            _("%(name)s belongs to another customer.", name=person.name), "their_person_id"
        )


def next_action_has_its_day(dealing: Any) -> Iterator[Refusal]:
    if dealing.next_action_on and not dealing.next_action:
        yield Refusal(_("Say what is to be done on that day."), "next_action")


def year_has_begun(record: Any) -> Iterator[Refusal]:
    if record.year and not 1949 <= record.year <= clock.today().year:
        yield Refusal(_("A year between 1949 and the present one."), "year")


def one_record_for_each_year(record: Any) -> Iterator[Refusal]:
    """R06: one record for a customer and year."""
    if not (record.customer_id and record.year):
        return
    if record.id is not None and not record.changed("customer_id", "year", "voided_at"):
        return
    twin = record.of_year(record.customer_id, record.year, record.id)
    if twin is not None:
        yield Refusal(
            _(
                "%(year)d of this customer is entered already, as %(number)s.",
                year=record.year,
                number=twin.number,
            ),
            "year",
        )
