"""Flows: what a customer has given, where the flow waits, and what a message does to it."""
