"""The base information of a retail customer: its six categories, and by which working day who maintains what."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_gettext as _
from flask_babel import lazy_pgettext

from app.records import Choices

#: where it is kept, besides the customer's card (R01)
PROFILE = "retail_customer_profile"


class Category(Choices):
    """D8§2: the six categories of the base information."""

    IDENTITY = "identity", _("Identity information")
    BASIC = "basic", _("Basic information")
    BUSINESS = "business", _("Business information")
    OPERATION = "operation", _("Operating information")
    LAW = "law", _("Law-abiding information")
    IMAGE = "image", _("Image information")


@dataclass(frozen=True)
class Stage:
    """A group of fields that is maintained together.

    :param done: the column of the onboarding form (R20) that says since when it is
    :param by: its column with the day until which it has to be
    :param workday: the n-th working day, the day of receipt counted as the first (BR-017)
    :param post: the role that maintains it (D8§4)
    """

    name: str
    title: Any
    done: str
    by: str
    workday: int
    post: str
    fields: tuple[str, ...]
    article: str
    code: str


BASE = Stage(
    "base", _("Location, visits, delivery, ordering and settlement"), "base_maintained_on", "base_by", 2,
    "statistics_analyst",
    (
        "geo_location", "visit_batch", "delivery_route", "delivery_sequence", "invoice_type", "service_person_id",
        "order_method", "settlement_method", "order_day",
    ),
    "D8§7.1", "DL-03",
)  # fmt: skip
QUANT = Stage(
    "quant", _("Market type, business form and quantification"), "quant_maintained_on", "quant_by", 3,
    "account_manager", ("market_type", "business_form", "quant_info"), "D8§7.2", "DL-04",
)  # fmt: skip
CIRCLE = Stage(
    "circle_display", _("Trade circle and display"), "circle_display_done_on", "circle_display_by", 10,
    "account_manager", ("trade_circle_type", "display_form"), "D8§7.2", "DL-06",
)  # fmt: skip
OTHER = Stage(
    "other", _("What is not needed at once"), "other_done_on", "other_by", 15,
    "account_manager", ("delivery_day", "law_standing", "signboard"), "D8§7.2", "DL-07",
)  # fmt: skip
ATTENTION = Stage(
    "attention_coop", lazy_pgettext("retail", "Attention and cooperation"), "attention_coop_done_on", "attention_coop_by", 20,
    "account_manager", ("attention_degree", "cooperation_degree"), "D8§7.2", "DL-08",
)  # fmt: skip

STAGES = (BASE, QUANT, CIRCLE, OTHER, ATTENTION)

#: what a grading (R26) looks at, and what is adjusted before each (DL-09)
GRADED = (*CIRCLE.fields, *ATTENTION.fields)

#: A-24: the document does not say which field stands in which category; the office edits it in R27
CATEGORY_OF: dict[str, Category] = {
    "customer_code": Category.IDENTITY,
    "licence": Category.IDENTITY,
    "geo_location": Category.IDENTITY,
    **dict.fromkeys(BASE.fields[1:], Category.BUSINESS),
    "delivery_day": Category.BUSINESS,
    **dict.fromkeys(QUANT.fields, Category.OPERATION),
    **dict.fromkeys(GRADED, Category.OPERATION),
    "law_standing": Category.LAW,
    "signboard": Category.IMAGE,
}

#: every field that somebody has to maintain
MAINTAINED = tuple(CATEGORY_OF)


def stage_of(name: str) -> Stage | None:
    return next((stage for stage in STAGES if name in stage.fields), None)
