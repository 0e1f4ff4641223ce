"""A language model that asks what a passage answers (needs the `train` extra).

Fine-tuned to say a question after its passage, it does two things for a retriever that is six times smaller: it
writes questions for every passage of the corpus, for the encoder to train on and for keyword search to find (doc2query,
Nogueira et al. 2019; GPL, Wang et al. 2022), and its likelihood of a question after each of some passages (Ponte and
Croft 1998) teaches the reranker which of them it is about. It is not needed to serve.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional
from transformers import GenerationConfig

from tellerbot.data.split import fingerprint
from tellerbot.encoder.text import batch_by_length
from tellerbot.knowledge.config import QuestionsConfig
from tellerbot.knowledge.rows import Retrieval
from tellerbot.training.checkpoint import in_chunks
from tellerbot.training.fine_tune import fine_tune
from tellerbot.training.language_model import open_language_model, quiet
from tellerbot.training.loop import has_bf16, pick_device, seed_everything
from tellerbot.training.progress import Progress
from tellerbot.training.recipe import MASKED, EncodedPair, Recipe
from tellerbot.training.task import History

ASKS = "\n\nQuestion:"
# Tokens that a question may take at most, and from how many each is drawn.
MAX_QUESTION, LIKELIEST = 48, 30
# Sequences read at once where no gradient is needed; four times as many are written, whose logits are of one token.
AT_ONCE = 128
# Saves in a training of all weights, which takes minutes; each is 1.6 GB of SmolLM2.
SAVES = 4
# Passages after which what was written or read is kept.
CHUNK = 512


class QuestionModel:
    """P(question | passage) of a causal language model."""

    def __init__(self, folder: Path, max_tokens: int) -> None:
        """Passages are cut to `max_tokens`."""
        self.tokenizer, model = open_language_model(folder)
        self.device = pick_device()
        self.model = model.to(self.device)
        self.max_tokens = max_tokens
        self.end = int(self.tokenizer.eos_token_id)
        self.tokenizer.pad_token = self.tokenizer.pad_token or self.tokenizer.eos_token
        self._asks = self._ids([ASKS])[0]

    def _ids(self, texts: Sequence[str]) -> list[list[int]]:
        return self.tokenizer(list(texts), add_special_tokens=False)["input_ids"]

    def before(self, passages: Sequence[str]) -> list[list[int]]:
        """Return the tokens that a question follows."""
        return [ids[: self.max_tokens] + self._asks for ids in self._ids(passages)]

    def encode(self, pairs: Sequence[tuple[str, str]]) -> list[EncodedPair]:
        """Encode (question, passage) pairs; the question and its end are learned, the passage is not."""
        asked = [[*ids[:MAX_QUESTION], self.end] for ids in self._ids([f" {question}" for question, _ in pairs])]
        before = self.before([passage for _, passage in pairs])
        return [
            EncodedPair([*first, *then], [*[MASKED] * len(first), *then])
            for first, then in zip(before, asked, strict=True)
        ]

    def likelihoods(self, pairs: Sequence[tuple[str, str]]) -> list[float]:
        """Log-likelihoods in nats of the questions of (question, passage) pairs."""
        found = np.zeros(len(pairs), np.float32)
        encoded = self.encode(pairs)
        for rows in batch_by_length([len(pair.input_ids) for pair in encoded], AT_ONCE)[0]:
            with self.frozen():
                found[rows] = self._read([encoded[row] for row in rows]).cpu().numpy()
        return found.tolist()

    def _read(self, pairs: Sequence[EncodedPair]) -> Tensor:
        """(pairs,) log-likelihoods of the labels, in nats."""
        ids, mask = self._padded([pair.input_ids for pair in pairs])
        states = self.model.base_model(input_ids=ids, attention_mask=mask, use_cache=False).last_hidden_state
        labels = [torch.tensor(pair.labels) for pair in pairs]
        # Each place says the next token.
        next_ids = nn.utils.rnn.pad_sequence(labels, batch_first=True, padding_value=MASKED)[:, 1:].to(self.device)
        chosen = next_ids != MASKED
        # Only where a question is: the vocabulary is a hundred times as wide as a state.
        logits = self.model.get_output_embeddings()(states[:, :-1][chosen]).float()
        each = -functional.cross_entropy(logits, next_ids[chosen], reduction="none")
        rows = torch.arange(len(pairs), device=self.device)[:, None].expand_as(chosen)[chosen]
        return torch.zeros(len(pairs), device=self.device).index_add(0, rows, each)

    def ask(self, passages: Sequence[str], count: int) -> list[list[str]]:
        """At most `count` different questions for each passage, drawn at random from the likeliest tokens."""
        asked: list[list[str]] = [[] for _ in passages]
        before = self.before(passages)
        # The folder may name a penalty for repetition, which would punish the passage's own words.
        drawn = GenerationConfig(
            do_sample=True, temperature=1.0, top_p=1.0, top_k=LIKELIEST, num_return_sequences=count,
            max_new_tokens=MAX_QUESTION, eos_token_id=self.end, pad_token_id=self.end,
        )  # fmt: skip
        for rows in batch_by_length([*map(len, before)], max(1, 4 * AT_ONCE // count))[0]:
            ids, mask = self._padded([before[row] for row in rows], left=True)
            with self.frozen():
                found = self.model.generate(input_ids=ids, attention_mask=mask, generation_config=drawn)
            texts = self.tokenizer.batch_decode(found[:, ids.shape[1] :], skip_special_tokens=True)
            for at, row in enumerate(rows):
                lines = (text.strip().split("\n")[0] for text in texts[at * count : (at + 1) * count])
                kept = {fingerprint(line): line for line in lines}
                asked[row] = [line for print, line in kept.items() if print]
        return asked

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """Without gradients, in bf16 where the hardware has it."""
        self.model.eval()
        with torch.inference_mode(), torch.autocast(self.device.type, torch.bfloat16, enabled=has_bf16(self.device)):
            yield

    def _padded(self, rows: Sequence[Sequence[int]], *, left: bool = False) -> tuple[Tensor, Tensor]:
        ids = np.full((len(rows), max(map(len, rows))), self.end)
        mask = np.zeros(ids.shape, np.int64)
        for at, row in enumerate(rows):
            place = slice(ids.shape[1] - len(row), None) if left else slice(len(row))
            ids[at, place], mask[at, place] = row, 1
        return torch.from_numpy(ids).to(self.device), torch.from_numpy(mask).to(self.device)


def fit_questions(
    folder: Path, config: QuestionsConfig, seed: int, retrieval: Retrieval, work: Path, progress: Progress
) -> tuple[QuestionModel, History]:
    """Fine-tune the language model in `folder` on the training questions; what is needed to go on is kept in `work`."""
    seed_everything(seed)
    model = QuestionModel(folder, config.max_tokens)
    rows = {
        name: model.encode([(row.text, retrieval.corpus[row.passage]) for row in retrieval.parts[name]])
        for name in ("train", "validation")
    }
    recipe = Recipe(
        seed=seed, epochs=config.epochs, batch_size=config.batch_size, learning_rate=config.learning_rate, saves=SAVES
    )
    with quiet():
        history = fine_tune(model.model, model.tokenizer, recipe, rows, work / "questions", progress)
    for parameter in model.model.parameters():
        parameter.grad = None
        if has_bf16(model.device):
            # From here on it is only read: no need to convert its weights in every step. Its buffers stay as they are:
            # rounded, the frequencies of the positions would be others.
            parameter.data = parameter.data.to(torch.bfloat16)
    return model, history


def write_questions(
    model: QuestionModel, count: int, seed: int, retrieval: Retrieval, kept: Path, progress: Progress
) -> dict[str, list[str]]:
    """Questions for each passage by its id, copies sharing theirs; what the file `kept` holds is not written again."""
    texts = {fingerprint(text): text for text in retrieval.corpus.values() if text.strip()}

    def make(start: int, some: Sequence[str]) -> list[list[str]]:
        seed_everything(seed + start)
        found = model.ask(some, count)
        progress(start + len(some), len(texts), "questions are written")
        return found

    asked = dict(zip(texts, in_chunks(kept, list(texts.values()), CHUNK, make), strict=True))
    return {id: asked.get(fingerprint(text), []) for id, text in retrieval.corpus.items()}
