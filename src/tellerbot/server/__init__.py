"""HTTP, sign-in, limits, web pages."""
