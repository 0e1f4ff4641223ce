"""What flows/*.yaml may say: the slots of a flow, and its steps in order."""

import hashlib
from collections.abc import Iterator
from functools import cached_property
from typing import Annotated, Any, Literal, get_args

from pydantic import (
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    PlainSerializer,
    PlainValidator,
    StringConstraints,
    Tag,
    model_validator,
)

from tellerbot.errors import RefusalReason
from tellerbot.project.conditions import Condition
from tellerbot.types import SlotKind

Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")]
Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
# What a query is given that no slot holds: `{limit: "5"}`.
Given = dict[Name, Words]
# The keys that lead to a value in a file.
Place = tuple[str | int, ...]


def _condition(value: object) -> Condition:
    if not isinstance(value, str):
        raise ValueError(f"expected a condition such as amount > available, found {value!r}")
    return Condition.read(value)


If = Annotated[Condition, PlainValidator(_condition), PlainSerializer(lambda condition: condition.text)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True, arbitrary_types_allowed=True)


class Option(_Strict):
    """One of the values that a slot of kind option may have, and the words that customers have for it."""

    title: Words
    words: list[Words] = []


class FlowSlot(_Strict):
    """A value that a flow collects. `label` names it where a confirmation repeats it.

    `cues` are words that come right before its value: "from", "out of"; a text with cues is also taken from the message
    that starts the flow, and added to ("add France too"). When one of those that it `depends_on` is corrected, its
    value is forgotten. `default` is `today`, or an option, where the customer gives none. With `past` a bare day or
    month in the flow is the last one, not the next: "the statement for October".
    """

    kind: Annotated[list[SlotKind], Field(min_length=1)]
    label: Words
    depends_on: list[Name] = []
    cues: list[Words] = []
    default: Words | None = None
    past: bool = False
    options: dict[Name, Option] = {}

    @model_validator(mode="before")
    @classmethod
    def _of_one_kind(cls, content: Any) -> Any:
        if isinstance(content, dict) and isinstance(content.get("kind"), str):
            content = {**content, "kind": [content["kind"]]}
        if isinstance(content, dict) and isinstance(content.get("options"), dict):
            options = {key: {"title": one} if isinstance(one, str) else one for key, one in content["options"].items()}
            content = {**content, "options": options}
        return content

    @model_validator(mode="after")
    def _fits(self) -> "FlowSlot":
        if ("option" in self.kind) != bool(self.options):
            raise ValueError("expected options where the kind is option, and nowhere else")
        known = set(self.options) if self.options else {"today"} if "date" in self.kind else set()
        if self.default is not None and self.default not in known:
            raise ValueError(f"expected a default among {', '.join(sorted(known)) or 'none'}, found {self.default!r}")
        return self


class Choices(_Strict):
    """Rows of a query to choose from. `row` words each. With `heard`, what the customer said narrows the query."""

    query: Name
    row: Words
    given: Given = {}
    uses: dict[Name, Name] = {}
    heard: bool = False


class Rule(_Strict):
    """A condition that a value has to meet, and what is said where it does not."""

    if_: If = Field(alias="if")
    else_: Words = Field(alias="else")


class _Step(_Strict):
    """`id` names the step, else its first key and value do; `next` is the step that follows, else the one below."""

    id: Name = ""
    next: Name | None = None

    def texts(self) -> Iterator[tuple[Place, str]]:
        """Every wording with its place below the step."""
        yield from ()


class Collect(_Step):
    """Ask for a slot that has no value yet, or with `ask_if_given` once in any case.

    `none` is said, and the flow ends, where there is nothing to choose from. `makes` is a flow that makes a new one.
    """

    collect: Name
    ask: Words
    choices: Choices | None = None
    valid: list[Rule] = []
    ask_if_given: bool = False
    none: Words | None = None
    makes: Name | None = None

    def texts(self) -> Iterator[tuple[Place, str]]:
        """Yield every wording with its place below the step."""
        yield ("ask",), self.ask
        if self.none:
            yield ("none",), self.none
        if self.choices:
            yield ("choices", "row"), self.choices.row
        for number, rule in enumerate(self.valid):
            yield ("valid", number, "else"), rule.else_


class Say(_Step):
    """Tell the customer something."""

    say: Words

    def texts(self) -> Iterator[tuple[Place, str]]:
        """Yield every wording with its place below the step."""
        yield ("say",), self.say


class Query(_Step):
    """Read from the bank, with `given` constants and the slots that `uses` gives arguments.

    Its facts go by their names, after `prefix` where there is one; `rows` is how many rows it found.
    """

    query: Name
    given: Given = {}
    uses: dict[Name, Name] = {}
    prefix: Name | None = None


class Confirm(_Step):
    """Repeat every value that the action gets, and ask for a yes. `also` are further lines, such as a fee.

    Slots fill the arguments of their names; `uses` gives other arguments a slot each.
    """

    confirm: Name
    ask: Words
    given: Given = {}
    uses: dict[Name, Name] = {}
    also: dict[Words, Words] = {}

    def texts(self) -> Iterator[tuple[Place, str]]:
        """Yield every wording with its place below the step."""
        yield ("ask",), self.ask
        for label, text in self.also.items():
            yield ("also", label), text


class Do(_Step):
    """Run the action that was confirmed. `receipt` says that it is done, above the receipt's `lines`.

    `refused` words a refusal of the bank by its reason, else tellerbot's own words do.
    """

    do: Name
    receipt: Words
    lines: dict[Words, Words] = {}
    refused: dict[RefusalReason, Words] = {}

    def texts(self) -> Iterator[tuple[Place, str]]:
        """Yield every wording with its place below the step."""
        yield ("receipt",), self.receipt
        for label, text in self.lines.items():
            yield ("lines", label), text
        for reason, text in self.refused.items():
            yield ("refused", reason), text


class Arm(_Strict):
    """A way out of a branch; the last one has no condition."""

    if_: If | None = Field(default=None, alias="if")
    next: Name


class Branch(_Step):
    """Go on at the first arm whose condition holds."""

    branch: Annotated[list[Arm], Field(min_length=1)]


class Call(_Step):
    """Run another flow, and come back."""

    call: Name


class End(_Step):
    """Close the flow here."""

    end: Literal["done", "refused", "handed off"]


Step = Collect | Say | Query | Confirm | Do | Branch | Call | End
_KEYS = tuple(kind.__name__.lower() for kind in get_args(Step))


def _key_of(value: Any) -> str | None:
    """Return the key that decides a step's kind, so that only that kind's mistakes are reported."""
    keys = [key for key in _KEYS if (key in value if isinstance(value, dict) else hasattr(value, key))]
    return keys[0] if len(keys) == 1 else None


AnyStep = Annotated[
    Annotated[Collect, Tag("collect")]
    | Annotated[Say, Tag("say")]
    | Annotated[Query, Tag("query")]
    | Annotated[Confirm, Tag("confirm")]
    | Annotated[Do, Tag("do")]
    | Annotated[Branch, Tag("branch")]
    | Annotated[Call, Tag("call")]
    | Annotated[End, Tag("end")],
    Discriminator(
        _key_of,
        custom_error_type="step",
        custom_error_message=f"expected a step with one of the keys {', '.join(_KEYS)}",
    ),
]


class Flow(_Strict):
    """A multi-turn exchange. `title` completes "I can help you ..."; steps run from the first to the last."""

    title: Words
    slots: dict[Name, FlowSlot] = {}
    steps: Annotated[list[AnyStep], Field(min_length=1)]

    @model_validator(mode="after")
    def _with_ids(self) -> "Flow":
        taken: set[str] = {step.id for step in self.steps if step.id}
        for step in self.steps:
            if not step.id:
                base = name = _base_of(step)
                number = 1
                while name in taken:
                    number += 1
                    name = f"{base}_{number}"
                taken.add(name)
                object.__setattr__(step, "id", name)
        return self

    @cached_property
    def by_id(self) -> dict[str, Step]:
        """The steps by their ids, in order."""
        return {step.id: step for step in self.steps}

    @cached_property
    def digest(self) -> str:
        """Tells whether two releases have the same flow."""
        content = self.model_dump_json(exclude={"title"}, exclude_defaults=True)
        return hashlib.sha256(content.encode()).hexdigest()[:16]

    def after(self, step: Step) -> str | None:
        """Return the id of the step that follows; None at the end."""
        if step.next:
            return step.next
        ids = list(self.by_id)
        at = ids.index(step.id) + 1
        return ids[at] if at < len(ids) else None

    def queries(self) -> Iterator[str]:
        """Return the queries that its steps ask."""
        for step in self.steps:
            if isinstance(step, Query):
                yield step.query
            elif isinstance(step, Collect) and step.choices:
                yield step.choices.query

    def actions(self) -> list[str]:
        """Return the actions that it runs."""
        return [step.do for step in self.steps if isinstance(step, Do)]

    @cached_property
    def kinds(self) -> frozenset[SlotKind]:
        """The kinds of its slots."""
        return frozenset(kind for slot in self.slots.values() for kind in slot.kind)

    @cached_property
    def looks_back(self) -> bool:
        """Whether bare days and months are the last ones."""
        return any(slot.past for slot in self.slots.values())

    def dependents(self, slot: str) -> set[str]:
        """Return the slots that depend on one, at first or second hand."""
        found: set[str] = set()
        while more := {name for name, one in self.slots.items() if {slot, *found} & {*one.depends_on}} - found:
            found |= more
        return found

    def texts(self) -> Iterator[tuple[Place, str]]:
        """Every wording with its place below the flow."""
        for at, step in enumerate(self.steps):
            for place, text in step.texts():
                yield ("steps", at, *place), text


def _base_of(step: Step) -> str:
    for key in _KEYS:
        named = getattr(step, key, None)
        if named is not None:
            return f"{key}_{named}".replace(" ", "_") if isinstance(named, str) and key not in ("say",) else key
    raise ValueError("expected a step")
