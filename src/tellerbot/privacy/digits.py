"""Digits in a row, however they are grouped, spaced or spelled."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise

_WORDS = {
    word: str(digit)
    for digit, words in enumerate(
        ("zero oh o nought", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
    )
    for word in words.split()
}
_TIMES = {"double": 2, "triple": 3}
_TOKEN = re.compile(
    rf"[0-9]+|(?<![^\W\d_])(?:(?P<times>double|triple)[ -])?(?P<word>{'|'.join(_WORDS)})(?![^\W\d_])", re.IGNORECASE
)
# Signs of currency and percent part amounts, so they end a row of digits.
_SIGNS = r"(?:[^\w$€£¥₹%]|_){0,5}"
_DIGIT_BEFORE, _DIGIT_AFTER = re.compile(rf"\d{_SIGNS}$"), re.compile(rf"{_SIGNS}\d")
_GAP = re.compile(rf"{_SIGNS}|[ ,]{{0,2}}(?:dash|hyphen|space|dot|slash)[ ,]{{0,2}}", re.IGNORECASE)

_DAY, _MONTH, _YEAR = r"(?:0?[1-9]|[12]\d|3[01])", r"(?:0?[1-9]|1[0-2])", r"(?:(?:19|20)\d\d|\d\d)"
_OCTET = r"(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)"
# Each is taken only where no further digit is joined to it: "06.12.34.56.78" starts like a date and is none.
_ORDINARY = re.compile(
    rf"(?<!\d)(?<!\d[-/.:,])(?:"
    rf"{_YEAR}([-/.]){_MONTH}\1{_DAY}(?!\1?\d)(?:[T ]\d\d:\d\d(?::\d\d)?(?:\.\d{{1,6}})?)?|"
    rf"(?:{_DAY}([-/.]){_MONTH}\2|{_MONTH}([-/.]){_DAY}\3){_YEAR}|"
    r"(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?![ -]\d)|"
    r"\d{1,2}:\d\d(?::\d\d)?|"
    r"(?<!\+)(?<!\+ )\d{1,6}(?: ?\+ ?\d{1,6}){1,30} ?= ?\d{1,7}|"
    rf"{_OCTET}(?:\.{_OCTET}){{3}}|"
    r"\d{1,3}(?:,\d{3}){1,3}(?:\.\d\d)?|\d{1,3}(?:\.\d{3}){1,3},\d\d|\d{1,8}[.,]\d\d"
    r")(?!\d|[-/.:,]\d)"
)


@dataclass(frozen=True, slots=True)
class Run:
    """Digits in a row, with each digit's place in the text in `spans`.

    `opens` and `closes` say whether a group of digits begins and ends at a digit, `ends` where a digit's group ends;
    `groups` has each group's first and last digit, as half-open indices.
    """

    digits: str
    spans: list[tuple[int, int]]
    groups: list[tuple[int, int]]
    opens: list[bool] = field(init=False)
    closes: list[bool] = field(init=False)
    ends: list[int] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "opens", [False] * len(self.digits))
        object.__setattr__(self, "closes", [False] * len(self.digits))
        object.__setattr__(self, "ends", [end for start, end in self.groups for _ in range(start, end)])
        for start, end in self.groups:
            self.opens[start] = self.closes[end - 1] = True

    def place(self, start: int, end: int) -> tuple[int, int]:
        """Return the span of the text that holds digits `start` to `end`."""
        return self.spans[start][0], self.spans[end - 1][1]

    def shape(self, start: int, end: int) -> tuple[int, ...]:
        """Return how digits `start` to `end` are grouped: (3, 3, 4) for 415 555 2671."""
        cuts = [start]
        while (at := self.ends[cuts[-1]]) < end:
            cuts.append(at)
        return tuple(right - left for left, right in pairwise([*cuts, end]))


def hide_ordinary(text: str) -> str:
    """Return the text, as long as before, with dates, times, sums, amounts and network addresses crossed out.

    One that is next to other digits stays, for it may hold a number's end: "4111 1111 1111 1111.50".
    """
    found = [match.span() for match in _ORDINARY.finditer(text)]
    pieces: list[str] = []
    last = 0
    for (_, before), (start, end), (after, _) in zip([(0, 0), *found], found, [*found[1:], (0, 0)], strict=False):
        left = _DIGIT_BEFORE.search(text[max(0, start - 6) : start])
        right = _DIGIT_AFTER.match(text, end)
        alone_left = left is None or max(0, start - 6) + left.start() < before
        alone_right = right is None or right.end() - 1 == after
        if alone_left and alone_right:
            pieces += [text[last:start], "x" * (end - start)]
            last = end
    return "".join([*pieces, text[last:]])


def find_runs(text: str) -> Iterator[Run]:
    """Yield runs of digits with at most five signs, or a word such as "dash", between two of them."""
    tokens: list[re.Match[str]] = []
    for match in _TOKEN.finditer(text):
        if tokens and not _GAP.fullmatch(text, tokens[-1].end(), match.start()):
            yield _run(tokens)
            tokens = []
        tokens.append(match)
    if tokens:
        yield _run(tokens)


def _run(tokens: list[re.Match[str]]) -> Run:
    digits: list[str] = []
    spans: list[tuple[int, int]] = []
    groups: list[tuple[int, int]] = []
    for token in tokens:
        first = len(digits)
        if word := token["word"]:
            times = _TIMES[token["times"].lower()] if token["times"] else 1
            digits += _WORDS[word.lower()] * times
            spans += [token.span()] * times
            groups += [(at, at + 1) for at in range(first, len(digits))]
        else:
            digits += token[0]
            spans += [(at, at + 1) for at in range(token.start(), token.end())]
            groups.append((first, len(digits)))
    return Run("".join(digits), spans, groups)


def find_spelled(run: Run) -> Iterator[tuple[int, int]]:
    """Yield stretches of nine digits and more that come one at a time."""
    first = None
    for at, (start, end) in enumerate([*run.groups, (0, 0)]):
        if end - start == 1:
            first = at if first is None else first
        elif first is not None:
            start, end = run.groups[first][0], run.groups[at - 1][1]
            if end - start >= 9:
                yield start, end
            first = None
