"""Departments, posts and people: who is who, who heads whom, who stands in."""
