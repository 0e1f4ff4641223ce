"""Labels that people take for one and a model for two, and labels that a spreadsheet writes for an empty cell."""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from tellerbot.characters import plain_letters
from tellerbot.errors import DataError, Problem, format_count

if TYPE_CHECKING:
    from tellerbot.data.read import Row

# What pandas, Excel and databases write for nothing. TRUE and FALSE may be intents.
_NOTHING = {
    *("nan", "-nan", "nat", "na", "n/a", "n.a.", "n / a", "none", "null", "nil", "<na>", "<null>", "(null)", "[null]"),
    *("(blank)", "(empty)", "undefined", "\\n", "#n/a n/a", "#n/a", "#na", "#n/d", "#nv", "1.#qnan", "1.#ind"),
}
# For a formula that failed, in any language: #VALUE!, #BEZUG!, #NAME?, #DIV/0!
_FAILED = re.compile(r"#[\w/¡¿]+[!?]")
# Letters of other scripts that are drawn as these Latin ones, in small or in capital letters.
_TWINS = str.maketrans(
    "авеікмнорстухѕјԁԛԝһӏүαβεζηικμνορτυχıɡɑ",
    "abeikmhopctyxsjdqwhlyabezhikmvoptyxiga",
)
# Spaces, underscores and dashes of every kind; between digits they tell 1-0 from 10.
_BETWEEN = re.compile(r"[\s_\u2010-\u2015\u2212\u00b7.-]+")
_BETWEEN_DIGITS = re.compile(r"(?<=\d)[\s_\u2010-\u2015\u2212\u00b7.-]+(?=\d)")
_AROUND = "'\"`’‘“”,;:!?()"
# Characters without a shape that Unicode counts among letters and symbols.
_BLANK = "\u034f\u115f\u1160\u2800\u3164\uffa0"
_SHOWN = 5


def label_key(label: str) -> str:
    """Return what people see of a label: the same for labels that look alike.

    These differ in case, in spaces, dashes and underscores, in how a letter is composed or how wide it is, in
    characters that cannot be seen, in the quotes around them, or in letters of another script with the same shape.
    """
    text = "".join(char for char in plain_letters(label) if not _unseen(char)).casefold()
    text = _BETWEEN.sub("", _BETWEEN_DIGITS.sub("/", text.strip().strip(_AROUND)))
    # In a word of another script no letter is meant as a Latin one.
    latin = text.translate(_TWINS)
    return (latin if latin.isascii() else unicodedata.normalize("NFC", text)) or label


def _unseen(char: str) -> bool:
    if char in _BLANK or "\ufe00" <= char <= "\ufe0f":
        return True
    return unicodedata.category(char) in ("Cf", "Cc") and not char.isspace()


def means_nothing(label: str) -> bool:
    """Whether this is what stands for an empty cell: `nan`, `None`, `#N/A`, `-`."""
    text = plain_letters(label).strip().strip("'\"`‘’“”").casefold()
    return (
        text in _NOTHING
        or bool(_FAILED.fullmatch(text))
        or not any(unicodedata.category(char)[0] in "LNS" for char in text)
    )


def alike(labels: Iterable[str]) -> list[list[str]]:
    """Group two or more different labels that look alike, each group in the order given."""
    groups: dict[str, list[str]] = {}
    for label in dict.fromkeys(labels):
        groups.setdefault(label_key(label), []).append(label)
    return [group for group in groups.values() if len(group) > 1]


def commonest(group: Iterable[str], counts: Mapping[str, int]) -> str:
    """Return the label of the most rows; of equals, the one that is easiest to type, then the first."""
    return max(group, key=lambda label: (counts[label], label.isascii(), unicodedata.is_normalized("NFC", label)))


def refuse_labels(path: Path, rows: Sequence["Row"], known: Sequence[str] = ()) -> None:
    """Raise DataError for labels that mean nothing, and for those that look alike, `known` ones from training included.

    A model would learn each as an intent of its own, and share the utterances of one out among them.
    """
    places: dict[str, list[Row]] = {}
    for row in rows:
        places.setdefault(row.label, []).append(row)
    counts = {label: len(some) for label, some in places.items()}
    problems = [
        Problem(
            places[label][0].file,
            places[label][0].line,
            f"Expected an intent as the label, found {_counted(label, places)}, which is written for an empty cell.",
            "Label these rows or remove them; if an intent has this name, choose another.",
        )
        for label in places
        if means_nothing(label)
    ]
    for group in alike([*known, *places]):
        found = [label for label in group if label in places]
        if all(label in known for label in found):
            continue
        chosen = next((label for label in group if label in known), "") or commonest(found, counts)
        strange = places[next(label for label in found if label != chosen)][0]
        descriptions = [
            _counted(label, places) if label in places else f"{shown(label)} (trained on)" for label in group
        ]
        problems.append(
            Problem(
                strange.file,
                strange.line,
                f"Expected labels that people can tell apart, found {' and '.join(descriptions)}.",
                f"Write {shown(chosen)} for each; if they are different intents, choose other names.",
            )
        )
    if problems:
        problems.sort(key=lambda problem: (problem.file, problem.line or 0))
        raise DataError(f"{path}: {format_count(len(problems), 'mistake')} in the labels.", problems)


def shown(label: str) -> str:
    """Quote a label, with the code points of characters that the eye cannot distinguish."""
    odd = [f"U+{ord(char):04X}" for char in label if not char.isascii()]
    return f"{label!r} ({' '.join(odd)})" if odd else repr(label)


def _counted(label: str, places: dict[str, list["Row"]]) -> str:
    """`'Balance' (4 rows: a.csv:2, a.csv:5)`, with the first few places."""
    rows = places[label]
    some = ", ".join(f"{Path(row.file).name}:{row.line}" for row in rows[:_SHOWN])
    more = f" and {len(rows) - _SHOWN} more" if len(rows) > _SHOWN else ""
    return f"{shown(label)} ({format_count(len(rows), 'row')}: {some}{more})"
