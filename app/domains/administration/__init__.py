"""General administration: what the office keeps for everybody, and who approves what. Kept by the office."""
