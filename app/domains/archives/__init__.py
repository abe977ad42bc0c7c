"""The archives office: regulations in force and what they say, word by word; the office and every department that drafts one answer for it."""
