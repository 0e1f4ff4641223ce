"""Document -> blocks. Nothing in a document is run, opened or fetched."""
