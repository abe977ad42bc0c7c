"""Tests of general administration."""
