"""Odd documents made by hand: each a file, what a reader sees in it, and what no reader should take for text."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from .document import Piece, Unit

Row = tuple[str, Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class Odd:
    """`seen` holds lines by a word that only they have: a sentence, or a row as its label and its cells by name.

    The text of each of `gone` must be left out and reported.
    """

    name: str
    ending: str
    write: Callable[[Path], None]
    seen: Mapping[str, str | Row]
    gone: tuple[str, ...] = ()

    def units(self) -> list[Unit]:
        """The lines as the check takes them."""
        found = []
        for anchor, line in self.seen.items():
            label, cells = (line, {}) if isinstance(line, str) else line
            found.append(Unit(anchor, label, tuple((tuple(name.split("|")), text) for name, text in cells.items())))
        return found

    def decoys(self) -> list[Piece]:
        """What is gone, as the check takes it."""
        return [Piece("hidden", text) for text in self.gone]


def page(body: str, head: str = "", encoding: str = "utf-8") -> Callable[[Path], None]:
    """A writer of an HTML page."""
    text = f"<!doctype html><html><head><meta charset={encoding}>{head}</head><body><h1>Fees</h1>{body}</body></html>"
    return partial(_write, text, encoding)


def notes(body: str) -> Callable[[Path], None]:
    """A writer of a Markdown file."""
    text = f"---\ntitle: Fees\nversion: '1'\nin_force_from: 2026-01-01\n---\n# Fees\n\n{body}\n"
    return partial(_write, text, "utf-8")


def _write(text: str, encoding: str, path: Path) -> None:
    path.write_text(text, encoding=encoding)


PAGES = (
    Odd(
        "a price card laid out with flex and grid",
        ".html",
        page(
            '<div style="display:flex"><span>Alder</span><span>$5</span><span>10 days</span></div><ul class="row">'
            "<li>Granby</li><li>$7</li></ul><p><span class=cell>Harrow</span><span class=cell>$8</span>"
            "<span class=cell>30 days</span></p>",
            "<style>.cell { display: inline-block } .row { display: grid }</style>",
        ),
        {"Alder": "Alder $5 10 days", "Harrow": "Harrow $8 30 days", "Granby": "Granby", "$7": "$7"},
    ),
    Odd(
        "a definition list with footnote marks",
        ".html",
        page(
            "<dl><dt>Alder<sup>1</sup><dd>$5.00<sup>2</sup> a month<dt>Harrow<dd>4<sup>1</sup>/<sub>2</sub>%</dl>"
            "<p><sup>1</sup> Marlow customers keep $500.<br><sup>2</sup> Newlyn pays $6.</p>"
        ),
        {
            "Alder": "Alder: $5.00 a month",
            "Harrow": "Harrow: 4½%",
            "Marlow": "Marlow customers keep $500.",
            "Newlyn": "Newlyn pays $6.",
        },
        ("1", "2", "1", "2"),
    ),
    Odd(
        "a table in a table's cell",
        ".html",
        page(
            "<table><tr><th>Account<th>Fees<tr><td>Alder<td><table><tr><td>Harrow machine<td>$2<tr><td>Marlow wire"
            "<td>$20</table></table>"
        ),
        {"Harrow": "Harrow machine: $2", "Marlow": "Marlow wire: $20"},
    ),
    Odd(
        "prices cut, replaced and spelled out over tags",
        ".html",
        page(
            "<p>Alder: <del>$12</del><ins>$9</ins> a month.</p><p>Harrow: <s><b>$1</b>,250</s>&nbsp;<b>$1</b>,050.</p>"
            "<p>Marlow: $<b>5</b>0 or $1<wbr>,000 or $2&#8203;,000 or $3<!-- 9 -->,000.</p>"
        ),
        {
            "Alder": "Alder: $9 a month.",
            "Harrow": "Harrow: $1,050.",
            "Marlow": "Marlow: $50 or $1,000 or $2,000 or $3,000.",
        },
        ("$12", "$1,250"),
    ),
    Odd(
        "a page that leaves out the tags of head and body",
        ".html",
        partial(
            _write, "<title>Fees</title><main><section>Alder costs $5.</section></main><p>Harrow costs $6.", "utf-8"
        ),
        {"Alder": "Alder costs $5.", "Harrow": "Harrow costs $6."},
    ),
    Odd(
        "an old page in windows-1252",
        ".html",
        page("<p>Alder costs £5 and pays 2½ %.<p>Harrow costs 1 200 €.", encoding="windows-1252"),
        {"Alder": "Alder costs £5 and pays 2½ %.", "Harrow": "Harrow costs 1 200 €."},
    ),
    Odd(
        "the same price twice, once for small screens",
        ".html",
        page(
            '<p>Alder <span class="wide">costs $5</span><span class="small">$5.00/mo</span></p>'
            '<p>Harrow<span style="position:absolute;left:-9999px"> was $88</span> costs $8.</p>'
            '<p>Marlow costs $7<span class="sr">, now 30 dollars</span>.</p>',
            "<style>.small { display: none !important } p > .sr { position: absolute; width: 1px; height: 1px; "
            "overflow: hidden; clip: rect(0 0 0 0) }</style>",
        ),
        {"Alder": "Alder costs $5", "Harrow": "Harrow costs $8.", "Marlow": "Marlow costs $7."},
        ("$5.00/mo", "was $88", ", now 30 dollars"),
    ),
    Odd(
        "ordinals, chemistry, powers of ten and units",
        ".html",
        page(
            "<p>Alder is due on the 1<sup>st</sup> of March.</p><p>Harrow funds save 5 t of CO<sub>2</sub> a year.</p>"
            "<p>Marlow holds 10<sup>6</sup> shares.</p><p>Newlyn rents 20 m<sup>2</sup> for $90<sup>*</sup>.</p>"
        ),
        {
            "Alder": "Alder is due on the 1st of March.",
            "Harrow": "Harrow funds save 5 t of CO₂ a year.",
            "Marlow": "Marlow holds 10⁶ shares.",
            "Newlyn": "Newlyn rents 20 m² for $90.",
        },
        ("*",),
    ),
    Odd(
        "a table with a caption, a hidden column, a foot and two head rows",
        ".html",
        page(
            "<table><caption>Granby prices from January 1, 2027</caption><thead><tr><th rowspan=2>Account"
            "<th colspan=3>Fees<sup>1</sup><tr><th>Monthly<th hidden>Old<th>Yearly</thead><tbody><tr><td>Alder<td>$5"
            "<td hidden>$12<td>$60<br>$55 online<tr><td>Harrow<td colspan=2>free<td hidden>$4<tr>"
            "<tfoot><tr><td colspan=4>Marlow: all with 8% tax.</table>"
        ),
        {
            "Granby": "Granby prices from January 1, 2027",
            "Alder": ("Alder", {"Fees|Monthly": "$5", "Fees|Yearly": "$60 $55 online"}),
            "Marlow": "Marlow: all with 8% tax.",
        },
        ("$12", "$4", "1"),
    ),
    Odd(
        "pictures, fields and buttons between digits",
        ".html",
        page(
            '<p>Alder: $5<img alt="0">0 fee.</p><p>Harrow: from <label>$<input value="9"></label> on.</p>'
            "<p>Marlow: $7<svg></svg>1 a day.</p><p>Newlyn: <select><option>$4</select> a day.</p>"
        ),
        {"Alder": "Alder: $5 0 fee.", "Harrow": "Harrow: from $ on.", "Marlow": "Marlow: $7 1 a day."},
    ),
)

NOTES = (
    Odd(
        "footnotes, strikes and escaped bars in a pipe table",
        ".md",
        notes(
            "| Account | Monthly | Yearly |\n|---|--:|--:|\n"
            "| Alder\\|Plus | ~~$12~~ **$9**[^1] | $1,000<sup>3</sup> |\n"
            "| Harrow | $5<br>10 days | &frac12; % |\n\n[^1]: The Marlow note says $3."
        ),
        {
            "Alder": ("Alder|Plus", {"Monthly": "$9", "Yearly": "$1,000"}),
            "Harrow": ("Harrow", {"Monthly": "$5 10 days", "Yearly": "½ %"}),
            "Marlow": "The Marlow note says $3.",
        },
        ("$12", "3"),
    ),
    Odd(
        "an HTML table with spans among Markdown",
        ".md",
        notes(
            "Text **before**.\n\n<table>\n<tr><th rowspan=2>Account</th><th colspan=2>Fees</th></tr>\n<tr><th>Monthly"
            "</th><th>Yearly</th></tr>\n<tr><td>Alder</td><td colspan=2>$5&nbsp;<s>$6</s></td></tr>\n<tr><td>Harrow"
            "</td><td>$7</td><td>$80</td></tr>\n</table>\n\nThe Marlow line costs $3."
        ),
        {
            "Alder": ("Alder", {"Fees|Monthly": "$5", "Fees|Yearly": "$5"}),
            "Harrow": ("Harrow", {"Fees|Monthly": "$7", "Fees|Yearly": "$80"}),
            "Marlow": "The Marlow line costs $3.",
        },
        ("$6",),
    ),
    Odd(
        "breaks, entities, details and comments",
        ".md",
        notes(
            "Alder costs $5  \n10 days later it is due.\n\nHarrow costs &#36;5 &amp; up&nbsp;to 10&percnt;.\n\n"
            "<details><summary>More</summary>Marlow wires cost $20.</details>\n\n<!-- Newlyn: $77 -->\n\n"
            '- [x] Granby is free\n- Linden: $4\n  1. Otley: $3\n\n<div style="display:none">Penrith $99</div>'
        ),
        {
            "Alder": "Alder costs $5 10 days later it is due.",
            "Harrow": "Harrow costs $5 & up to 10%.",
            "Marlow": "Marlow wires cost $20.",
            "Granby": "Granby is free",
            "Linden": "Linden: $4",
            "Otley": "Otley: $3",
        },
        ("Penrith $99",),
    ),
    Odd(
        "digits over inline tags and styled spans",
        ".md",
        notes(
            "Alder: <b>$5</b><i>0</i> and $**1**,250.\n\nHarrow: $5<span hidden>9</span> a month<sup>1,2</sup>.\n\n"
            "Marlow: 4<sup>3</sup>&frasl;<sub>16</sub>% and 5&nbsp;000 points.\n\nNewlyn: ~~$8~~ free."
        ),
        {
            "Alder": "Alder: $50 and $1,250.",
            "Harrow": "Harrow: $5 a month.",
            "Marlow": "Marlow: 4 3⁄16% and 5 000 points.",
            "Newlyn": "Newlyn: free.",
        },
        ("9", "1,2", "$8"),
    ),
)
