"""The press: turns declarations into pages and APIs."""
