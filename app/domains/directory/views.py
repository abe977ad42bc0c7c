"""How the common ground is read and filled."""

from __future__ import annotations

from flask_babel import lazy_gettext as _

from app.organisation.models import Department, Employee, Post
from app.registers.declare import Related, Section, View
from app.registers.view import RegisterView


class DepartmentView(RegisterView):
    record = Department
    title = _("Departments")
    icon = "sitemap"
    kind = "lookup"
    list_columns = ("number", "name", "kind", "parent_id", "head_id", "it_liaison_id")
    layout = (
        Section(_("Department"), "name", "kind", "parent_id", "head_id"),
        Section(
            _("Tasks"),
            "it_liaison_id",
            "keeps_customer_archive",
            "keeps_it_assets",
            article="D7§6",
        ),
    )
    related = (Related("employee", "dept_id"), Related("post", "dept_id"))


class PostView(RegisterView):
    record = Post
    title = _("Posts")
    icon = "id-badge"
    list_columns = (
        "number",
        "post_name",
        "dept_id",
        "headcount",
        "vacancies",
        "is_key_post",
        "state",
    )
    layout = (
        Section(_("Post"), "post_name", "dept_id", "headcount", "grade", "is_key_post"),
        Section(_("Demands"), "duties", "quality_requirement", article="D7§7(1)"),
        Section(_("Holders"), "current_holders", "vacancies"),
    )
    related = (Related("employee", "post_id"),)
    views = (View("key", _("Key posts"), (("is_key_post", "is", "1"),)),)


class EmployeeView(RegisterView):
    record = Employee
    title = _("Employees")
    icon = "users"
    list_columns = ("number", "name", "dept_id", "post_id", "phone", "entered_on", "state")
    layout = (
        Section(_("Person"), "name", "employee_no", "phone", "entered_on"),
        Section(_("Place"), "dept_id", "post_id"),
    )
    views = (View("in_service", _("In service"), (("state", "is", "in_service"),)),)
