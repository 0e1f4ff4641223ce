"""Which of ten common languages a message is in that the assistant does not read."""

import re
from functools import cache

from tellerbot.project.defaults import default_languages

# So many different words of a message and so large a share of all must at least be of a language.
_LEAST, _SHARE = 2, 0.4


@cache
def _words(listed: str) -> frozenset[str]:
    return frozenset(listed.split())


def refusal_in(text: str) -> str | None:
    """Return a refusal in the language of a message; None for English, and where the language is in doubt."""
    words = re.findall(r"[^\W\d_]+", text.casefold())
    letters = sum(map(len, words))
    best: tuple[int, str] | None = None
    for language in default_languages().values():
        if "letters" in language:
            if letters and len(re.findall(language["letters"], text.casefold())) > letters / 2:
                return language["reply"]
            continue
        its_own = _words(language["words"])
        known = [word for word in words if word in its_own]
        count = len(known)
        if len({*known}) >= _LEAST and count >= _SHARE * len(words) and (best is None or count > best[0]):
            best = (count, language["reply"])
    return best[1] if best else None
