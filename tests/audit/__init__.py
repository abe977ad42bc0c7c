"""Tests of the book nobody can rewrite."""
