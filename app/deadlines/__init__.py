"""Working days: what day is one, and by when something is due."""
