"""What happens in a conversation, and what follows from it: pure code, no input or output."""
