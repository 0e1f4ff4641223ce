"""Which of ten common languages a message is in that the assistant does not read."""

import re

from tellerbot.project.defaults import default_languages

# Of the words of a message, at least so many and so large a share must be of a language.
_LEAST, _SHARE = 2, 0.4


def refusal_in(text: str) -> str | None:
    """A refusal in the language of a message; None for English, and where the language is in doubt."""
    words = re.findall(r"[^\W\d_]+", text.casefold())
    letters = sum(map(len, words))
    best: tuple[int, str] | None = None
    for language in default_languages().values():
        if "letters" in language:
            if letters and len(re.findall(language["letters"], text.casefold())) > letters / 2:
                return language["reply"]
            continue
        known = language["words"].split()
        count = sum(word in known for word in words)
        if count >= _LEAST and count >= _SHARE * len(words) and (best is None or count > best[0]):
            best = (count, language["reply"])
    return best[1] if best else None
