"""A responder as it is served: CTranslate2 weights in int8, the tokenizer and the prompt's format, without torch.

The weights lie in `model.ct2`, which CTranslate2 names model.bin: a plain list of arrays, read from memory under the
name it expects, so that no file ending in .bin is ever opened.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ctranslate2
from tokenizers import Tokenizer

from tellerbot.encoder.runtime import threads as most_threads
from tellerbot.errors import ArtefactError
from tellerbot.responses.prompt import from_model_text, read_format, to_model_text

WEIGHTS, TOKENIZER = "model.ct2", "tokenizer.json"
# Prompts that are read or scored at once.
AT_ONCE = 16
# Called with a prompt's place, the text so far, and whether it has come to its end; true stops that reply.
TextCallback = Callable[[int, str, bool], bool]


@dataclass(frozen=True, slots=True)
class WrittenReply:
    """A reply; `whole` says whether it came to its end rather than to the most tokens, or was stopped."""

    text: str
    tokens: int
    whole: bool


class ExportedModel:
    """A causal or an encoder-decoder model. Not for several threads at once."""

    def __init__(self, folder: Path, threads: int) -> None:
        """Load the responder of a folder. Raises ArtefactError when it holds none that can be read."""
        self.format, self.threads = read_format(folder), threads
        try:
            self.tokenizer = Tokenizer.from_file(str(folder / TOKENIZER))
            self.tokenizer.no_truncation()
            files = {
                path.name: path.read_bytes() for path in (folder / "config.json", *folder.glob("*vocabulary.json"))
            }
            files["model.bin"] = (folder / WEIGHTS).read_bytes()
            kind = ctranslate2.Translator if self.format.encoder_decoder else ctranslate2.Generator
            self._model: Any = kind(str(folder), device="cpu", intra_threads=threads, files=files)
        except Exception as error:
            # Both libraries raise bare exceptions of their own for a file that is cut short.
            raise ArtefactError(f"{folder}: expected a responder, found: {error}. Train it again.") from error
        self._fixed = self._tokens(self.format.fixed)
        self._end = self.format.end

    def write(self, prompts: Sequence[str], most: int, on_text: TextCallback | None = None) -> list[WrittenReply]:
        """Write a reply of at most `most` tokens to each prompt, the likeliest token at each step."""
        ids: list[list[int]] = [[] for _ in prompts]
        tokenizer, end = self.tokenizer, self._end
        # CTranslate2's thread lets go of the callback at a time of its own. Were it the last to hold this model then,
        # the thread would have to wait for itself to end: the callback must not hold it, nor what it calls.
        sinks = [on_text] if on_text else []

        def step(result: Any) -> bool:
            at = result.batch_id
            ids[at].append(result.token_id)
            text = _text(tokenizer, ids[at])
            # Half a character waits for its other half.
            ended = result.token == end
            return bool(sinks[0](at, text, ended)) if sinks and (ended or not text.endswith("\ufffd")) else False

        asked = [self._tokens(self.format.ask(prompt)) for prompt in prompts]
        how: dict[str, Any] = {"beam_size": 1, "end_token": [self._end], "return_end_token": True}
        if on_text:
            how["callback"] = step
        try:
            if self.format.encoder_decoder:
                source = [[*self._fixed, *tokens, self._end] for tokens in asked]
                found = self._model.translate_batch(source, max_decoding_length=most, **how)
                tokens = [result.hypotheses[0] for result in found]
            else:
                found = self._model.generate_batch(
                    asked, static_prompt=self._fixed, max_length=most, include_prompt_in_result=False, **how,
                )  # fmt: skip
                tokens = [result.sequences[0] for result in found]
        finally:
            sinks.clear()
        written: list[WrittenReply] = []
        for each in tokens:
            whole = bool(each) and each[-1] == self._end
            text = _text(tokenizer, [self._id(token) for token in (each[:-1] if whole else each)])
            written.append(WrittenReply(text, len(each), whole))
        return written

    def score(self, pairs: Sequence[tuple[str, str]]) -> list[tuple[float, int]]:
        """Return each (prompt, reply)'s log-likelihood in nats of the reply with its end, and its number of tokens."""
        replies = [[*self._tokens(to_model_text(reply)), self._end] for _, reply in pairs]
        asked = [[*self._fixed, *self._tokens(self.format.ask(prompt))] for prompt, _ in pairs]
        if self.format.encoder_decoder:
            source = [[*tokens, self._end] for tokens in asked]
            found = self._model.score_batch(source, [reply[:-1] for reply in replies], max_batch_size=AT_ONCE)
        else:
            both = [first + then for first, then in zip(asked, replies, strict=True)]
            found = self._model.score_batch(both, max_batch_size=AT_ONCE, max_input_length=0)
        lengths = [len(reply) for reply in replies]
        return [(float(sum(result.log_probs[-length:])), length) for result, length in zip(found, lengths, strict=True)]

    def ids(self, prompt: str) -> list[int]:
        """Return the ids of a whole request."""
        return [self._id(token) for token in [*self._fixed, *self._tokens(self.format.ask(prompt))]]

    def _tokens(self, text: str) -> list[str]:
        return self.tokenizer.encode(text, add_special_tokens=False).tokens

    def _id(self, token: str) -> int:
        found = self.tokenizer.token_to_id(token)
        return 0 if found is None else found


def open_quickest(folder: Path) -> ExportedModel:
    """Open the model with twice as many threads, from one on, while that writes one reply quicker here.

    The speed is measured.

    In virtual machines it can take longer to wake a second thread than to do its work. Raises what ExportedModel does.
    """
    best = ExportedModel(folder, 1)
    while 2 * best.threads <= most_threads():
        wider = ExportedModel(folder, 2 * best.threads)
        if _seconds(wider) >= _seconds(best):
            break
        best = wider
    return best


def _seconds(model: ExportedModel) -> float:
    """Measure the seconds of a short reply to a brief of about 100 tokens, the best of three."""
    taken = []
    model.write(["Customer: hello"], 1)
    for _ in range(3):
        start = time.perf_counter()
        model.write([f"Customer: {'hello ' * 90}"], 12)
        taken.append(time.perf_counter() - start)
    return min(taken)


def _text(tokenizer: Tokenizer, ids: Sequence[int]) -> str:
    return from_model_text(tokenizer.decode(list(ids), skip_special_tokens=True))
