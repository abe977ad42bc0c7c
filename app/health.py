"""Is the house well: /healthz for whoever restarts it, /metrics for whoever watches it."""

from __future__ import annotations

import os
import time
from ipaddress import ip_address

from flask import Flask, Response, abort, g, request
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    REGISTRY,
    CollectorRegistry,
    Counter,
    Histogram,
    generate_latest,
)
from prometheus_client.multiprocess import MultiProcessCollector
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from app.extensions import db

REQUESTS = Counter(
    "taizhang_requests_total", "Requests answered", ("endpoint", "method", "status")
)
SECONDS = Histogram(
    "taizhang_request_seconds",
    "Time from a request's arrival to its answer",
    ("endpoint",),
    buckets=(0.005, 0.01, 0.02, 0.04, 0.08, 0.15, 0.3, 0.6, 1.2, 2.5, 5, 10, 30),
)

#: A proxy that forwards for others says so by one of these.
FORWARDED = ("Forwarded", "X-Forwarded-For", "X-Real-Ip")


def init_app(app: Flask) -> None:
    app.add_url_rule("/healthz", "healthz", healthz)
    app.add_url_rule("/metrics", "metrics", metrics)
    app.before_request(_start_the_watch)
    app.after_request(_count)


def healthz() -> Response:
    """200 while the database answers, 503 otherwise; who asks needs no account."""
    try:
        with db.engine.connect() as connection:
            connection.execute(text("SELECT 1"))
    except SQLAlchemyError:
        return Response("the database does not answer\n", 503, content_type="text/plain")
    return Response("ok\n", content_type="text/plain")


def metrics() -> Response:
    """The counters of all processes of this machine, for this machine only."""
    # No address: a Unix socket, which only a proxy uses.
    if not request.remote_addr or any(name in request.headers for name in FORWARDED):
        abort(404)
    if not ip_address(request.remote_addr).is_loopback:
        abort(404)
    return Response(generate_latest(_registry()), content_type=CONTENT_TYPE_LATEST)


def _registry() -> CollectorRegistry:
    """run.py starts several processes and gives them one folder to write their numbers to."""
    if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
        return REGISTRY
    registry = CollectorRegistry()
    MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return registry


def _start_the_watch() -> None:
    g.arrived = time.perf_counter()


def _count(response: Response) -> Response:
    # An unknown address has no endpoint: counting it by path would let strangers fill our memory.
    endpoint = request.endpoint or "unknown"
    REQUESTS.labels(endpoint, request.method, response.status_code).inc()
    if "arrived" in g:
        SECONDS.labels(endpoint).observe(time.perf_counter() - g.arrived)
    return response
