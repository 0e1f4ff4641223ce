"""The record of what happened: events, the hash chain over them, and the database that keeps both."""
