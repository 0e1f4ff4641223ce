"""Rows: read, validate, split, look for leaks."""
