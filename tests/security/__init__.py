"""Tests of the doors and of who may what."""
