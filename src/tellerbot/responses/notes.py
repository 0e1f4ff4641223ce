"""What a generated reply has to say: the sentences of the vetted wording and those quoted from policies."""

from collections.abc import Sequence

from tellerbot.responses.manners import courtesies, plain
from tellerbot.responses.sentences import split_sentences


def arrange(template: str, quoted: Sequence[str], *, rows_follow: bool) -> tuple[str, ...]:
    """Return the notes in the order in which they are to be said.

    Courtesies of the vetted wording are left out where it has other sentences, for a reply opens with one of its own.
    The sentence that announces rows goes last, since code puts those under the reply.
    """
    said = split_sentences(template)
    said = [note for note in said if plain(note) not in courtesies()] or said
    last = [said.pop()] if rows_follow and said[-1].endswith(":") else []
    return (*said, *quoted, *last)
