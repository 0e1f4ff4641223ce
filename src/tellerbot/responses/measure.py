"""How good replies are, on held-out prompts: any writer's, the base model's beside the tuned one's (needs `train`)."""

import re
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tellerbot.responses.generate import Notes, UnfitSentenceError
from tellerbot.responses.manners import refuses
from tellerbot.responses.prompt import NOTES, placeholders
from tellerbot.responses.rows import Pair
from tellerbot.responses.sentences import split_sentences
from tellerbot.responses.template import template_mistakes

Embed = Callable[[Sequence[str]], NDArray[np.float32]]
# A copied span counts in words; the prompt's own are what a reply should say.
_WORD = re.compile(r"\{[^{}]*\}|\w+(?:'\w+)?")


# Name, which way is better, and what it is; shares are 0 to 1.
KINDS = {
    "perplexity": ("lower", "of the reference reply's tokens"),
    "rouge_l": ("higher", "longest common subsequence with the reference, F1 (Lin 2004)"),
    "chrf": ("higher", "character n-grams shared with the reference (Popović 2015)"),
    "similarity": ("higher", "cosine of the encoder's vectors of reply and reference"),
    "placeholders": ("higher", "replies with exactly the reference's placeholders"),
    "refusals": ("higher", "replies that decline something just where the reference does"),
    "ungrounded": ("lower", "replies with a figure in the wording, before the check"),
    "ungrounded_sent": ("lower", "the same of what the check lets through"),
    "as_written": ("higher", "replies that the check lets through whole, as the model wrote them"),
    "repeated": ("lower", "4-grams of a reply that it has said before"),
    "ended": ("higher", "replies that come to an end by themselves"),
    "words": (None, "words in a reply"),
    "copied": (None, "longest run of words that a training reply has and the prompt has not, mean"),
}


def measure(
    replies: Sequence[str],
    ended: Sequence[bool],
    perplexity: float,
    pairs: Sequence[Pair],
    train: Sequence[Pair],
    embed: Embed,
) -> dict[str, float]:
    """Compute every figure of `KINDS` for the replies to the pairs' prompts; shares are 0 to 1."""
    from torchmetrics.functional.text import chrf_score, rouge_score

    references = [pair.completion for pair in pairs]
    # torchmetrics takes an empty text for a mistake.
    said = [reply or " " for reply in replies]
    rouge: Any = rouge_score(said, references, rouge_keys="rougeL")["rougeL_fmeasure"]
    chrf: Any = chrf_score(said, [[ref] for ref in references])
    cosine = (embed(said) * embed(references)).sum(1)
    exact = [
        sorted(placeholders(reply)) == sorted(placeholders(ref)) for reply, ref in zip(replies, references, strict=True)
    ]
    declined = [
        refuses(opening(reply, pair)) == refuses(opening(pair.completion, pair))
        for reply, pair in zip(replies, pairs, strict=True)
    ]
    passed = [sendable(reply, pair) for reply, pair in zip(replies, pairs, strict=True)]
    index = Copies(train)
    return {
        "perplexity": perplexity,
        "rouge_l": float(rouge),
        "chrf": float(chrf),
        "similarity": float(cosine.mean()),
        "placeholders": float(np.mean(exact)),
        "refusals": float(np.mean(declined)),
        "ungrounded": float(np.mean([has_loose_figure(reply) for reply in replies])),
        "ungrounded_sent": float(np.mean([has_loose_figure(" ".join(said)) for said, _ in passed])),
        "as_written": float(np.mean([whole for _, whole in passed])),
        "repeated": float(np.mean([repeated_share(reply) for reply in replies])),
        "ended": float(np.mean(ended)),
        "words": float(np.mean([len(_WORD.findall(reply)) for reply in replies])),
        "copied": float(
            np.mean([longest_copy(index, reply, pair.prompt) for reply, pair in zip(replies, pairs, strict=True)])
        ),
    }


def opening(reply: str, pair: Pair) -> str:
    """Return the part of a reply before the first sentence that is in the prompt's notes."""
    said = []
    for sentence in split_sentences(reply):
        if sentence in pair.prompt:
            break
        said.append(sentence)
    return " ".join(said)


def sendable(reply: str, pair: Pair) -> tuple[list[str], bool]:
    """Return the sentences of a reply that would be sent, and whether they are all there is to say.

    The notes are taken from the prompt; a row of another form has none, so nothing of it would be sent.
    """
    line = next((line for line in pair.prompt.splitlines() if line.startswith(NOTES)), NOTES)
    given = line.removeprefix(NOTES)
    notes = Notes.of([given] if given else [])
    said: list[str] = []
    for sentence in split_sentences(reply):
        try:
            notes.count(notes.follow(sentence))
        except UnfitSentenceError:
            return said, False
        said.append(sentence)
    return said, bool(said) and not notes.remaining()


def has_loose_figure(reply: str) -> bool:
    """Return whether the wording itself holds a figure, or a placeholder that nothing can fill."""
    return bool(template_mistakes(reply))


def repeated_share(text: str, size: int = 4) -> float:
    """Return the share of a text's n-grams that were in it before."""
    words = [word.lower() for word in _WORD.findall(text)]
    grams = [tuple(words[at : at + size]) for at in range(len(words) - size + 1)]
    return 1 - len(set(grams)) / len(grams) if grams else 0.0


def longest_copy(index: "Copies", reply: str, prompt: str) -> int:
    """Return the length of the longest run of words that a reply took from a training reply.

    Runs are looked for between the notes that it was given to say.
    """
    own, best = "", 0
    for sentence in [*split_sentences(reply), ""]:
        if sentence and sentence not in prompt:
            own += f" {sentence}"
        else:
            own, best = "", max(best, index.longest(own, prompt))
    return best


class Copies:
    """An index that finds the longest run of words a text shares with training replies but not with its prompt."""

    def __init__(self, train: Sequence[Pair], most: int = 40) -> None:
        """Index the training replies; runs are found up to `most` words."""
        self.most = most
        self._grams: set[int] = set()
        for pair in train:
            words = _words(pair.completion)
            for at in range(len(words)):
                for size in range(1, min(most, len(words) - at) + 1):
                    self._grams.add(hash(tuple(words[at : at + size])))

    def longest(self, text: str, prompt: str) -> int:
        """Return the length of the longest such run in `text`, in words."""
        words, given = _words(text), f" {' '.join(_words(prompt))} "
        best = 0
        for at in range(len(words)):
            for size in range(best + 1, min(self.most, len(words) - at) + 1):
                run = words[at : at + size]
                if hash(tuple(run)) not in self._grams:
                    break
                if f" {' '.join(run)} " not in given:
                    best = size
        return best


def _words(text: str) -> list[str]:
    return [word.lower() for word in _WORD.findall(text)]
