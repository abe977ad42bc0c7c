"""What the sales analysis counts, in the order of the overview."""

from app.domains.sales.measures.composition import Composition

from app.domains.sales.measures.abc import Abc  # isort: skip
from app.domains.sales.measures.customer_share import CustomerShare  # isort: skip
from app.domains.sales.measures.estimates import EstimateWays  # isort: skip
from app.domains.sales.measures.seasons import Seasons  # isort: skip
from app.domains.sales.measures.products import ProductComposition  # isort: skip
from app.domains.sales.measures.gross_profit import GrossProfit  # isort: skip
from app.domains.sales.measures.turnover import Turnover  # isort: skip
from app.domains.sales.measures.hot_and_slow import HotAndSlow  # isort: skip

__all__ = [
    "Abc",
    "Composition",
    "CustomerShare",
    "EstimateWays",
    "GrossProfit",
    "HotAndSlow",
    "ProductComposition",
    "Seasons",
    "Turnover",
]
