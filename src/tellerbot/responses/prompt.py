"""What a language model reads and writes for a reply: wording with placeholders, never a figure.

Replies are delexicalised as in Wen et al., "Semantically Conditioned LSTM-based Natural Language Generation for Spoken
Dialogue Systems" (EMNLP 2015): the model sees what is to be said with a placeholder for every value, and plain code
fills the placeholders afterwards. It is shown no figure, neither the bank's nor the customer's, so it has none to
repeat.
"""

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from tellerbot.errors import ArtefactError
from tellerbot.figures import place_figures
from tellerbot.responses.control_tokens import break_control_tokens
from tellerbot.types import Fact, FactKind, Passage, Source

PROMPT = "prompt.json"
NOTES = "Notes: "
SYSTEM = (
    "You write a bank's replies. Open with a short, kind sentence that fits the customer's message, then say all the "
    "notes. Copy each [placeholder]. Never write a number. First decline what the notes do not give."
)
# A message is read this far: its subject is in the topic too.
MOST_CHARACTERS = 400
_INSTEAD = {
    "money": "an amount", "percent": "a percentage", "date": "a date", "time": "a time", "phone": "a phone number",
    "count": "a number",
}  # fmt: skip
_PLACEHOLDER = re.compile(r"\{([a-z][a-z0-9_]*:[a-z]+)\}")
_SPELLED = re.compile(r"\[([a-z][a-z0-9_]*:[a-z]+)\]")
_ROUND = str.maketrans("{}[]<>｛｝［］＜＞", "()()()()()()")


@dataclass(frozen=True, slots=True)
class Brief:
    """What a reply is to say, and to what.

    `topic` is the intent's title, `notes` are sentences with placeholders, `message` is what the customer wrote and
    `before` what the customer wrote before that in the same conversation.
    """

    topic: str
    notes: tuple[str, ...]
    message: str
    before: str = ""

    def prompt(self) -> str:
        """Write the brief as a row's prompt, without the figures and brackets of the customer's."""
        lines = [f"Topic: {self.topic}", f"{NOTES}{' '.join(self.notes) or 'none'}"]
        lines += [f"Before: {_hide_figures(self.before)}"] if self.before else []
        return "\n".join([*lines, f"Customer: {_hide_figures(self.message)}"])


@dataclass(frozen=True, slots=True)
class PromptFormat:
    """The text before and after every prompt, by the model's chat template.

    `fixed` is the same in every request, so that its state can be kept. `end` is the text of the token that ends a
    reply. Training, measuring and serving all read it from beside the weights.
    """

    fixed: str
    after: str
    end: str
    encoder_decoder: bool

    def ask(self, prompt: str) -> str:
        """Return what follows `fixed` in a request."""
        return to_model_text(prompt) + self.after

    def write(self, folder: Path) -> None:
        """Write the format into the folder of a model."""
        (folder / PROMPT).write_text(json.dumps(asdict(self), indent=2) + "\n")


def read_format(folder: Path) -> PromptFormat:
    """Read the format kept beside a model. Raises ArtefactError when it cannot be read."""
    try:
        return PromptFormat(**json.loads((folder / PROMPT).read_text()))
    except (OSError, ValueError, TypeError) as error:
        raise ArtefactError(
            f"{folder}: expected a responder with a readable {PROMPT}, found: {error}. Train it again."
        ) from error


def to_model_text(text: str) -> str:
    """Return a text as models read and write it: control tokens broken up, and placeholders in brackets.

    T5's vocabulary has no braces.
    """
    return _PLACEHOLDER.sub(r"[\1]", break_control_tokens(text))


def from_model_text(text: str) -> str:
    """Put placeholders in braces again."""
    return _SPELLED.sub(r"{\1}", text)


def placeholders(text: str) -> list[str]:
    """Return the well-formed placeholders in a text, in order, without their braces."""
    return _PLACEHOLDER.findall(text)


def hide_figures(text: str, first: int, source: Source) -> tuple[str, list[Fact]]:
    """Put a placeholder such as `{n1:money}` for each figure of a sentence, numbered from `first`.

    Also returns the facts that fill them as written. Braces of the sentence's own become brackets, for they would pass
    as placeholders.
    """
    shown, spots = _spots(text)
    facts: list[Fact] = []
    parts: list[str] = []
    at = 0
    for kind, start, end in spots:
        fact = Fact(f"n{first + len(facts)}", kind, shown[start:end], source)
        parts += [_replace_braces(shown[at:start]), f"{{{fact.name}:{kind}}}"]
        facts.append(fact)
        at = end
    return "".join([*parts, _replace_braces(shown[at:])]), facts


def _spots(text: str) -> tuple[str, list[tuple[FactKind, int, int]]]:
    """Return the text in plain characters, and the places of figures in it with their kinds; none overlaps another."""
    shown, placed = place_figures(text)
    spots: list[tuple[FactKind, int, int]] = []
    for figure, start, end in sorted(placed, key=lambda item: item[1]):
        # A full stop that ends the sentence is no part of the figure.
        start += len(shown[start:end]) - len(shown[start:end].lstrip())
        end = start + len(figure.text)
        kind: FactKind = "count" if figure.kind == "number" else figure.kind
        if spots and start < spots[-1][2]:
            # Two readings of the same words, such as `two one`, are one figure of the text.
            kind = spots[-1][0] if kind == "count" else kind
            start, end = spots[-1][1], max(end, spots.pop()[2])
        spots.append((kind, start, end))
    return shown, spots


def hide_passages(
    quoted: Iterable[tuple[Passage, Sequence[str]]], taken: Iterable[str] = ()
) -> tuple[list[str], list[Fact]]:
    """Return sentences of passages as notes, and the facts that fill their placeholders, named unlike `taken`."""
    first = 1 + max((int(name[1:]) for name in taken if re.fullmatch(r"n\d+", name)), default=0)
    notes: list[str] = []
    facts: list[Fact] = []
    for passage, sentences in quoted:
        for sentence in sentences:
            note, found = hide_figures(sentence, first + len(facts), Source("passage", passage.id))
            notes.append(note)
            facts += found
    return notes, facts


def _hide_figures(message: str) -> str:
    """Return a customer's message on one line, with kinds of figures in place of its figures.

    Its brackets are round, so that it holds neither a placeholder nor a control token of any model.
    """
    shown, spots = _spots(message[:MOST_CHARACTERS])
    for kind, start, end in reversed(spots):
        shown = f"{shown[:start]} {_INSTEAD[kind]} {shown[end:]}"
    return re.sub(r"\s+", " ", shown.translate(_ROUND)).strip()


def _replace_braces(text: str) -> str:
    return text.replace("{", "(").replace("}", ")")
