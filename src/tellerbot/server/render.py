"""The templates of the pages, and what they ask of Python: days, times, phone numbers that can be called."""

import re
from datetime import UTC, date, datetime
from itertools import groupby
from pathlib import Path
from typing import Any

import phonenumbers
from fastapi import Request
from fastapi.templating import Jinja2Templates
from markupsafe import Markup, escape

from tellerbot.knowledge.passages import sentences
from tellerbot.server.policies import link_passage
from tellerbot.server.sources import say_source
from tellerbot.server.state import state_of

HERE = Path(__file__).parent
# A number without its country's code is one of this country, as the locale has it.
COUNTRY = "US"


def _context(request: Request) -> dict[str, Any]:
    """Return the values that every page has: the prefix, the assistant, and the release that is served.

    The server is seen under the prefix.
    """
    state = state_of(request)
    assistant = state.assistant
    return {
        "root": state.settings.prefix,
        "about": assistant.parts.project.assistant,
        "release": assistant.manifest.version,
    }


def say_day(day: date) -> str:
    """Write a day: `January 1, 2026`."""
    return f"{day:%B} {day.day}, {day.year}"


def say_time(at: datetime) -> str:
    """Write a time: `Nov 30, 14:02 UTC`, which times.js replaces with the reader's own time."""
    return f"{at:%b} {at.day}, {at:%H:%M} UTC"


def link_phones(text: str) -> Markup:
    """Escape a text and make its valid phone numbers links that call them."""
    pieces, end = Markup(), 0
    for match in phonenumbers.PhoneNumberMatcher(text, COUNTRY):
        address = phonenumbers.format_number(match.number, phonenumbers.PhoneNumberFormat.RFC3966)
        pieces += escape(text[end : match.start])
        pieces += Markup('<a href="{}">{}</a>').format(address, match.raw_string)
        end = match.end
    return pieces + escape(text[end:])


def trim_quote(quote: str, reply: str) -> str:
    """Return what a quote adds to a reply: "…" for the sentences that the reply has, "" for the whole quote."""
    said, kept = _bare(reply), list[str]()
    for line in quote.split("\n"):
        parts = ("…" if _bare(sentence) in said else sentence for sentence in sentences(line))
        kept.append(" ".join(part for part, _ in groupby(parts)))
    lines = [line for line, _ in groupby(kept)]
    return "" if lines == ["…"] else "\n".join(lines)


def _bare(text: str) -> str:
    return " ".join(re.sub(r"^\s*(?:[-*•]|\d+[.)])\s+", "", text, flags=re.MULTILINE).split())


templates = Jinja2Templates(HERE / "templates", context_processors=[_context])
templates.env.filters |= {
    "day": say_day,
    "moment": say_time,
    "phones": link_phones,
    "unsaid": trim_quote,
    "source": say_source,
    "link": link_passage,
}
templates.env.globals["this_moment"] = lambda: datetime.now(UTC)
