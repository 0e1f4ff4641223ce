"""Where passages' vectors are kept and searched: files, PostgreSQL, Qdrant or Pinecone behind one protocol."""
