"""The preludes of style rules: selectors and media queries, as tinycss2's tokens."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import tinycss2

GENERATED = ("before", "after")


def split_pseudo(selector: list[Any]) -> tuple[list[Any], str]:
    """Return a selector without the pseudo-element at its end, and the prefix of its declarations: `::before `."""
    words = [token for token in selector if token.type != "whitespace"]
    if len(words) > 1 and _is(words[-2], ":") and words[-1].type == "ident" and words[-1].lower_value in GENERATED:
        end = selector.index(words[-1]) - 1
        end -= end > 0 and _is(selector[end - 1], ":")
        return selector[:end], f"::{words[-1].lower_value} "
    return selector, ""


def index_key(selector: Sequence[Any]) -> str:
    """Return the index's key of the elements that a selector selects."""
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


def required_keys(selector: Sequence[Any]) -> set[str]:
    """Return the classes and ids that a page must have for the selector to match: `.name`, `#name`."""
    after_dots = (after for before, after in pairwise(selector) if _is(before, "."))
    classes = {f".{token.value}" for token in after_dots if token.type == "ident"}
    return classes | {f"#{token.value}" for token in selector if token.type == "hash"}


def specificity(selector: Sequence[Any]) -> tuple[int, int, int]:
    """Count ids; classes, attributes and pseudo-classes; types. See Selectors Level 4, section 17."""
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
            inner = max((specificity(part) for part in split_commas(token.arguments)), default=(0, 0, 0))
            ids, classes, types = ids + inner[0], classes + inner[1], types + inner[2]
        elif token.type == "function" and token.lower_name != "where":
            classes += 1
    return ids, classes, types


def split_commas(tokens: Sequence[Any]) -> list[list[Any]]:
    """Return the tokens between commas."""
    parts: list[list[Any]] = [[]]
    for token in tokens:
        if _is(token, ","):
            parts.append([])
        elif token.type != "comment":
            parts[-1].append(token)
    return parts


def _is(token: Any, sign: str) -> bool:
    return token.type == "literal" and token.value == sign


def applies(rule: Any) -> bool:
    """Return whether the rules in an at-rule are for a page on a screen."""
    if rule.lower_at_keyword == "media":
        return is_for_screens(rule.prelude)
    negated = any(token.type == "ident" and token.lower_value == "not" for token in rule.prelude)
    return rule.lower_at_keyword in ("supports", "layer") and not negated


def is_for_screens(queries: Sequence[Any]) -> bool:
    """Return whether media queries hold on a wide screen, without any preference of a person's."""
    return any(_holds(query) for query in split_commas(queries))


def _holds(query: Sequence[Any]) -> bool:
    words = {token.lower_value for token in query if token.type == "ident"}
    if "not" in words:
        return "print" in words
    features = [tinycss2.serialize(token.content).strip().lower() for token in query if token.type == "() block"]
    return words <= {"all", "screen", "only", "and"} and all(feature.startswith("min-") for feature in features)
