"""Rows of replies for a run: read, split by what the customer wrote, and turned into token ids."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from os.path import commonprefix
from pathlib import Path
from typing import Any

from tellerbot.data.read import Row, Source, read_rows
from tellerbot.data.split import fingerprint, split_rows
from tellerbot.errors import DataError, Problem
from tellerbot.responses.config import ResponderConfig
from tellerbot.responses.prompt import PromptFormat, to_model_text
from tellerbot.responses.template import template_mistakes
from tellerbot.training.folders import rows_hash
from tellerbot.training.recipe import MASKED, EncodedPair
from tellerbot.training.task import SPLITS


@dataclass(frozen=True, slots=True)
class Pair:
    """A prompt and the reply to it."""

    prompt: str
    completion: str


@dataclass(frozen=True, slots=True)
class Replies:
    """Pairs by part: train, validation and test."""

    parts: Mapping[str, list[Pair]]
    detected: str

    def hash(self, part: str) -> str:
        """Return the SHA-256 over the pairs of a part."""
        return rows_hash((pair.prompt, pair.completion) for pair in self.parts[part])


def load_replies(data: Source, config: ResponderConfig) -> Replies:
    """Load the rows of a folder with train, validation and test files, or of one file or memory, which are split.

    In one file rows whose prompts nearly repeat each other stay together. Raises DataError for bad rows, for
    completions with a figure in the wording (a model trained on them learns to make figures up), and for test or
    validation prompts that are in the training rows.
    """
    if isinstance(data, str | Path) and Path(data).is_dir():
        files = {name: _one(Path(data), name) for name in SPLITS}
        parts = {name: file.rows for name, file in files.items()}
        detected = "; ".join(file.detected for file in files.values())
    else:
        file = read_rows(data, "replies")
        # A system message that every row has would make them all near-duplicates.
        shared = commonprefix([row.fields["prompt"] for row in file.rows]).rfind("\n") + 1  # noqa: RUF071
        labelled = [
            Row({**row.fields, "text": row.fields["prompt"][shared:], "label": "reply"}, row.line, row.file)
            for row in file.rows
        ]
        fractions = (
            1 - config.validation_fraction - config.test_fraction,
            config.validation_fraction,
            config.test_fraction,
        )
        parts = dict(zip(SPLITS, split_rows(labelled, fractions, config.seed), strict=True))
        detected = file.detected
    for rows in parts.values():
        refuse_figures(rows)
    known = {fingerprint(row.fields["prompt"]) for row in parts["train"]}
    for name in SPLITS[1:]:
        leaks = [row for row in parts[name] if fingerprint(row.fields["prompt"]) in known]
        if leaks:
            raise DataError(
                f"{leaks[0].file}:{leaks[0].line}: {len(leaks)} {name} prompts stand in the training rows. "
                "Remove them from one of the two."
            )
    return Replies(
        {name: [Pair(row.fields["prompt"], row.fields["completion"]) for row in rows] for name, rows in parts.items()},
        detected,
    )


def _one(folder: Path, name: str) -> Any:
    found = [
        path
        for ending in (".jsonl", ".json", ".csv", ".tsv", ".parquet")
        if (path := folder / f"{name}{ending}").is_file()
    ]
    if len(found) != 1:
        raise DataError(
            f"{folder}: expected one file {name}.jsonl (or .json, .csv, .tsv, .parquet), found {len(found)}. Add it."
        )
    return read_rows(found[0], "replies")


def refuse_figures(rows: Sequence[Row]) -> None:
    """Raise DataError for completions that hold a figure or an ill-formed placeholder."""
    problems = [
        Problem(row.file, row.line, mistake, "")
        for row in rows
        for mistake in template_mistakes(row.fields["completion"])
    ]
    if problems:
        raise DataError(
            f"{len(problems)} figures or placeholders in the replies are no good: a model would learn to make figures "
            "up. See them, and have them turned into placeholders, with: tellerbot data doctor FILE",
            problems,
        )


def encode(pair: Pair, form: PromptFormat, tokenizer: Any) -> EncodedPair:
    """Encode a pair as the model is trained on it: the reply and its end are learned, the prompt is not."""
    prompt = encode_prompt(pair.prompt, form, tokenizer)
    completion = to_model_text(_as_text(pair.completion, tokenizer))
    reply = [*tokenizer.encode(completion, add_special_tokens=False), tokenizer.eos_token_id]
    if form.encoder_decoder:
        return EncodedPair(prompt, reply)
    return EncodedPair(prompt + reply, [MASKED] * len(prompt) + reply)


def encode_prompt(prompt: str, form: PromptFormat, tokenizer: Any) -> list[int]:
    """Encode a request. What is fixed is cut by itself, as when its state is kept."""
    ids = [
        *tokenizer.encode(form.fixed, add_special_tokens=False),
        *tokenizer.encode(form.ask(_as_text(prompt, tokenizer)), add_special_tokens=False),
    ]
    return [*ids, tokenizer.eos_token_id] if form.encoder_decoder else ids


def _as_text(text: str, tokenizer: Any) -> str:
    """Put a space into each name of the tokenizer's own special tokens, also of those `to_model_text` cannot know."""
    for token in tokenizer.all_special_tokens:
        # Padding may be a plain "!" (see `open_tokenizer`).
        if token != tokenizer.pad_token:
            text = text.replace(token, f"{token[:1]} {token[1:]}")
    return text


def encode_fitting(pairs: Sequence[Pair], form: PromptFormat, tokenizer: Any, max_tokens: int) -> list[EncodedPair]:
    """Encode the pairs that are no longer than `max_tokens` on either side.

    A pair is never cut: half a reply would teach the model to stop halfway. Raises DataError when less than half fit.
    """
    encoded = [encode(pair, form, tokenizer) for pair in pairs]
    kept = [one for one in encoded if max(len(one.input_ids), len(one.labels)) <= max_tokens]
    if len(kept) * 2 < len(encoded):
        longest = max(max(len(one.input_ids), len(one.labels)) for one in encoded)
        raise DataError(
            f"Expected rows of at most {max_tokens} tokens, found {len(encoded) - len(kept)} of {len(encoded)} that "
            f"are longer, up to {longest}. Raise max_tokens in the config, or shorten the prompts."
        )
    return kept
