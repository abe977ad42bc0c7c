"""How flows are read, drawn up and put into force, and the tasks they have put before people."""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from flask_babel import lazy_pgettext

from app.approvals import publishing
from app.approvals.models import ApprovalFlow, ApprovalTask
from app.registers.declare import Operation, Section, View
from app.registers.view import RegisterView


class ApprovalFlowView(RegisterView):
    record = ApprovalFlow
    title = _("Approval flows")
    icon = "git-merge"
    list_columns = (
        "number",
        "name",
        "flow",
        "version_no",
        "register",
        "preset",
        "priority",
        "state",
    )
    layout = (
        Section(
            _("Flow"), "flow", "version_no", "name", "register", "preset", "priority", "applies_when",
            "purpose",
        ),
        Section(_("Steps"), "step_lines"),
    )  # fmt: skip
    order = "name"
    operations = (
        Operation(
            "publish", _("Publish"), publishing.publish, icon="circle-check", to="published", bulk=False,
            confirm=_("Publish? The version before it retires; cases under way keep theirs."),
            why_not=publishing.why_not_publish,
        ),
        Operation(
            "new_version", lazy_pgettext("flow", "New version"), publishing.new_version, icon="copy", bulk=False,
        ),
        Operation(
            "retire", _("Take out of force"), publishing.retire, icon="ban", to="retired", grave=True, bulk=False,
            confirm=_("Take the flow out of force? Then nothing can be submitted by it."),
            why_not=publishing.why_not_retire,
        ),
    )  # fmt: skip
    views = (
        View("published", _("Published"), (("state", "is", "published"),)),
        View("drafts", _("Drafts"), (("state", "is", "draft"),)),
    )


class ApprovalTaskView(RegisterView):
    record = ApprovalTask
    title = _("Approval tasks")
    icon = "signature"
    kind = "calculated"
    list_columns = ("subject", "step", "opened_at", "due_at", "outcome", "decided_at")
    layout = (
        Section(
            _("Task"), "subject", "step", "person", "opened_at", "due_at", "outcome", "decided_at"
        ),
    )
    fixed_columns = ("subject",)
