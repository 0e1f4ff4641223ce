"""Customer and action -> facts."""
