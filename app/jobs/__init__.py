"""Long work with progress: imports, exports, batches of prints, rebuilds, and what the clock starts."""

from app.jobs.job import Job, State
from app.jobs.work import (
    Cancelled,
    cancel,
    enqueue,
    in_hand,
    init_app,
    job,
    mine,
    progress,
    step,
    timer,
)

__all__ = [
    "Cancelled",
    "Job",
    "State",
    "cancel",
    "enqueue",
    "in_hand",
    "init_app",
    "job",
    "mine",
    "progress",
    "step",
    "timer",
]
