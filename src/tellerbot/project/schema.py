"""What the files of a project may say."""

from datetime import date
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Models(_Strict):
    """Base models by name: a packaged one, a Hub id, or a local folder."""

    intents: Text = "sentence-transformers/all-MiniLM-L6-v2"
    knowledge: Text = "sentence-transformers/all-MiniLM-L6-v2"


class Messages(_Strict):
    """What the assistant says when it does not answer. `{topics}` is filled with what it can help with."""

    welcome: Text
    refuse: Text
    hand_off: Text
    sign_in: Text


class AssistantFile(_Strict):
    """assistant.yaml"""

    name: Text
    bank: Text
    locale: Annotated[str, StringConstraints(pattern=r"^en-US$")]
    currency: Annotated[str, StringConstraints(pattern=r"^USD$")]
    models: Models = Models()
    messages: Messages
    topics: list[Name] = Field(min_length=1)


class Intent(_Strict):
    """One intent: `title` completes "I can help you ..."."""

    title: Text
    utterances: list[Text] = Field(min_length=1)


class IntentsFile(_Strict):
    """intents/*.yaml; out-of-scope utterances are grouped by subject."""

    intents: dict[Name, Intent] = {}
    out_of_scope: dict[Name, list[Text]] = {}


class Response(_Strict):
    """How an intent is answered: vetted wording, filled from `actions`, and quotes from `policy` sections.

    `each` is repeated for every row an action returns; `empty` replaces everything when there are none.
    Figures never stand in the wording: they come from placeholders such as `{balance:money}` or from quotes.
    """

    reply: Text
    actions: list[Name] = []
    each: Text | None = None
    empty: Text | None = None
    policy: list[Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]+(#[a-z0-9-]+)?$")]] = []
    hand_off: bool = False


class PolicyHead(_Strict):
    """The front matter of a policy. `in_force_to` is the last day in force."""

    title: Text
    version: Text
    in_force_from: date
    in_force_to: date | None = None


class Expect(_Strict):
    """What a conversation test expects of one turn. `contains` ignores case."""

    kind: str | None = None
    intent: Name | None = None
    contains: list[Text] = []
    cites: str | None = None


class ConversationTest(_Strict):
    """tests/*.yaml: one message, who says it (a user name; none is not signed in), and what is expected."""

    say: Text
    customer: str | None = None
    expect: Expect
