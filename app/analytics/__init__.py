"""Measures that any register may use: declared once, read as page, sheet, paper, JSON and on the command line."""
