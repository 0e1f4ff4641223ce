"""Utterance -> intent, confidence and in-scope score."""
