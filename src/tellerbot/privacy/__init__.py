"""Text -> masked text."""
