"""An article on a page of its own: what it says, and which registers come from it."""

from __future__ import annotations

from typing import Any

from flask import abort, current_app, g, render_template
from flask_babel import gettext as _

from app.domains.archives import library
from app.domains.archives.articles import place_of
from app.registers import pages
from app.registers.page import Page, expose, signed_in
from app.security import scopes


class Articles(Page):
    """Everybody may read what he is held to (D11)."""

    route_base = "/articles"
    default_view = "article"

    @expose("/<string:mark>")
    @expose("/<string:mark>/<string:place>")
    @signed_in
    def article(self, mark: str, place: str = "") -> Any:
        reference = f"{mark}§{place}" if place else mark
        found = library.find(reference)
        if found is None:
            abort(404)
        _mark, document, label = found
        shown = library.below(document, label) if place else list(document.parts.values())
        return render_template(
            "archives/article.html",
            head=pages.Head(
                "regulation",
                f"《{document.title}》",
                facts=[pages.Cell(text=f"§{place}")] if place else [],
                actions=[
                    pages.Action("all", _("The whole regulation"), f"/articles/{mark}", "book-2")
                ]
                if place
                else [],
                trail=[pages.Link(_("Regulation library"), "/regulation/list/")],
            ),
            parts=shown,
            registers=_registers_from(mark, place),
        )


def _registers_from(mark: str, place: str) -> list[pages.Link]:
    """The registers that name this article, or one above or below it, as their source."""
    wanted = place_of(f"{mark}§{place}") if place else (mark, ())
    found = []
    for name, view in current_app.extensions["registers"].items():
        if not scopes.may(g.person, "r", name):
            continue
        for source in view.record.sources:
            named = place_of(source)
            if named and wanted and named[0] == mark:
                shorter = min(len(named[1]), len(wanted[1]))
                if named[1][:shorter] == wanted[1][:shorter]:
                    found.append(pages.Link(str(view.title), f"/{name}/list/", view.icon))
                    break
    return found
