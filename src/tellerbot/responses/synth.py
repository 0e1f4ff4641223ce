"""A project -> rows to fine-tune a responder on: what customers write, and replies with a placeholder per figure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import islice

import numpy as np

from tellerbot.data.noise import augment
from tellerbot.data.read import Row
from tellerbot.data.split import fingerprint, near_duplicate_pairs, split_rows
from tellerbot.errors import DataError
from tellerbot.project.load import Project
from tellerbot.project.schema import Response
from tellerbot.responses.manners import Mood, expand, moods
from tellerbot.responses.notes import arrange
from tellerbot.responses.prompt import Brief, hide_passages
from tellerbot.responses.respond import MAX_SENTENCES, stands_alone
from tellerbot.responses.rows import SPLITS
from tellerbot.types import Passage

LEAST, MOST, EACH = 800, 5000, 40
# How often more rows are drawn in place of those that nearly repeat others, and how many draws for each utterance may
# find nothing new in a row.
ROUNDS, MISSES = 8, 20
FRACTIONS = (0.8, 0.1, 0.1)
# How often a message has slips, stands after another one, and finds the bank with nothing to show.
SLIPS, FOLLOWS, EMPTY, ONE = 0.3, 0.2, 0.1, 0.4
# How often one, two and three sentences are quoted.
QUOTED = (0.5, 0.3, 0.2)


@dataclass(frozen=True, slots=True)
class SynthRow:
    """A row of kind replies; `intent`, `mood` and `message` say how it came about."""

    prompt: str
    completion: str
    intent: str
    mood: str
    message: str

    def columns(self) -> dict[str, str]:
        """Return the row's columns by name."""
        return asdict(self)


def synthesise(
    project: Project, passages: Mapping[str, Sequence[Passage]], count: int | None, seed: int
) -> dict[str, list[SynthRow]]:
    """`count` rows in parts for training, validation and test; no utterance stands in two of them.

    None asks for `EACH` rows for each utterance, but for no fewer than `LEAST` and no more than `MOST`. `passages` are
    those of each policy section, by its id without a piece's number. The same arguments give the same rows. Raises
    DataError for fewer than `LEAST` rows.
    """
    parts = _split(project, seed)
    if count is None:
        count = min(max(EACH * sum(map(len, parts)), LEAST), MOST)
    if count < LEAST:
        raise DataError(f"Expected at least {LEAST} rows to be asked for, found {count}: fewer teach a model little.")
    numbers = [round(count * share) for share in FRACTIONS[1:]]
    numbers = [count - sum(numbers), *numbers]
    return {
        name: _rows(project, passages, rows, number, np.random.default_rng([seed, at]), moods())
        for at, (name, rows, number) in enumerate(zip(SPLITS, parts, numbers, strict=True))
    }


def held_out(
    project: Project, passages: Mapping[str, Sequence[Passage]], count: int, seed: int, among: Sequence[Mood]
) -> list[SynthRow]:
    """`count` rows on the test part's utterances, in some moods only: to measure with."""
    test = _split(project, seed)[-1]
    return _rows(project, passages, test, count, np.random.default_rng([seed, len(SPLITS)]), among)


def _split(project: Project, seed: int) -> list[list[Row]]:
    """Utterances of the intents that have a reply, in parts for training, validation and test."""
    given = [
        Row({"text": text, "label": name}, 0)
        for name, intent in project.intents.items()
        for text in intent.utterances
        if project.responses[name].reply
    ]
    return split_rows(given, FRACTIONS, seed)


def _rows(
    project: Project,
    passages: Mapping[str, Sequence[Passage]],
    utterances: Sequence[Row],
    count: int,
    rng: np.random.Generator,
    among: Sequence[Mood],
) -> list[SynthRow]:
    """`count` different rows. Messages that nearly repeat another are taken only where no others are found in time."""
    drawn = _draw(project, passages, utterances, rng, among)
    rows: list[SynthRow] = []
    repeats: list[SynthRow] = []
    for _ in range(ROUNDS):
        rows, more = _apart([*rows, *islice(drawn, 2 * (count - len(rows)))])
        repeats += more
        if len(rows) >= count:
            break
    found = [*rows, *repeats][:count]
    if len(found) < count:
        raise DataError(
            f"Expected {count} different rows, found {len(found)}: the project's {len(utterances)} utterances "
            "give no more. Ask for fewer, or add utterances."
        )
    return found


def _apart(rows: Sequence[SynthRow]) -> tuple[list[SynthRow], list[SynthRow]]:
    """Return the rows whose messages nearly repeat none before them, and the others."""
    pairs = near_duplicate_pairs([row.message for row in rows])
    before: dict[int, list[int]] = {}
    for left, right in zip(pairs.left.tolist(), pairs.right.tolist(), strict=True):
        before.setdefault(right, []).append(left)
    kept: set[int] = set()
    for at in range(len(rows)):
        if kept.isdisjoint(before.get(at, ())):
            kept.add(at)
    return [rows[at] for at in sorted(kept)], [row for at, row in enumerate(rows) if at not in kept]


def _draw(
    project: Project,
    passages: Mapping[str, Sequence[Passage]],
    utterances: Sequence[Row],
    rng: np.random.Generator,
    among: Sequence[Mood],
) -> Iterator[SynthRow]:
    """Different rows, until there seem to be no more."""
    shares = np.array([mood.share for mood in among])
    seen: set[tuple[str, str]] = set()
    misses = 0
    while misses < MISSES * len(utterances):
        for at in rng.permutation(len(utterances)):
            mood = among[int(rng.choice(len(among), p=shares / shares.sum()))]
            other = utterances[int(rng.integers(len(utterances)))].text
            row = _row(project, passages, utterances[at], mood, other, rng)
            # As the diversity of the rows is measured: other capitals and marks make no other row.
            key = (fingerprint(row.prompt), fingerprint(row.completion))
            if key in seen:
                misses += 1
                continue
            misses = 0
            seen.add(key)
            yield row


def _row(
    project: Project,
    passages: Mapping[str, Sequence[Passage]],
    utterance: Row,
    mood: Mood,
    other: str,
    rng: np.random.Generator,
) -> SynthRow:
    response = project.responses[utterance.label]
    message = expand(str(rng.choice(mood.before)), rng) + utterance.text + expand(str(rng.choice(mood.after)), rng)
    message = augment(message, rng, SLIPS)
    before = other if mood.name == "again" or rng.random() < FOLLOWS else ""
    template = _template(response, rng)
    quoted, _ = hide_passages(_quotes(_named(response.policy, passages), rng))
    notes = arrange(template, quoted, rows_follow=response.each is not None and template == response.reply)
    brief = Brief(project.intents[utterance.label].title, notes, message, before)
    opening = expand(str(rng.choice(mood.openings)), rng)
    return SynthRow(brief.prompt(), " ".join([opening, *notes]), utterance.label, mood.name, message)


def _template(response: Response, rng: np.random.Generator) -> str:
    if response.one and rng.random() < ONE:
        return response.one
    if response.empty and rng.random() < EMPTY:
        return response.empty
    return response.reply


def _named(refs: Sequence[str], passages: Mapping[str, Sequence[Passage]]) -> list[Passage]:
    """Return the passages of the sections that are named (`fees#atm-withdrawals`), and of whole policies (`fees`)."""
    return [
        piece for ref in refs for name, some in passages.items() if ref in (name, name.split("#")[0]) for piece in some
    ]


def _quotes(passages: Sequence[Passage], rng: np.random.Generator) -> list[tuple[Passage, list[str]]]:
    """Return a few sentences that can be quoted, in order; the search picks such by the question."""
    places = [
        (number, at)
        for number, passage in enumerate(passages)
        for at, sentence in enumerate(passage.sentences)
        if stands_alone(sentence)
    ]
    if not places:
        return []
    size = min(len(places), int(rng.choice(MAX_SENTENCES, p=QUOTED)) + 1)
    chosen = sorted(rng.choice(len(places), size, replace=False).tolist())
    return [(passages[places[at][0]], [passages[places[at][0]].sentences[places[at][1]]]) for at in chosen]
