"""Long work: ordered, done, cancelled, taken up again."""
