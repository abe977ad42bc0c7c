"""Who signs what, in which order: flows, cases, tasks, and every act upon them."""

from app.approvals.approvable import Approvable, Outcome, Route, Step

__all__ = ["Approvable", "Outcome", "Route", "Step"]
