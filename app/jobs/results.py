"""Files that a job leaves for the person who ordered it: kept some days, and nobody else's."""

from __future__ import annotations

import logging
from datetime import timedelta
from pathlib import Path
from typing import IO, Any

import fsspec
from flask import current_app
from sqlalchemy import select

from app.extensions import db
from app.jobs.job import Job
from app.jobs.work import timer
from app.records import clock

log = logging.getLogger(__name__)

#: so long a result can be fetched
KEPT_FOR = timedelta(days=7)


def _place(job_id: int) -> tuple[Any, str]:
    # Beside the attachments, which every machine reaches, and not among them: these go again.
    root = f"{current_app.config['ATTACHMENTS_URL'].rstrip('/')}-results"
    filesystem, path = fsspec.core.url_to_fs(root)
    return filesystem, f"{path}/job-{job_id}"


def keep(job_id: int, source: Path) -> None:
    """Keep a file as the result of a job."""
    filesystem, path = _place(job_id)
    filesystem.makedirs(path.rpartition("/")[0], exist_ok=True)
    filesystem.put_file(str(source), path)


def fetch(job_id: int) -> IO[bytes]:
    """:raises FileNotFoundError: when it was never kept, or is gone"""
    filesystem, path = _place(job_id)
    return filesystem.open(path, "rb")  # type: ignore[no-any-return]


@timer("forget_results", hour="3", minute="20")
def forget() -> None:
    """Results that nobody may want any more."""
    before = clock.now() - KEPT_FOR
    old = select(Job.id).where(Job.ended_at < before, Job.ended_at > before - timedelta(days=30))
    for job_id in db.session.scalars(old).all():
        filesystem, path = _place(job_id)
        if filesystem.exists(path):
            filesystem.rm_file(path)
    db.session.rollback()
