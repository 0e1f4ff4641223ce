"""Metrics, comparisons, reports; scores any callable."""
