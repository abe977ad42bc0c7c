"""A regulation of the house is drafted."""

from __future__ import annotations

from app.demo.company import COMPANY
from app.demo.story import Story
from app.domains.archives.models import Regulation
from app.extensions import db
from app.records.moving import moving


def draft_a_regulation(story: Story) -> None:
    with story.as_("it_head"):
        draft = Regulation(
            title_="信息设备盘点实施细则",
            level="detailed_rules",
            trial=True,
            interpreted_by="网络信息科",
            approved_by="总经理",
            issuer=COMPANY,
            dept_id=story.people["it_head"].dept_id,
        )
        db.session.add(draft)
        db.session.flush()
        moving("consulting")(draft, None)
