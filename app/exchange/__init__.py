"""Sheets in, sheets out: import with simulation and undo, export, and recipes that feed several registers."""

from app.exchange.faults import Fault, Unfit
from app.exchange.recipe import RECIPES, Feed, Input, Of, Recipe, declare

__all__ = ["RECIPES", "Fault", "Feed", "Input", "Of", "Recipe", "Unfit", "declare"]
