"""Random documents of the kind banks publish: fee schedules, limits and terms, with what word processors do to them.

Every choice comes from one `random.Random`, so that a seed names a document, and hypothesis can make it smaller.
"""

from random import Random

from .document import (
    Block,
    Cell,
    Document,
    Heading,
    Items,
    Line,
    Note,
    Paragraph,
    Piece,
    PieceKind,
    Sentence,
    Table,
    seen,
)

_ANCHORS = (
    "Alder", "Birchwood", "Calloway", "Dunmore", "Everglen", "Foxhall", "Granby", "Harrow", "Ivybridge", "Juniper",
    "Kestrel", "Linden", "Marlow", "Norwood", "Oakhurst", "Pembroke", "Quillon", "Rosedale", "Saltash", "Thornbury",
    "Ullswater", "Verbena", "Wexford", "Yarrow", "Zenith", "Amberley", "Bexhill", "Cresswell", "Denholm", "Elmstead",
    "Fairfax", "Glenmore", "Hollins", "Inverary", "Jessamine", "Kingsley", "Lockwood", "Milburn", "Newlyn", "Orchard",
    "Penrith", "Ravenel", "Selwyn", "Tavistock", "Upwood", "Vandyke", "Whitby", "Yeovil", "Ashdown", "Brackley",
    "Colville", "Dovedale", "Eskdale", "Fernley", "Gosford", "Hexham", "Ilkley", "Jarrow", "Kelso", "Ludlow",
    "Melrose", "Nairn", "Otley", "Padstow", "Redruth", "Stanhope", "Tresco", "Uxbridge", "Ventnor", "Winslow",
)  # fmt: skip
_SENTENCES = (
    "The {a} account costs {money} a month.",
    "{a} transfers made before {time} on {date} arrive within {count} days.",
    "From {date}, {a} pays {percent} a year on balances up to {money}.",
    "Call {phone} about {a} before {date}.",
    "A {a} card has a limit of {money}, costs {money} in the first year and {money} after it.",
    "We waive the {a} charge if you keep {money} or make {count} deposits a month.",
    "{a} loans cost {percent} plus {money} for each of the first {count} payments.",
    "The {a} branch is open from {time} to {time} on weekdays.",
    "Each {a} box of {area} costs {money} a year.",
    "A {a} payment of {range} costs {percent}, at least {money}.",
    "You can cancel {a} within {count} days and pay nothing.",
)
_ITEMS = ("{a}: {money}", "{a} up to {money}: {percent}", "{count} {a} withdrawals a month are free", "{a}, {range}")
_HEADINGS = ("{a} fees", "{a} rates from {date}", "{a} limits", "Up to {money} with {a}")
_CELLS = ("{money}", "{money} a month", "{percent}", "{percent}, at least {money}", "{count} days", "free", "{range}")
_LEAVES = (
    "Monthly", "Yearly", "Outgoing", "Incoming", "In branch", "Online", "By phone", "Under $1,000", "Over $1,000",
    "12 months", "First year", "Weekend", "Age 18 to 24",
)  # fmt: skip
_GROUPS = ("Fees", "Rates", "Limits", "From January 1, 2027", "Until then")
_FIRST = ("Account", "Service", "Card")
_MONTHS = ("January", "March", "April", "May", "August", "December")
_MARKS = ("1", "2", "3", "12", "*", "†", "a", "1,2", "(1)", "[2]")
_FRACTIONS = ("1/2", "1/4", "3/4", "1/8", "5/8", "2/3")
_NBSP = "\u00a0"


def make(random: Random, kinds: frozenset[PieceKind]) -> Document:
    """A document of a few blocks, with pieces of these kinds besides plain text."""
    maker = _Maker(random, kinds)
    blocks: list[Block] = [maker.heading(1)]
    for _ in range(random.choice((1, 2, 2, 3, 3, 4, 8))):
        blocks += maker.block()
    if maker.marks and random.random() < 0.5:
        blocks += [Note(mark, maker.sentence(_SENTENCES)) for mark in dict.fromkeys(maker.marks)]
    # A document with headings alone is refused.
    blocks.append(
        Paragraph(
            (
                Sentence(
                    "Ridgeline",
                    maker.line("Ask at any Ridgeline branch by {phone}."),
                ),
            )
        )
    )
    running = f"Stonefield Bank, fees of {random.randint(2020, 2030)}" if random.random() < 0.3 else ""
    return Document(tuple(blocks), running)


class _Maker:
    """Makes blocks that share no anchor."""

    def __init__(self, random: Random, kinds: frozenset[PieceKind]) -> None:
        self.marks: list[str] = []
        self._random, self._kinds = random, kinds
        # What may befall a sentence or a row as a whole.
        self._whole: list[PieceKind] = [kind for kind in ("struck", "hidden", "deleted") if kind in kinds]
        self._anchors = list(reversed(_ANCHORS))

    def block(self) -> list[Block]:
        """A paragraph, list or table, perhaps with a heading above it."""
        head: list[Block] = [self.heading(self._random.randint(2, 3))] if self._chance(0.3) else []
        kind = self._random.randrange(5)
        if kind < 2:
            return [*head, Paragraph(tuple(self.sentence(_SENTENCES) for _ in range(self._random.randint(1, 3))))]
        if kind == 2:
            depths = [0, *(self._random.randint(0, 1) for _ in range(self._random.randint(1, 3)))]
            return [*head, Items(tuple((depth, self.sentence(_ITEMS)) for depth in depths))]
        return [*head, self.table()]

    def heading(self, level: int) -> Heading:
        """A heading, which may hold a figure."""
        return Heading(self.sentence(_HEADINGS), level)

    def sentence(self, templates: tuple[str, ...]) -> Sentence:
        """A sentence with figures in it; now and then one that is struck out or hidden as a whole."""
        anchor = self._anchors.pop()
        line = self.line(self._random.choice(templates), anchor)
        if templates is not _HEADINGS and self._whole and self._chance(0.04):
            return Sentence(anchor, (Piece(self._random.choice(self._whole), seen(line)),))
        return Sentence(anchor, line)

    def line(self, template: str, anchor: str = "") -> Line:
        """A template's pieces."""
        pieces: list[Piece] = []
        for at, part in enumerate(template.replace("}", "{").split("{")):
            if at % 2 == 0:
                pieces.append(Piece("text", part))
            elif part == "a":
                pieces.append(Piece("text", anchor))
                pieces += self._mark(0.06)
            else:
                pieces += self._decorated(self._value(part))
        if pieces[-1].text.endswith("."):
            pieces += self._mark(0.05)
        return tuple(piece for piece in pieces if piece.text or piece.kind == "break")

    def table(self) -> Table:
        """One or two head rows, two to four columns, and two to four rows, with cells that span others."""
        columns = self._random.randint(2, 4)
        heads = self._random.randint(1, 2) if columns > 2 else 1
        rows = heads + self._random.randint(2, 4)
        taken: set[tuple[int, int]] = set()
        cells = self._head(columns, heads)
        anchors: list[str] = []
        for row in range(heads, rows):
            anchor = self._anchors.pop()
            anchors.append(anchor)
            if row > heads and row + 1 < rows and self._chance(0.12) and not any(at[0] == row for at in taken):
                cells.append(Cell(row, 0, self.line("All {a} prices include {percent} tax", anchor), 1, columns))
                continue
            if self._whole and row > heads and not any(at[0] == row for at in taken) and self._chance(0.06):
                kind = self._random.choice(self._whole)
                cells.append(Cell(row, 0, (Piece(kind, anchor),)))
                cells += [Cell(row, column, (Piece(kind, self._price()),)) for column in range(1, columns)]
                continue
            cells.append(Cell(row, 0, (Piece("text", anchor), *self._mark(0.1))))
            for column in range(1, columns):
                if (row, column) in taken:
                    continue
                down = 2 if row + 1 < rows and self._chance(0.1) else 1
                free = column + 1 < columns and (row, column + 1) not in taken
                across = 2 if free and self._chance(0.12) else 1
                taken |= {(row + i, column + j) for i in range(down) for j in range(across)}
                cells.append(Cell(row, column, self._cell(), down, across))
        return Table(tuple(cells), heads, rows, columns, tuple(anchors))

    def _head(self, columns: int, heads: int) -> list[Cell]:
        first = (Piece("text", self._random.choice(_FIRST)), *self._mark(0.1))
        # The names of a table of two columns are not read, so that they hold no figures.
        leaves = self._random.sample(_LEAVES, columns - 1) if columns > 2 else ["Price"]
        names = [(*self._old_name(), Piece("text", leaf), *self._mark(0.12)) for leaf in leaves]
        if heads == 1:
            return [Cell(0, 0, first), *(Cell(0, column, name) for column, name in enumerate(names, 1))]
        cells = [Cell(0, 0, first, 2)]
        groups = self._random.sample(_GROUPS, 3)
        column = 1
        while column < columns:
            across = self._random.randint(1, columns - column)
            # A single column either spans both rows or has a group of its own.
            if across == 1 and self._chance(0.5):
                cells.append(Cell(0, column, names[column - 1], 2))
            else:
                cells.append(Cell(0, column, (Piece("text", groups.pop()), *self._mark(0.08)), 1, across))
                cells += [Cell(1, column + i, names[column + i - 1]) for i in range(across)]
            column += across
        return cells

    def _old_name(self) -> Line:
        """The name that a column had before, struck out or hidden; most often nothing."""
        if not self._whole or not self._chance(0.06):
            return ()
        return (Piece(self._random.choice(self._whole), f"{self._random.randint(2010, 2019)} fee"), Piece("text", " "))

    def _cell(self) -> Line:
        if self._chance(0.06):
            return ()
        line = self.line(self._random.choice(_CELLS))
        if self._chance(0.15):
            line = (*line, Piece("break"), *self.line("{money} later"))
        return line

    def _value(self, kind: str) -> list[Piece]:
        """A figure as it is printed."""
        pick, whole = self._random.choice, self._random.randint
        if kind == "money":
            amount = pick((f"{whole(1, 99)}", f"{whole(0, 99)}.{whole(10, 99)}", f"{whole(1, 20)},{whole(100, 999)}"))
            shapes = ("${}", "${}", "${}", "£{}", f"{{}}{_NBSP}€", "US$ {}", "({} USD)", "-${}", "−${}", "{} dollars")
            shown = pick(shapes).format(amount)
            return [Piece("split", shown)]
        if kind == "percent":
            if "fraction" in self._kinds and self._chance(0.3):
                return [Piece("text", f"{whole(1, 9)}"), Piece("fraction", pick(_FRACTIONS)), Piece("text", "%")]
            number = pick((f"{whole(1, 29)}", f"{whole(0, 9)}.{whole(10, 99)}", f"{whole(1, 9)}.{whole(1, 9)}"))
            shown = pick((f"{number}%", f"{number}{_NBSP}%", f"{number} percent"))
            return [Piece("equation" if "equation" in self._kinds and self._chance(0.15) else "split", shown)]
        if kind == "date":
            month, day, year = pick(_MONTHS), whole(1, 28), whole(2020, 2030)
            return [Piece("text", pick((f"{month} {day}, {year}", f"{day} {month} {year}", f"{year}-03-{day:02d}")))]
        if kind == "time":
            hour = whole(1, 11)
            return [Piece("text", pick((f"{hour}:30 p.m.", f"{hour} a.m.", f"{hour + 12}:15")))]
        if kind == "phone":
            last = f"555-01{whole(10, 99)}"
            return [Piece("text", pick((f"(800) {last}", f"1-800-{last}", f"800-{last}")))]
        if kind == "area":
            power = "power" if "power" in self._kinds else "text"
            return [Piece("text", f"{whole(2, 60)} m"), Piece(power, pick("23") if power == "power" else "")]
        if kind == "range":
            low = whole(1, 40)
            return [Piece("text", pick((f"${low}–${low + 50}", f"${low} to ${low + 50}", f"{low}-{low + 30} days")))]
        return [Piece("split", pick((f"{whole(2, 40)}", f"{whole(2, 40)}", f"1,{whole(100, 999)}")))]

    def _decorated(self, value: list[Piece]) -> Line:
        """A figure with something beside it that is not part of it, or as it is."""
        # Nobody can tell the parts of m³¹² from each other.
        if value[-1].kind == "power" or not self._chance(0.35):
            return tuple(value)
        kind = self._random.choice(sorted(self._kinds - {"split", "fraction", "power", "equation"}))
        if kind == "break":
            return (*value, Piece("break"))
        if kind == "mark":
            return (*value, *self._mark(1))
        if kind == "comment":
            return (*value, Piece("comment", self._price()))
        gap = self._random.choice((" ", " ", ""))
        if kind == "hidden" and self._chance(0.4):
            # Digits right behind a figure would make another one of it.
            return (*value, Piece("hidden", str(self._random.randint(0, 99))))
        return (Piece(kind, self._price()), Piece("text", gap), *value)

    def _mark(self, chance: float) -> list[Piece]:
        """A footnote mark, or none."""
        if "mark" not in self._kinds or not self._chance(chance):
            return []
        self.marks.append(self._random.choice(_MARKS))
        return [Piece("mark", self.marks[-1])]

    def _price(self) -> str:
        return f"${self._random.randint(100, 899)}.{self._random.randint(10, 99)}"

    def _chance(self, chance: float) -> bool:
        return self._random.random() < chance
