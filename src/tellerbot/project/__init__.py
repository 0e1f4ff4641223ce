"""The user's project folder: schema, loading, scaffold, the demo project."""
