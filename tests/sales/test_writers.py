"""Many who write facts at once: nobody's figures are lost in the sums. Real threads, and real processes."""

from __future__ import annotations

import contextvars
import os
import subprocess
import sys
import threading
import time
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import func, select

from app.domains.sales import rollups
from app.domains.sales.models import SalesFact
from app.domains.sales.rollups import SalesByCustomer, SalesTotal
from app.extensions import db
from app.records import writing
from tests.sales.shop import a_customer, a_product, day

ROOT = Path(__file__).resolve().parents[2]
EACH = 12

WRITER = """
import os, sys
from datetime import date
from decimal import Decimal
from app import create_app
first, customer, month = int(sys.argv[1]), int(sys.argv[2]), date.fromisoformat(sys.argv[3])
app = create_app()
with app.app_context():
    from app.domains.sales.models import SalesFact
    from app.extensions import db
    from app.records import writing
    for product in range(first, first + int(sys.argv[4])):
        with writing("cli"):
            db.session.add(SalesFact(
                customer_id=customer, product_id=product, month=month, sales_amount=Decimal("1.25")
            ))
"""


@pytest.fixture
def goods(people):
    with writing("cli"):
        customer = a_customer("同时客户")
        products = [a_product(f"商品{n}") for n in range(4 * EACH)]
    return customer, products


def sum_of(customer, period):
    return db.session.execute(
        select(SalesByCustomer.sales, SalesByCustomer.facts).where(
            SalesByCustomer.customer_id == customer.id, SalesByCustomer.period == period
        )
    ).one()


@pytest.mark.catalogue("R52")
def test_threads_that_write_at_once_lose_no_figure(app, goods):
    customer, products = goods
    pk, ids = customer.id, [p.id for p in products]
    failed = []

    def write(mine):
        def inside():
            with app.app_context():
                for product in mine:
                    try:
                        with writing("cli"):
                            db.session.add(
                                SalesFact(
                                    customer_id=pk,
                                    product_id=product,
                                    month=day("2026-03"),
                                    sales_amount=Decimal("1.25"),
                                )
                            )
                    except Exception as error:
                        failed.append(error)
                db.session.remove()

        contextvars.Context().run(inside)

    threads = [
        threading.Thread(target=write, args=(ids[n * EACH : (n + 1) * EACH],)) for n in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)

    db.session.rollback()
    assert failed == []
    for period in (202603, 202621, 202600, 0):
        assert sum_of(customer, period) == (Decimal("1.25") * 4 * EACH, 4 * EACH)
    assert not any(rollups.differences(db.session.connection()).values())


@pytest.mark.processes
@pytest.mark.catalogue("R52")
def test_processes_that_write_at_once_lose_no_figure(app, goods, database):
    customer, products = goods
    # What other processes write is not seen from here, and must be taken back all the same.
    database.written |= {"sales_fact", "audit_log", *rollups.FACTS.tables}
    first = products[0].id
    assert [p.id for p in products] == list(range(first, first + 4 * EACH))
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    writers = [
        subprocess.Popen(
            [
                sys.executable,
                "-c",
                WRITER,
                str(first + n * 2 * EACH),
                str(customer.id),
                "2026-03-01",
                str(2 * EACH),
            ],
            cwd=ROOT,
            env=environment,
            stderr=subprocess.PIPE,
        )
        for n in range(2)
    ]
    said = [writer.communicate(timeout=120)[1].decode() for writer in writers]

    db.session.rollback()
    assert [writer.returncode for writer in writers] == [0, 0], said
    assert sum_of(customer, 0) == (Decimal("1.25") * 4 * EACH, 4 * EACH)
    total = db.session.scalar(select(func.sum(SalesTotal.facts)).where(SalesTotal.period == 0))
    assert int(total) == 4 * EACH
    assert not any(rollups.differences(db.session.connection()).values())


@pytest.mark.catalogue("R52")
def test_two_loads_in_opposite_order_do_not_block_each_other(app, goods):
    """Each writes the sums of two customers, one after the other: they would wait for each other."""
    customer, products = goods
    with writing("cli"):
        other = a_customer("另一客户")
    pks, product = (customer.id, other.id), products[0].id
    failed = []
    both = threading.Barrier(2, timeout=30)

    def load(customers, month):
        def inside():
            with app.app_context():
                both.wait()
                try:
                    with writing("cli"):
                        for pk in customers:
                            db.session.add(
                                SalesFact(
                                    customer_id=pk,
                                    product_id=product,
                                    month=day(month),
                                    sales_amount=Decimal(1),
                                )
                            )
                            db.session.flush()
                            time.sleep(0.3)
                except Exception as error:
                    failed.append(error)
                db.session.remove()

        contextvars.Context().run(inside)

    threads = [
        threading.Thread(target=load, args=(pks, "2026-03")),
        threading.Thread(target=load, args=(pks[::-1], "2026-04")),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)

    db.session.rollback()
    assert failed == []
    assert sum_of(customer, 202600)[1] == sum_of(other, 202600)[1] == 2
