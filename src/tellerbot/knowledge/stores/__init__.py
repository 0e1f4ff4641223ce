"""Where passages' vectors are kept and searched: PostgreSQL, Qdrant or Pinecone behind one protocol."""
