"""Long work as a person sees it: what he ordered, how far it is, what came of it; he may leave and come back."""

from __future__ import annotations

from typing import Any

from flask import abort, flash, g, jsonify, redirect, render_template, send_file
from flask_babel import gettext as _
from flask_babel import pgettext

from app.audit import record_event
from app.extensions import db
from app.jobs import Job, State, cancel, mine, results
from app.registers import pages
from app.registers.cells import moment
from app.registers.page import Page, expose, signed_in

_TONES: dict[str, pages.Tone] = {
    "queued": "draft",
    "running": "run",
    "done": "ok",
    "failed": "bad",
    "cancelled": "mute",
}
#: the pages that show what came of a kind of job better than this one
_HOMES = {
    "try_import": "/imports/{import}",
    "load_import": "/imports/{import}",
    "undo_import": "/imports/{import}",
}


class Jobs(Page):
    """The jobs a person ordered. Nobody sees another one's: titles and results may say too much."""

    route_base = "/jobs"
    default_view = "list"

    @expose("/", methods=["GET"])
    @signed_in
    def list(self) -> Any:
        rows = [row_of(one) for one in mine(g.person.user_id, 100)]
        head = pages.Head("", _("My jobs"), trail=[])
        return render_template("jobs/list.html", page={"head": head}, rows=rows)

    def _job(self, job_id: int) -> Job:
        found = db.session.get(Job, job_id)
        if found is None or found.created_by_id != g.person.user_id:
            abort(404)
        return found

    @expose("/<int:job_id>", methods=["GET"])
    @signed_in
    def show(self, job_id: int) -> Any:
        found = self._job(job_id)
        head = pages.Head(
            "",
            found.title,
            chips=[pages.Chip(str(State(found.state).label), _TONES[found.state])],
            trail=[pages.Link(_("My jobs"), "/jobs/")],
        )
        return render_template(
            "jobs/show.html",
            page={"head": head},
            job=row_of(found),
            state=state_of(found),
            facts=facts_of(found),
            can_cancel=not found.has_ended,
        )

    @expose("/<int:job_id>.json", methods=["GET"])
    @signed_in
    def state(self, job_id: int) -> Any:
        return jsonify(state_of(self._job(job_id)))

    @expose("/<int:job_id>/cancel", methods=["POST"])
    @signed_in
    def cancel(self, job_id: int) -> Any:
        found = self._job(job_id)
        if not found.has_ended:
            cancel(found.id)
            flash(_("It stops as soon as it can."), "info")
        return redirect(f"/jobs/{job_id}")

    @expose("/<int:job_id>/file", methods=["GET"])
    @signed_in
    def file(self, job_id: int) -> Any:
        """What the job left; kept for some days."""
        found = self._job(job_id)
        result = found.result if isinstance(found.result, dict) else {}
        name = str(result.get("file") or "")
        if not name:
            abort(404)
        try:
            stream = results.fetch(found.id)
        except FileNotFoundError:
            flash(_("The file is no longer kept. Order it once more."), "danger")
            return redirect(f"/jobs/{job_id}")
        record_event("export", label=found.title, details={"job": found.id, "file": name})
        inline = name.endswith(".pdf")
        response = send_file(
            stream,
            mimetype="application/pdf" if inline else "application/octet-stream",
            as_attachment=not inline,
            download_name=name,
        )
        response.headers["Cache-Control"] = "no-store"
        return response


def row_of(job: Job) -> dict[str, Any]:
    result = job.result if isinstance(job.result, dict) else {}
    home = _HOMES.get(job.kind, "")
    run_id = job.arguments.get("run_id")
    return {
        "id": job.id,
        "title": job.title,
        "url": home.format(**{"import": run_id}) if home and run_id else f"/jobs/{job.id}",
        "when": moment(job.created_at),
        "ended": moment(job.ended_at) if job.ended_at else "",
        "state": pages.Chip(str(State(job.state).label), _TONES[job.state]),
        "has_ended": job.has_ended,
        "error": job.error,
        "file": f"/jobs/{job.id}/file" if result.get("file") else "",
        "file_name": str(result.get("file") or ""),
    }


def state_of(job: Job) -> dict[str, Any]:
    """What programs and the progress bar ask for."""
    said = job.as_dict()
    return said | {
        "done": said["done"] or 0,
        "total": said["total"] or 0,
        "text": said["note"] or job.title,
        "finished": job.has_ended,
        "url": row_of(job)["url"] if job.has_ended else "",
    }


def facts_of(job: Job) -> list[tuple[str, str]]:
    """What came of it, in words."""
    labels = {
        "printed": _("Printed"),
        "refused": _("Not yours, or gone"),
        "pages": pgettext("print", "Pages"),
        "rows": pgettext("print", "Rows"),
        "loaded": _("Loaded"),
    }
    result = job.result if isinstance(job.result, dict) else {}
    return [
        (labels[name], f"{value:,}" if isinstance(value, int) else str(value))
        for name, value in result.items()
        if name in labels
    ]
