"""Customer and query -> facts."""
