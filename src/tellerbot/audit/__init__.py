"""Append-only, tamper-evident record; verify."""
