"""Elements of a page that are side by side without a space, and whose texts are several things."""

import re
from collections.abc import Iterator
from itertools import pairwise

from bs4 import BeautifulSoup, Tag
from bs4.element import NavigableString

from tellerbot.knowledge.documents.blocks import unmark
from tellerbot.knowledge.documents.html_looks import is_apart
from tellerbot.knowledge.documents.html_styles import Styles
from tellerbot.knowledge.documents.html_text import Reader

# Elements that say nothing of how they look; those of a page's own kinds have a hyphen in their names.
_PLAIN = {"a", "bdi", "data", "output", "slot", "span", "time"}
_CURRENCIES = set("$€£¥₹")
# A number of which a part is missing: thousands have three digits.
_UNFINISHED = re.compile(r"\d,\d{1,2}$")


def part_neighbours(root: BeautifulSoup, reader: Reader, styles: Styles) -> None:
    """Put a space between elements whose texts would weld, and note it where both are digits.

    Pages set names, prices and counts side by side, and often only a style sheet in another file keeps them apart:
    `<span>Basic</span><span>$5</span><span>10</span>`. Digits in two elements that are alike are one number only where
    the first ends in a part of one: `<span>$1,2</span><span>50</span>`.
    """
    for run in _runs(root, reader, styles):
        joints = [(left, right, unmark(left.get_text()), unmark(right.get_text())) for left, right in pairwise(run)]
        for left, right, before, after in joints:
            if before[-1:].isdigit() and after[:1].isdigit():
                if not (_are_alike(left, right) and _UNFINISHED.search(before)):
                    noted = reader.omissions.add("numbers side by side, read as two", before + after)
                    right.insert_before(f"{noted} ")
            elif before[-1:].isalnum() and after[:1] in _CURRENCIES:
                right.insert_before(" ")


def _runs(root: BeautifulSoup, reader: Reader, styles: Styles) -> Iterator[list[Tag]]:
    """Yield the elements between which nothing is written, in runs of one and more."""
    found = root.find_all(_is_plain)
    following = {
        id(before): tag
        for tag in found
        if isinstance(before := _before(tag), Tag) and not any(_is_apart(one, reader, styles) for one in (before, tag))
    }
    starts = {id(tag): tag for tag in found} | {id(tag): None for tag in following.values()}
    for run in [[tag] for tag in starts.values() if tag]:
        while id(run[-1]) in following:
            run.append(following[id(run[-1])])
        yield run


def _before(tag: Tag) -> object:
    before = tag.previous_sibling
    while isinstance(before, NavigableString) and not unmark(before):
        before = before.previous_sibling
    return before


def _is_apart(tag: Tag, reader: Reader, styles: Styles) -> bool:
    return not _is_plain(tag) or not reader.is_inline(tag) or is_apart(tag, styles)


def _is_plain(tag: Tag) -> bool:
    return tag.name in _PLAIN or "-" in tag.name


def _are_alike(one: Tag, other: Tag) -> bool:
    return (one.name, one.get("class")) == (other.name, other.get("class"))
