"""What a page's own style sheets and style attributes declare for each of its elements.

Only properties that decide whether and where text is seen are kept. Sheets in other files are not read.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

import soupsieve
import tinycss2
from bs4 import BeautifulSoup, Tag
from soupsieve import SelectorSyntaxError
from tinycss2.color4 import parse_color

_KEPT = {
    "display", "visibility", "opacity", "content-visibility", "font-size", "color", "background-color",
    "background-clip", "text-indent", "text-decoration", "vertical-align", "position", "left", "right", "top", "bottom",
    "float", "width", "height", "max-width", "max-height", "overflow", "clip", "clip-path", "transform",
    "margin-left", "margin-right", "padding-left", "padding-right",
}  # fmt: skip
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
            if not sheet.find_parent("template") and _is_for_screens(
                tinycss2.parse_component_value_list(str(sheet.get("media", "")))
            ):
                rules = tinycss2.parse_stylesheet(
                    "".join(map(str, sheet.children)), skip_comments=True, skip_whitespace=True
                )
                self._add_rules(rules)
        for tag in soup.find_all(style=True):
            self._add(tag, list(_declarations(str(tag["style"]))), (0, 0, 0), inline=True)

    def get(self, tag: Tag, name: str) -> str:
        """The value declared for a property; empty where there is none."""
        found = self._declared.get(id(tag), {}).get(name)
        return found[1] if found else ""

    def declares(self, tag: Tag) -> bool:
        """Whether anything is declared for an element."""
        return id(tag) in self._declared

    def _add_rules(self, rules: Sequence[Any]) -> None:
        for rule in rules:
            if rule.type == "qualified-rule":
                declared = list(_declarations(rule.content))
                for selector in _split(rule.prelude) if declared else []:
                    for tag in self._select(selector):
                        self._add(tag, declared, _specificity(selector))
            elif rule.type == "at-rule" and rule.content is not None and _applies(rule):
                nested = tinycss2.parse_rule_list(rule.content, skip_comments=True, skip_whitespace=True)
                self._add_rules(nested)

    def _select(self, selector: list[Any]) -> Iterator[Tag]:
        # Large sheets have thousands of rules: each is tried on the few elements that it may be for.
        candidates = self._tags.get(_key(selector), ())
        if candidates and _required(selector) <= self._tags.keys():
            try:
                yield from soupsieve.filter(tinycss2.serialize(selector).strip(), candidates)
            except (SelectorSyntaxError, NotImplementedError):
                return  # browsers skip such rules too, but for pseudo-elements, which hold no text of the page

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
    """(property, value, whether it is important) of what is kept, with the shorthands that matter taken apart."""
    for node in tinycss2.parse_blocks_contents(source, skip_comments=True, skip_whitespace=True):
        if node.type != "declaration":
            continue
        name = _ALIASES.get(node.lower_name, node.lower_name)
        value = " ".join(tinycss2.serialize(node.value).lower().split())
        for long_name, part in _long(name, value, node.value):
            if long_name in _KEPT and part:
                yield long_name, part, node.important


def _long(name: str, value: str, tokens: Sequence[Any]) -> Iterator[tuple[str, str]]:
    if name == "font" and (size := _FONT_SIZE.search(value)):
        yield "font-size", size[1]
    elif name == "background":
        colors = [tinycss2.serialize([token]) for token in tokens if parse_color(token)]
        # Over a picture no colour is known.
        pictured = any(token.type in ("url", "function") and not parse_color(token) for token in tokens)
        yield "background-color", "" if pictured or not colors else colors[0].lower()
        yield "background-clip", "text" if re.search(r"\btext\b", value) else ""
    elif name in ("margin", "padding"):
        parts = value.split()
        if len(parts) in _SIDES:
            for side, at in zip(("left", "right"), _SIDES[len(parts)], strict=True):
                yield f"{name}-{side}", parts[at]
    else:
        yield name, value


def _index(soup: BeautifulSoup) -> dict[str, list[Tag]]:
    """The elements by `name`, `.class` and `#id`; all of them by `*`."""
    tags: dict[str, list[Tag]] = {}
    for tag in soup.find_all(True):
        classes = [f".{name}" for name in tag.get_attribute_list("class") if name]
        ids = [f"#{name}" for name in tag.get_attribute_list("id") if name]
        for key in {"*", tag.name, *classes, *ids}:
            tags.setdefault(key, []).append(tag)
    return tags


def _key(selector: Sequence[Any]) -> str:
    """What the elements that a selector selects have in common, as in the index."""
    key = "*"
    for before, token in zip([None, *selector], selector, strict=False):
        if token.type == "whitespace" or (token.type == "literal" and token.value in ">+~"):
            key = key if token is selector[-1] else "*"
        elif token.type == "hash":
            key = f"#{token.value}"
        elif token.type == "ident" and before is not None and _is(before, "."):
            key = f".{token.value}"
        elif token.type == "ident" and key == "*" and not (before is not None and _is(before, ":")):
            key = token.lower_value
    return key


def _required(selector: Sequence[Any]) -> set[str]:
    """The classes and ids that a page must have for the selector to match: `.name`, `#name`."""
    after_dots = (after for before, after in pairwise(selector) if _is(before, "."))
    classes = {f".{token.value}" for token in after_dots if token.type == "ident"}
    return classes | {f"#{token.value}" for token in selector if token.type == "hash"}


def _specificity(selector: Sequence[Any]) -> tuple[int, int, int]:
    """Ids; classes, attributes and pseudo-classes; types. See Selectors Level 4, section 17."""
    ids = classes = types = 0
    for before, token in zip([None, *selector], selector, strict=False):
        if token.type == "hash":
            ids += 1
        elif token.type == "[] block":
            classes += 1
        elif token.type == "ident":
            is_class = before is not None and (_is(before, ".") or _is(before, ":"))
            classes, types = classes + is_class, types + (not is_class)
        elif token.type == "function" and token.lower_name in ("is", "not", "has"):
            inner = max((_specificity(part) for part in _split(token.arguments)), default=(0, 0, 0))
            ids, classes, types = ids + inner[0], classes + inner[1], types + inner[2]
        elif token.type == "function" and token.lower_name != "where":
            classes += 1
    return ids, classes, types


def _split(tokens: Sequence[Any]) -> list[list[Any]]:
    """Tokens between commas."""
    parts: list[list[Any]] = [[]]
    for token in tokens:
        if _is(token, ","):
            parts.append([])
        elif token.type != "comment":
            parts[-1].append(token)
    return parts


def _is(token: Any, sign: str) -> bool:
    return token.type == "literal" and token.value == sign


def _applies(rule: Any) -> bool:
    if rule.lower_at_keyword == "media":
        return _is_for_screens(rule.prelude)
    negated = any(token.type == "ident" and token.lower_value == "not" for token in rule.prelude)
    return rule.lower_at_keyword in ("supports", "layer") and not negated


def _is_for_screens(queries: Sequence[Any]) -> bool:
    """Whether media queries hold on a wide screen, without any preference of a person's."""
    return any(_holds(query) for query in _split(queries))


def _holds(query: Sequence[Any]) -> bool:
    words = {token.lower_value for token in query if token.type == "ident"}
    if "not" in words:
        return "print" in words
    features = [tinycss2.serialize(token.content).strip().lower() for token in query if token.type == "() block"]
    return words <= {"all", "screen", "only", "and"} and all(feature.startswith("min-") for feature in features)
