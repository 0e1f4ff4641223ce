"""Is a sentence supported by the evidence? Figures exactly, claims by a small model."""
