"""A document -> HTML, with the markup that pages in the wild use for the same thing."""

import re
from html import escape
from pathlib import Path
from random import Random

from .document import Document, Heading, Items, Line, Note, Paragraph, Piece, PieceKind, Sentence, Table

KINDS: frozenset[PieceKind] = frozenset(
    ("split", "fraction", "power", "equation", "break", "mark", "struck", "hidden", "comment")
)
STYLE = """<style>
.gone, p .sr-only { display: none }
.old { text-decoration: line-through }
.note { vertical-align: super; font-size: 70% }
.price { font-weight: bold }
</style>"""
_STRUCK = (
    "<s>{}</s>", "<del>{}</del>", "<strike>{}</strike>", '<span class="old">{}</span>', "<del><b>{}</b></del>",
    '<span style="text-decoration: line-through">{}</span>', '<span style="TEXT-DECORATION:red line-through">{}</span>',
)  # fmt: skip
_HIDDEN = (
    "<span hidden>{}</span>", '<span class="gone">{}</span>', '<span style="display: none">{}</span>',
    '<span style="visibility:hidden">{}</span>', '<span style="opacity:0">{}</span>',
    '<span style="font-size: 0">{}</span>', '<span aria-hidden="TRUE">{}</span>', '<i style="DISPLAY:NONE">{}</i>',
)  # fmt: skip
_MARKS = (
    "<sup>{}</sup>", '<sup><a href="#n">{}</a></sup>', '<a href="#n"><sup>{}</sup></a>', "<sup><b>{}</b></sup>",
    '<span class="note">{}</span>', '<span style="vertical-align: super">{}</span>', "<sup> {}</sup>",
)  # fmt: skip
_FRACTIONS = ("<sup>{}</sup>/<sub>{}</sub>", "<sup>{}</sup>&frasl;<sub>{}</sub>", "<sup>{}/{}</sup>")
_CHARACTERS = {"1/2": "&frac12;", "1/4": "&#188;", "3/4": "&#xBE;", "1/8": "⅛", "5/8": "&#8541;", "2/3": "⅔"}
_NAMED = {"\u00a0": "&nbsp;", "€": "&euro;", "£": "&pound;", "–": "&ndash;", "%": "&percnt;"}
_AROUND = (
    '<b class="price">{}</b>', '<a href="#fees">{}</a>', "<ins>{}</ins>", "<mark>{}</mark>", "<label>{}</label>",
    '<data value="1">{}</data>', "<time>{}</time>", "<font size=2>{}</font>", "<small>{}</small>", "<abbr>{}</abbr>",
    '<span style="text-decoration: underline; opacity: 0.9">{}</span>', '<span style="font-size: 10px">{}</span>',
)  # fmt: skip
_BETWEEN = ("<wbr>", "<!-- -->", "&#8203;", "</b>", "&shy;")


def write(document: Document, path: Path, random: Random) -> None:
    """Write a page."""
    body = "\n".join(block(item, random) for item in document.blocks)
    frame = random.choice(("<nav>{}</nav>", "<footer><p>{}</p></footer>", '<div role="banner">{}</div>'))
    around = frame.format(document.running) if document.running else ""
    title = '<!doctype html><html><head><meta charset="utf-8"><title>Fees</title>'
    # The tags of head and body may be left out.
    shape = random.choice(("{0}</head>\n<body>{1}</body></html>", "{0}</head>\n<body>{1}", "{0}\n<main>{1}</main>"))
    path.write_text(shape.format(f"{title}{STYLE}", f"{around}{body}"), encoding="utf-8")


def block(item: object, random: Random) -> str:
    """One block as HTML."""
    if isinstance(item, Heading):
        return f"<h{item.level}>{line(item.sentence.line, random)}</h{item.level}>"
    if isinstance(item, Paragraph):
        tag = random.choice(("p", "p", "div"))
        return f"<{tag}>{' '.join(line(sentence.line, random) for sentence in item.sentences)}</{tag}>"
    if isinstance(item, Note):
        return f"<p>{_mark(item.mark, random)} {line(item.sentence.line, random)}</p>"
    return _table(item, random) if isinstance(item, Table) else _items(item, random)  # type: ignore[arg-type]


def line(pieces: Line, random: Random) -> str:
    """A line's pieces as inline HTML."""
    return "".join(_piece(piece, random) for piece in pieces)


def _piece(piece: Piece, random: Random) -> str:
    text = _escaped(piece.text, random)
    match piece.kind:
        case "split":
            return _split(piece.text, random)
        case "fraction":
            ways = (_CHARACTERS[piece.text], *(way.format(*piece.text.split("/")) for way in _FRACTIONS))
            return random.choice(ways)
        case "power":
            return random.choice((f"<sup>{text}</sup>", {"2": "²", "3": "&sup3;"}[piece.text]))
        case "equation":
            number, unit = re.fullmatch(r"([\d.]+)(.+)", piece.text).groups()  # type: ignore[union-attr]
            return f"<math><mrow><mn>{number}</mn><mo>{unit}</mo></mrow></math>"
        case "break":
            return random.choice(("<br>", "<br/>", "<br>\n"))
        case "mark":
            return _mark(piece.text, random)
        case "struck":
            return random.choice(_STRUCK).format(text)
        case "hidden":
            return random.choice(_HIDDEN).format(text)
        case "comment":
            return f"<!-- {text} -->"
    return text


def _mark(text: str, random: Random) -> str:
    return random.choice(_MARKS).format(escape(text))


def _escaped(text: str, random: Random) -> str:
    """The text with its characters as they are, or some as entities."""
    text = escape(text, quote=False)
    if random.random() < 0.5:
        text = "".join(_NAMED.get(char, char) for char in text)
    return text


def _split(text: str, random: Random) -> str:
    """A figure, perhaps over several elements, which a browser shows as one."""
    way = random.randrange(6)
    if way > 2 or len(text) < 3:
        return _escaped(text, random)
    if way == 0:
        return random.choice(_AROUND).format(_escaped(text, random))
    at = random.randint(1, len(text) - 1)
    start, end = _escaped(text[:at], random), _escaped(text[at:], random)
    between = random.choice(_BETWEEN)
    if between == "</b>":
        return f"<b>{start}</b>{end}"
    return f"{start}{between}{end}"


def _items(items: Items, random: Random) -> str:
    tag = random.choice(("ul", "ol"))
    parts = [f"<{tag}>"]
    inner = False
    for depth, sentence in items.items:
        if depth and not inner:
            parts.append(f"<{tag}>")
        elif inner and not depth:
            parts.append(f"</{tag}></li>")
        elif len(parts) > 1:
            parts.append("</li>")
        inner = bool(depth)
        parts.append(f"<li>{_item(sentence, random)}")
    parts.append(f"</li></{tag}></li></{tag}>" if inner else f"</li></{tag}>")
    return random.choice(("", "\n")).join(parts)


def _item(sentence: Sentence, random: Random) -> str:
    text = line(sentence.line, random)
    return f"<p>{text}</p>" if random.random() < 0.2 else text


def _table(table: Table, random: Random) -> str:
    section = random.random() < 0.4
    gap = random.choice(("", "\n"))
    scoped = random.random() < 0.3
    rows = []
    for row in range(table.rows):
        heads = range(0, 1 if scoped else 0) if row >= table.heads else range(table.columns)
        cells = [_cell(table, row, column, column in heads, random) for column in range(table.columns)]
        pieces = {piece.kind for column in range(table.columns) for piece in table.at(row, column).line}
        tag = random.choice(("tr", "tr hidden", 'tr class="gone"')) if pieces == {"hidden"} else "tr"
        text = f"<{tag}>{gap.join(filter(None, cells))}</tr>"
        if section and row == 0:
            text = f"<thead>{text}"
        if section and row == table.heads - 1:
            text = f"{text}</thead><tbody>"
        rows.append(text)
    return f"<table>{gap.join(rows)}{'</tbody>' if section else ''}</table>"


def _cell(table: Table, row: int, column: int, head: bool, random: Random) -> str:
    cell = table.at(row, column)
    if (cell.row, cell.column) != (row, column):
        return ""
    tag = "th" if head else "td"
    spans = "".join(
        f' {name}="{count}"' for name, count in (("rowspan", cell.down), ("colspan", cell.across)) if count > 1
    )
    wrap = random.choice(("{}", "{}", "<p>{}</p>", "<div>{}</div>", " {} "))
    return f"<{tag}{spans}>{wrap.format(line(cell.line, random))}</{tag}>"
