"""The version, kept apart so that naming it imports nothing."""

__version__ = "0.1.0"
