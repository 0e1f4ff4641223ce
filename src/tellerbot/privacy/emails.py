"""E-mail addresses, written and spelled, each found from its at sign outwards.

Every search is bounded by the longest local part, label and number of labels (RFC 5321), so that the work grows with
the number of at signs and no more.
"""

import re
from collections.abc import Iterator

_AT = re.compile(r" ?@ ?")
_DOMAIN = re.compile(r"[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}")
# Read from the at sign backwards.
_LOCAL = re.compile(r"[\w.+\-'’!#$%*^`{|}~]{1,128}")

_OPEN, _CLOSE = r" ?[\[(<{] ?", r" ?[\])>}] ?"
_DOT = rf"(?:{_OPEN}(?:dot|\.){_CLOSE}| dot | ?\. ?)"
# "joe (at) example.com" and "joe at example dot com"; plain "at" with a plain dot would be ordinary prose.
_BRACKET_AT = re.compile(rf"{_OPEN}(?:at|@){_CLOSE}", re.IGNORECASE)
_WORD_AT = re.compile(r" at | ?@ ?", re.IGNORECASE)
_BRACKET_DOMAIN = re.compile(rf"[a-z0-9-]{{1,63}}(?:{_DOT}[a-z0-9-]{{1,63}}){{1,8}}", re.IGNORECASE)
_WORD_DOMAIN = re.compile(
    rf"[a-z0-9-]{{1,63}}(?:\.[a-z0-9-]{{1,63}}){{0,4}}(?:(?: dot |{_OPEN}dot{_CLOSE})[a-z0-9-]{{1,63}}){{1,8}}",
    re.IGNORECASE,
)
_JOINED = re.compile(r" (?:tod|erocsrednu|hsad|nehpyh|sulp) [\w.+-]{1,64}", re.IGNORECASE)
_JOINS = 4
_FORMS = ((_AT, _DOMAIN), (_BRACKET_AT, _BRACKET_DOMAIN), (_WORD_AT, _WORD_DOMAIN))


def find_emails(text: str) -> Iterator[tuple[int, int]]:
    """Yield written addresses, then spelled ones: "joe (at) example.com", "jane dot doe at example dot com"."""
    backwards = text[::-1]
    for sign, domain in _FORMS:
        for at in sign.finditer(text):
            local = _LOCAL.match(backwards, len(text) - at.start())
            host = local and domain.match(text, at.end())
            if not (local and host):
                continue
            reach = local.end()
            for _ in range(_JOINS):
                more = _JOINED.match(backwards, reach)
                reach = more.end() if more else reach
            start = len(text) - reach
            name = text[start : at.start()]
            if any(map(str.isalnum, name)):
                yield start + len(name) - len(name.lstrip("'’`.|*{}~^#$%!-")), host.end()
