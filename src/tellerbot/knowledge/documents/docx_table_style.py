"""How the style of a table of Word formats its cells."""

from tellerbot.knowledge.documents.docx_package import Element, q, val
from tellerbot.knowledge.documents.docx_styles import Place, Properties, Styles, children, fill

# The parts of a table that its style may set apart, weakest first: name, attribute of `w:tblLook`, its bit there.
_PARTS = (
    ("firstCol", "firstColumn", 0x80),
    ("lastCol", "lastColumn", 0x100),
    ("firstRow", "firstRow", 0x20),
    ("lastRow", "lastRow", 0x40),
)
PARTS = {name for name, _, _ in _PARTS}
_PLAIN_STYLES = ("normal table", "table grid", "")


class TableStyle:
    """The text of cells, and what is behind it. `has_head`: the style sets the first row apart."""

    def __init__(self, styles: Styles, table: Element, place: Place) -> None:
        properties = table.find(q("w:tblPr"))
        self._chain = list(styles.chain("table", val(properties, "w:tblStyle")))
        name = (val(self._chain[0], "w:name") or "").lower() if self._chain else ""
        look = None if properties is None else properties.find(q("w:tblLook"))
        self._parts = {name for name, attribute, bit in _PARTS if look is not None and _is_set(look, attribute, bit)}
        self.has_head = "firstRow" in self._parts and name not in _PLAIN_STYLES
        own = None if properties is None else fill(properties.find(q("w:shd")))
        shaded = any(fill(shading) for style in self._chain for shading in style.iter(q("w:shd")))
        # What a style shades depends on the cell: no text in such a table is taken for hidden by its colour.
        self._fill = own or (None if shaded else place.fill)

    def place(self, cell: Element, parts: set[str]) -> Place:
        """Return the surroundings of a cell's text; `parts` names the parts of the table that the cell is in."""
        found: Properties = {}
        for style in reversed(self._chain):
            found |= children(style.find(q("w:rPr")))
        for name, _, _ in _PARTS:
            if name in parts & self._parts:
                for style in reversed(self._chain):
                    for part in style.findall(q("w:tblStylePr")):
                        if part.get(q("w:type")) == name:
                            found |= children(part.find(q("w:rPr")))
        properties = cell.find(q("w:tcPr"))
        own = None if properties is None else fill(properties.find(q("w:shd")))
        return Place(own or self._fill, found)


def _is_set(look: Element, attribute: str, bit: int) -> bool:
    own = look.get(q(f"w:{attribute}"))
    if own is not None:
        return own in ("1", "true", "on")
    try:
        return bool(int(look.get(q("w:val"), "0"), 16) & bit)
    except ValueError:
        return False
