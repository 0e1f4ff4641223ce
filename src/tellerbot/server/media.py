"""Media types of requests, compared as RFC 9110 wants them: without case, with parameters, by preference."""

import re

from python_multipart.multipart import parse_options_header

EVENTS, JSON, PAGE = "text/event-stream", "application/json", "text/html"
_QUALITY = re.compile(rb"0(\.\d{0,3})?|1(\.0{0,3})?|\.\d{1,3}")


def is_json(content_type: str) -> bool:
    """Return whether a Content-Type names JSON, by the same rule as FastAPI's own bodies."""
    kind = parse_options_header(content_type)[0]
    return kind == JSON.encode() or (kind.startswith(b"application/") and kind.endswith(b"+json"))


def prefers_events(accept: str) -> bool:
    """Return whether an Accept header prefers server-sent events to JSON."""
    return _prefers(EVENTS, accept)


def prefers_page(accept: str) -> bool:
    """Return whether an Accept header prefers HTML to JSON."""
    return _prefers(PAGE, accept)


def _prefers(wanted: str, accept: str) -> bool:
    """Return whether an Accept header prefers a kind to JSON; of two equals, whether it names the kind.

    An element whose quality is malformed is ignored (12.4.2: 0 to 1 with three decimals; 0 means "not acceptable").
    """
    ranges: dict[str, float] = {}
    for element in accept.split(","):
        kind, options = parse_options_header(element)
        quality = options.get(b"q", b"1")
        if _QUALITY.fullmatch(quality):
            ranges[kind.decode("latin-1")] = float(quality)
    liked, json = _quality(wanted, ranges), _quality(JSON, ranges)
    return liked > json or (wanted in ranges and liked == json > 0)


def _quality(kind: str, ranges: dict[str, float]) -> float:
    """Return the quality of the most specific range that fits."""
    fitting = (kind, f"{kind.partition('/')[0]}/*", "*/*")
    return next((ranges[name] for name in fitting if name in ranges), 0.0)
