"""What the files of a project may say."""

from collections.abc import Collection, Iterator
from datetime import date
from typing import Annotated, Any, Literal, Self

import phonenumbers
from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    FiniteFloat,
    StringConstraints,
    model_validator,
)

from tellerbot.figures import find_figures
from tellerbot.phrases import has_phrase
from tellerbot.project.defaults import default_message
from tellerbot.project.follow_ups import join_follow_up
from tellerbot.project.hours import Hours, Timezone, Weekday
from tellerbot.project.look import Look
from tellerbot.types import Aspect, SlotKind

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
Cost = Annotated[FiniteFloat, Field(gt=0)]
Wording = Literal["vetted", "extracted", "generated"]
# What the assistant fills into its messages without a kind.
MESSAGE_HOLES = (
    "suggestions", "choices", "reference", "agent", "result", "working", "more", "less", "short", "flow", "name",
)  # fmt: skip
# And with one, by message.
MESSAGE_FACTS = {
    "more": ("more:count",),
    "hand_off_later": ("opens_day:label", "opens_time:time", "opens_zone:label"),
    "hand_off_phone": ("phone:phone",),
}
Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")]
# A number is no day, though pydantic would read it as seconds.
Day = Annotated[date, Field(strict=True, ge=date(1970, 1, 1), le=date(2200, 1, 1))]


def _country(code: str) -> str:
    if code not in phonenumbers.SUPPORTED_REGIONS:
        raise ValueError(f"expected an ISO 3166 code in capitals, such as US, GB or DE, found {code!r}")
    return code


Country = Annotated[str, AfterValidator(_country)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Models(_Strict):
    """Base models by name: a packaged one, a Hub id, or a local folder."""

    intents: Text = "sentence-transformers/all-MiniLM-L6-v2"
    knowledge: Text = "sentence-transformers/all-MiniLM-L6-v2"


class Messages(_Strict):
    """What the assistant says when it does not answer, or not at once. Those with defaults are in defaults.yaml.

    `refuse` has two wordings or more, which take turns. `{suggestions}` is filled with up to three things it can help
    with, `{choices}` with those it asks to choose from, `{reference}` with the hand-off's name, `{agent}` with that
    of who takes it, `{result}` and `{working}`, or `{more}` and `{less}`, with what a sum comes to and its parts,
    `{short}` with a reply in few words, `{flow}` with what a flow does, `{name}` with a name that the customer gave.
    """

    welcome: Text
    refuse: list[Text] = Field(min_length=2)
    hand_off: Text
    sign_in: Text
    clarify: Text
    unknown: Text = Field(default_factory=lambda: default_message("unknown"))
    offer_person: Text = Field(default_factory=lambda: default_message("offer_person"))
    something_else: Text = Field(default_factory=lambda: default_message("something_else"))
    person: Text = Field(default_factory=lambda: default_message("person"))
    other_words: Text = Field(default_factory=lambda: default_message("other_words"))
    which: Text = Field(default_factory=lambda: default_message("which"))
    more: Text = Field(default_factory=lambda: default_message("more"))
    ahead: Text = Field(default_factory=lambda: default_message("ahead"))
    reversed: Text = Field(default_factory=lambda: default_message("reversed"))
    not_theirs: Text = Field(default_factory=lambda: default_message("not_theirs"))
    missing: Text = Field(default_factory=lambda: default_message("missing"))
    no_more: Text = Field(default_factory=lambda: default_message("no_more"))
    unsure: Text = Field(default_factory=lambda: default_message("unsure"))
    sorry: Text = Field(default_factory=lambda: default_message("sorry"))
    otherwise: Text = Field(default_factory=lambda: default_message("otherwise"))
    comes_to: Text = Field(default_factory=lambda: default_message("comes_to"))
    differs: Text = Field(default_factory=lambda: default_message("differs"))
    in_short: Text = Field(default_factory=lambda: default_message("in_short"))
    no_day: Text = Field(default_factory=lambda: default_message("no_day"))
    unclear: Text = Field(default_factory=lambda: default_message("unclear"))
    with_you: Text = Field(default_factory=lambda: default_message("with_you"))
    hand_off_again: Text = Field(default_factory=lambda: default_message("hand_off_again"))
    hand_off_later: Text = Field(default_factory=lambda: default_message("hand_off_later"))
    hand_off_nobody: Text = Field(default_factory=lambda: default_message("hand_off_nobody"))
    hand_off_phone: Text = Field(default_factory=lambda: default_message("hand_off_phone"))
    agent_joined: Text = Field(default_factory=lambda: default_message("agent_joined"))
    agent_left: Text = Field(default_factory=lambda: default_message("agent_left"))
    case_closed: Text = Field(default_factory=lambda: default_message("case_closed"))
    too_many: Text = Field(default_factory=lambda: default_message("too_many"))
    confirm_yes: Text = Field(default_factory=lambda: default_message("confirm_yes"))
    confirm_change: Text = Field(default_factory=lambda: default_message("confirm_change"))
    confirm_no: Text = Field(default_factory=lambda: default_message("confirm_no"))
    flow_cancelled: Text = Field(default_factory=lambda: default_message("flow_cancelled"))
    flow_left: Text = Field(default_factory=lambda: default_message("flow_left"))
    flow_empty: Text = Field(default_factory=lambda: default_message("flow_empty"))
    flow_changed: Text = Field(default_factory=lambda: default_message("flow_changed"))
    flow_lapsed: Text = Field(default_factory=lambda: default_message("flow_lapsed"))
    flow_back: Text = Field(default_factory=lambda: default_message("flow_back"))
    flow_done: Text = Field(default_factory=lambda: default_message("flow_done"))
    flow_unclear: Text = Field(default_factory=lambda: default_message("flow_unclear"))
    flow_unknown: Text = Field(default_factory=lambda: default_message("flow_unknown"))
    flow_not_offered: Text = Field(default_factory=lambda: default_message("flow_not_offered"))
    change_what: Text = Field(default_factory=lambda: default_message("change_what"))
    changed_meanwhile: Text = Field(default_factory=lambda: default_message("changed_meanwhile"))
    not_done: Text = Field(default_factory=lambda: default_message("not_done"))
    code_ask: Text = Field(default_factory=lambda: default_message("code_ask"))
    code_wrong: Text = Field(default_factory=lambda: default_message("code_wrong"))
    code_expired: Text = Field(default_factory=lambda: default_message("code_expired"))
    code_unused: Text = Field(default_factory=lambda: default_message("code_unused"))
    code_spent: Text = Field(default_factory=lambda: default_message("code_spent"))
    action_unknown: Text = Field(default_factory=lambda: default_message("action_unknown"))
    action_running: Text = Field(default_factory=lambda: default_message("action_running"))
    done_late: Text = Field(default_factory=lambda: default_message("done_late"))
    done_already: Text = Field(default_factory=lambda: default_message("done_already"))
    above_zero: Text = Field(default_factory=lambda: default_message("above_zero"))
    whole_cents: Text = Field(default_factory=lambda: default_message("whole_cents"))
    other_currency: Text = Field(default_factory=lambda: default_message("other_currency"))
    receipt_reference: Text = Field(default_factory=lambda: default_message("receipt_reference"))


class HandOff(_Strict):
    """When the bank's people take hand-offs over, and the phone line that is named where they can't.

    `hours` are those of each day on the clocks of `timezone`; days that are not given are closed. Without any, people
    are there at all times. `phone` is a line of the bank's query `phones`, without its `_phone`.
    """

    hours: dict[Weekday, Hours] = {}
    timezone: Timezone = "UTC"
    phone: Name = "support"


class Costs(_Strict):
    """What each outcome of a message costs the bank, all in one unit of its choice.

    An out-of-scope message that is answered is a `wrong_answer`; an in-scope one that is refused a
    `needless_refusal`; a `clarification` is one question back, a `hand_off` one conversation for a person.
    `out_of_scope_share` is the share of customers' messages that are out of scope, 0 to 1; None takes that of the
    validation rows, which seldom is the traffic's.
    """

    wrong_answer: Cost
    needless_refusal: Cost
    clarification: Cost
    hand_off: Cost
    out_of_scope_share: Annotated[float, Field(gt=0, lt=1)] | None = None


class Metric(_Strict):
    """A figure to measure on every evaluation: a built-in one, a scikit-learn scorer's, or an installed package's.

    `at_least` and `at_most` are the bounds, in the metric's own unit, that `eval intents --gate` enforces.
    """

    name: Text
    at_least: FiniteFloat | None = None
    at_most: FiniteFloat | None = None

    @model_validator(mode="after")
    def _can_be_kept(self) -> Self:
        if self.at_least is not None and self.at_most is not None and self.at_least > self.at_most:
            raise ValueError(f"at_least ({self.at_least:g}) is above at_most ({self.at_most:g})")
        return self


class WordingFile(_Strict):
    """Who words a reply, by intent: the bank (vetted), its policies (extracted), or a language model (generated).

    A generated reply says what the vetted one would, sentence by sentence checked; extracted ones quote the sections
    that the intent names.
    """

    default: Wording = "vetted"
    intents: dict[Name, Wording] = {}

    def of(self, intent: str) -> Wording:
        """Return the wording of an intent's replies."""
        return self.intents.get(intent, self.default)

    @property
    def generates(self) -> bool:
        """Whether a language model may word any reply."""
        return "generated" in {self.default, *self.intents.values()}


class AssistantFile(_Strict):
    """assistant.yaml; `countries` are those whose national phone numbers are masked.

    On `tests_today` its conversation tests are played; without it, on the day it is.
    """

    name: Text
    bank: Text
    locale: Annotated[str, StringConstraints(pattern=r"^en-US$")]
    currency: Annotated[str, StringConstraints(pattern=r"^USD$")]
    countries: tuple[Country, ...] = ("US",)
    models: Models = Models()
    messages: Messages
    costs: Costs | None = None
    metrics: list[Metric] = []
    wording: WordingFile = WordingFile()
    topics: list[Name] = Field(min_length=1)
    hand_off: HandOff = HandOff()
    look: Look = Look()
    tests_today: Day | None = None


def _without_figures(title: str) -> str:
    if found := find_figures(title):
        raise ValueError(f"expected a title without a figure, for it stands in replies; found {found[0].text!r}")
    return title


class FollowUp(_Strict):
    """A message that asks for something in the light of the question `after` which it comes."""

    after: Text
    text: Text

    @property
    def joined(self) -> str:
        """The question before and the message as one text."""
        return join_follow_up(self.after, self.text)


class Intent(_Strict):
    """One intent: `title` completes "I can help you ..."."""

    title: Annotated[Text, AfterValidator(_without_figures)]
    utterances: list[Text] = Field(min_length=1)
    follow_ups: list[FollowUp] = []


class IntentsFile(_Strict):
    """intents/*.yaml; out-of-scope utterances are grouped by subject."""

    intents: dict[Name, Intent] = {}
    out_of_scope: dict[Name, list[Text]] = {}


class Answer(_Strict):
    """One vetted answer: wording, filled from what `queries` find, and quotes from `policy` sections.

    `given` are arguments of the queries that the message need not give: `{period: this month}`. `each` is repeated for
    every row a query returns; `empty` replaces everything when nothing is found, and `one` replaces `reply` and `each`
    when one thing is. `offer` is an intent or a flow that the reply offers to go on with, so that "yes" asks for it.
    `flow` is one that starts at once, without a reply. `hand_off` passes the customer to a person, those of a higher
    `priority` first. Figures never stand in the wording: they come from placeholders such as `{balance:money}` or from
    quotes.
    """

    reply: Text = ""
    queries: list[Name] = []
    given: dict[Name, Text] = {}
    each: Text | None = None
    empty: Text | None = None
    one: Text | None = None
    policy: list[Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]+(#[a-z0-9-]+)?$")]] = []
    offer: Name | None = None
    flow: Name | None = None
    hand_off: bool = False
    priority: Annotated[int, Field(ge=0, le=3)] = 0

    @model_validator(mode="before")
    @classmethod
    def _has_queries(cls, content: Any) -> Any:
        if isinstance(content, dict) and "actions" in content:
            raise ValueError("expected the key queries, found actions, its former name")
        return content

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not self.reply and not self.flow:
            raise ValueError("expected a reply, or a flow that starts, found neither")
        return self

    @property
    def rests_on_policy(self) -> bool:
        """Whether the wording only announces the quotes (it ends in a colon, and no rows follow it)."""
        return bool(self.policy) and self.each is None and self.reply.endswith(":")

    def texts(self) -> Iterator[tuple[str, str]]:
        """Yield the wordings by their keys."""
        for key in ("reply", "each", "empty", "one"):
            if text := getattr(self, key):
                yield key, text


class When(_Strict):
    """What a message must be for a case to hold.

    It asks one of `asked`, gives every one of `slots`, and has one of `words`, as whole words in any case; with
    `request` it wants something done, and asks for no information.
    """

    asked: list[Aspect] = []
    slots: list[SlotKind] = []
    words: list[Text] = []
    request: bool = False

    def holds(self, aspects: Collection[Aspect], kinds: Collection[str], text: str, is_request: bool = False) -> bool:
        """Whether it holds for a message that asks for `aspects` and gives slots of these kinds."""
        if self.request and not is_request:
            return False
        if self.asked and not set(self.asked) & set(aspects):
            return False
        if not set(self.slots) <= set(kinds):
            return False
        return not self.words or has_phrase(text, self.words)


class Case(Answer):
    """An answer for messages of an intent that ask for something of their own."""

    when: When


class Response(Answer):
    """How an intent is answered: by the first of `cases` that holds, else as the keys beside them say.

    `unknown` is what is said instead of `reply`, and of any case, to a message that names a payee, branch or account
    that there is not; the rows are listed below it.
    """

    cases: list[Case] = []
    unknown: Text | None = None

    def answer(
        self, aspects: Collection[Aspect], kinds: Collection[str], text: str, is_request: bool = False
    ) -> Answer:
        """Return the answer for a message of this intent."""
        return next((case for case in self.cases if case.when.holds(aspects, kinds, text, is_request)), self)

    def answers(self) -> list[Answer]:
        """All answers, those of the cases first."""
        return [*self.cases, self]

    def places(self) -> Iterator[tuple[tuple[str | int, ...], Answer]]:
        """Each answer with the keys that lead to it from here."""
        yield (), self
        for at, case in enumerate(self.cases):
            yield ("cases", at), case

    def of_unknown(self) -> Answer | None:
        """Return the answer to a message that names what does not exist; None when there is no wording for it."""
        changed = {"reply": self.unknown, "one": None, "empty": None, "policy": [], "cases": []}
        return self.model_copy(update=changed) if self.unknown else None

    def texts(self) -> Iterator[tuple[str, str]]:
        """Yield the wordings by their keys."""
        yield from super().texts()
        if self.unknown:
            yield "unknown", self.unknown


class PolicyHead(_Strict):
    """The front matter of a policy. `in_force_to` is the last day in force."""

    title: Text
    version: Text
    in_force_from: date
    in_force_to: date | None = None
