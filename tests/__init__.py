"""What the house promises, as sentences that a clerk would agree with."""
