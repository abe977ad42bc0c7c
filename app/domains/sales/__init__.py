"""Sales analysis: figures, stock, policies and targets. Finance brings the sales, marketing answers for the rest."""
