"""What a page's own style sheets and style attributes declare for each of its elements.

Only properties that decide whether and where text is seen are kept. Sheets in other files are not read.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Any

import soupsieve
import tinycss2
from bs4 import BeautifulSoup, Tag
from soupsieve import SelectorSyntaxError
from tinycss2.color4 import parse_color

from tellerbot.knowledge.documents.html_selectors import (
    applies,
    index_key,
    is_for_screens,
    required_keys,
    specificity,
    split_commas,
    split_pseudo,
)

_KEPT = {
    "display", "visibility", "opacity", "content-visibility", "font-size", "color", "background-color",
    "background-image", "background-clip", "text-indent", "text-decoration", "vertical-align", "position", "left",
    "right", "top", "bottom", "float", "width", "height", "max-width", "max-height", "overflow", "clip", "clip-path",
    "transform", "content", "margin-left", "margin-right", "padding-left", "padding-right", "direction", "unicode-bidi",
}  # fmt: skip
_TEXT = re.compile(r"[^\W_]|[$€£¥₹%]")
_ALIASES = {
    "overflow-x": "overflow",
    "overflow-y": "overflow",
    "text-decoration-line": "text-decoration",
    "-webkit-text-decoration": "text-decoration",
    "-webkit-background-clip": "background-clip",
}
# Places of the left and the right side among one to four values of `margin` and `padding`.
_SIDES = {1: (0, 0), 2: (1, 1), 3: (1, 1), 4: (3, 1)}
_FONT_SIZE = re.compile(r"(?<![\w.#-])(\d*\.?\d+(?:[a-z]+|%)|0)(?![\w.])")
# Important or not, in the element itself or not, specificity, place in the page: the larger one wins.
_Weight = tuple[bool, bool, tuple[int, int, int], int]


class Styles:
    """The declared values of a page's elements, in lower case. Values that are inherited are the caller's affair."""

    def __init__(self, soup: BeautifulSoup) -> None:
        self._declared: dict[int, dict[str, tuple[_Weight, str]]] = {}
        self._tags = _index(soup)
        self._order = 0
        for sheet in soup.find_all("style"):
            if not sheet.find_parent("template") and is_for_screens(
                tinycss2.parse_component_value_list(str(sheet.get("media", "")))
            ):
                rules = tinycss2.parse_stylesheet(
                    "".join(map(str, sheet.children)), skip_comments=True, skip_whitespace=True
                )
                self._add_rules(rules)
        for tag in soup.find_all(style=True):
            self._add(tag, list(_declarations(str(tag["style"]))), (0, 0, 0), inline=True)

    def get(self, tag: Tag, name: str) -> str:
        """Return the value declared for a property; empty where there is none."""
        found = self._declared.get(id(tag), {}).get(name)
        return found[1] if found else ""

    def generated_text(self, tag: Tag, place: str) -> str:
        """Return the text that the page's style puts `before` or `after` an element's content; empty for ornaments."""
        text = self.get(tag, f"::{place} content")
        hidden = self.get(tag, f"::{place} display") == "none" or self.get(tag, f"::{place} position") == "absolute"
        return text if _TEXT.search(text) and not hidden else ""

    def declares(self, tag: Tag) -> bool:
        """Return whether anything is declared for an element."""
        return id(tag) in self._declared

    def _add_rules(self, rules: Sequence[Any]) -> None:
        for rule in rules:
            if rule.type == "qualified-rule":
                declared = list(_declarations(rule.content))
                for selector in split_commas(rule.prelude) if declared else []:
                    element, place = split_pseudo(selector)
                    named = [(f"{place}{name}", value, important) for name, value, important in declared]
                    for tag in self._select(element):
                        self._add(tag, named, specificity(selector))
            elif rule.type == "at-rule" and rule.content is not None and applies(rule):
                nested = tinycss2.parse_rule_list(rule.content, skip_comments=True, skip_whitespace=True)
                self._add_rules(nested)

    def _select(self, selector: list[Any]) -> Iterator[Tag]:
        # Large sheets have thousands of rules: each is tried on the few elements that it may be for.
        candidates = self._tags.get(index_key(selector), ())
        if candidates and required_keys(selector) <= self._tags.keys():
            try:
                yield from soupsieve.filter(tinycss2.serialize(selector).strip(), candidates)
            except (SelectorSyntaxError, NotImplementedError):
                return  # browsers skip them too, or they are for pseudo-elements without text

    def _add(
        self, tag: Tag, declared: list[tuple[str, str, bool]], specificity: tuple[int, int, int], inline: bool = False
    ) -> None:
        values = self._declared.setdefault(id(tag), {})
        for name, value, important in declared:
            self._order += 1
            weight = (important, inline, specificity, self._order)
            if name not in values or values[name][0] < weight:
                values[name] = (weight, value)


def _declarations(source: Any) -> Iterator[tuple[str, str, bool]]:
    """Yield (property, value, whether it is important) of what is kept, with needed shorthands taken apart."""
    for node in tinycss2.parse_blocks_contents(source, skip_comments=True, skip_whitespace=True):
        if node.type != "declaration":
            continue
        name = _ALIASES.get(node.lower_name, node.lower_name)
        value = " ".join(tinycss2.serialize(node.value).lower().split())
        if name == "content":
            # Text is kept unchanged; pictures, counters and quotes are not text of the page.
            yield name, "".join(_strings(node.value)), node.important
            continue
        for long_name, part in _long(name, value, node.value):
            if long_name in _KEPT and part:
                yield long_name, part, node.important


def _strings(tokens: Sequence[Any]) -> Iterator[str]:
    return (token.value for token in tokens if token.type == "string")


def _long(name: str, value: str, tokens: Sequence[Any]) -> Iterator[tuple[str, str]]:
    if name == "font" and (size := _FONT_SIZE.search(value)):
        yield "font-size", size[1]
    elif name == "background":
        colors = [tinycss2.serialize([token]) for token in tokens if parse_color(token)]
        pictured = any(token.type in ("url", "function") and not parse_color(token) for token in tokens)
        yield "background-image", "url" if pictured else "none"
        yield "background-color", colors[0].lower() if colors else ""
        yield "background-clip", "text" if re.search(r"\btext\b", value) else ""
    elif name in ("margin", "padding"):
        parts = value.split()
        if len(parts) in _SIDES:
            for side, at in zip(("left", "right"), _SIDES[len(parts)], strict=True):
                yield f"{name}-{side}", parts[at]
    else:
        yield name, value


def _index(soup: BeautifulSoup) -> dict[str, list[Tag]]:
    """Return the elements by `name`, `.class` and `#id`; all of them by `*`."""
    tags: dict[str, list[Tag]] = {}
    for tag in soup.find_all(True):
        classes = [f".{name}" for name in tag.get_attribute_list("class") if name]
        ids = [f"#{name}" for name in tag.get_attribute_list("id") if name]
        for key in {"*", tag.name, *classes, *ids}:
            tags.setdefault(key, []).append(tag)
    return tags
