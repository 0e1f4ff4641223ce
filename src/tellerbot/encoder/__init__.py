"""Text -> vectors: the trained encoder (torch) and its exported twin (ONNX int8, no torch)."""
