"""The exported encoder: ONNX int8 on the core install."""

import os
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from tokenizers import Tokenizer

from tellerbot.encoder.text import as_reader, batch_by_length, encode_texts
from tellerbot.errors import ArtefactError

MODEL_FILE = "encoder.onnx"
TOKENIZER_FILE = "tokenizer.json"
# Tokens in one batch from which two threads are no slower than one (docs/experiments.md).
SHARED_FROM = 80
# Held by the one caller whose batches are computed side by side: while they are, the cores have no room for others'.
_SHARING = threading.Lock()


def cores() -> int:
    """Return how many cores this process may use; where a system does not say, as macOS, all that there are."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def threads() -> int:
    """Return the threads to compute with: OMP_NUM_THREADS, else the cores this process may use."""
    return int(os.environ.get("OMP_NUM_THREADS", "").split(",")[0] or cores())


@cache
def _pool() -> ThreadPoolExecutor:
    """Return all encoders' threads to compute batches side by side: starting new ones takes as long as a batch."""
    return ThreadPoolExecutor(threads(), thread_name_prefix="encoder")


class OnnxEncoder:
    """Runs `encoder.onnx` with its `tokenizer.json` (which carries truncation and padding) from a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        try:
            self.tokenizer = as_reader(Tokenizer.from_file(str(folder / TOKENIZER_FILE)))
            self.session = self._open(1)
            # For one batch of much text. Many batches are computed side by side instead, each on one thread.
            self.wide = self._open(threads()) if threads() > 1 else self.session
        except Exception as error:  # both libraries raise bare Exceptions for unreadable files
            raise ArtefactError(
                f"{folder}: expected a readable {MODEL_FILE} and {TOKENIZER_FILE}, found: {error}. "
                "Export the run or build the release again."
            ) from error
        self.inputs = {entry.name for entry in self.session.get_inputs()}
        self.outputs = [entry.name for entry in self.session.get_outputs()]

    def _open(self, width: int) -> onnxruntime.InferenceSession:
        """Open a session that computes one call on `width` threads."""
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = width
        options.inter_op_num_threads = 1
        # Small work blocks: a thread that is held up by other work does not hold up the rest.
        options.add_session_config_entry("session.dynamic_block_base", "4")
        # Threads that wait busily take the cores from the search that comes next, and from other requests.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        return onnxruntime.InferenceSession(str(self.folder / MODEL_FILE), options, providers=["CPUExecutionProvider"])

    def __call__(
        self, texts: Sequence[str] | Sequence[tuple[str, str]], batch_size: int = 32
    ) -> dict[str, NDArray[np.float32]]:
        """Each output of the graph, with one row for each text, or pair of texts read as one, in the order given."""
        encodings = encode_texts(self.tokenizer, texts)
        lengths = [sum(encoding.attention_mask) for encoding in encodings]
        batches, places = batch_by_length(lengths, batch_size)
        session = self.wide if len(batches) == 1 and len(texts) * max(lengths) >= SHARED_FROM else self.session

        def run(rows: list[int]) -> list[NDArray[np.float32]]:
            longest = max(lengths[row] for row in rows)
            feed = {
                "input_ids": np.array([encodings[row].ids[:longest] for row in rows], dtype=np.int64),
                "attention_mask": np.array([encodings[row].attention_mask[:longest] for row in rows], dtype=np.int64),
                "token_type_ids": np.zeros((len(rows), longest), dtype=np.int64),
            }
            return session.run(None, {name: feed[name] for name in self.inputs})  # type: ignore[return-value]

        if len(batches) > 1 and _SHARING.acquire(blocking=False):
            try:
                parts = list(_pool().map(run, batches))
            finally:
                _SHARING.release()
        else:
            parts = [run(batch) for batch in batches]
        return {name: np.concatenate([part[at] for part in parts])[places] for at, name in enumerate(self.outputs)}
