"""The start page: what waits for me; the search over all registers."""
