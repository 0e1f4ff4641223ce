"""One turn from message to reply; turn.py is the page to read first."""
