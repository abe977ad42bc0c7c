"""The table of contents: what stands in the menu, and in which order."""

from __future__ import annotations

from flask_babel import lazy_gettext as _

from app.domains.directory.views import DepartmentView, EmployeeView, PostView
from app.registers.declare import Chapter

MENU = (
    Chapter("directory", _("Organisation"), "building", (DepartmentView, PostView, EmployeeView)),
)

#: pages that are no register
PAGES: tuple[type, ...] = ()
