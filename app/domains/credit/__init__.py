"""The credit office: visits, trade cards, investigations, classes, limits and conditions; the marketing manager answers for it."""
