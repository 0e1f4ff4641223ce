"""Random flows that load, and random messages to them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

from tellerbot.project.flow_check import find_flow_mistakes
from tellerbot.project.flow_schema import Flow

Content = dict[str, Any]
# Each kind of slot by the only name that it has in these flows, so that it fills the argument of that name.
SLOTS: Mapping[str, Content] = {
    "amount": {"kind": "money", "label": "Amount"},
    "day": {"kind": "date", "label": "When"},
    "way": {"kind": "option", "label": "How", "options": {"fast": "By courier", "slow": {"title": "By mail"}}},
    "note": {"kind": "text", "label": "Note"},
    "account": {"kind": "account", "label": "From", "cues": ["from"]},
    "payee": {"kind": "payee", "label": "To", "cues": ["to"]},
    "card": {"kind": "card", "label": "Card"},
    "number": {"kind": "number", "label": "Number"},
    "phone": {"kind": "phone", "label": "Phone"},
}
# What fits each slot, and what a customer may say that does not; None is a value that another slot may take.
FITTING = {
    "amount": ("40", "$12.50", "25 dollars"),
    "day": ("tomorrow", "in two days", "next friday"),
    "way": ("by courier", "by mail", "2"),
    "note": ("for the rent", "many thanks to all", "Stop Shop"),
    "account": ("savings", "from checking", "the one ending in 2222"),
    "payee": ("Maria Novak", "to Oskar", "Oskar Lund"),
    "card": ("Visa Debit", "the card ending in 4444", "visa"),
    "number": ("12345678", "it is 87654321", "0044 5566 77"),
    "phone": ("202-555-0142", "call +1 202 555 0188", "(202) 555-0199"),
}
WRONG = (
    "-5", "0", "12.345", "$9.999", "40 euros", "1.000,50", "Walter", "to Walter", "from Neverland", "account 9047",
    "hm", "yesterday", "no idea", "99999", "???", "the third one", "a", "1", "None", "1234", "blue", "both of them",
)  # fmt: skip
YES = ("yes", "Yes, do it", "ok", "sure, go ahead")
NOT_YES = ("yes?", "yes but not today", "ok wait", "yes to the other one", "sure, if it is free", "yes or no", "no one")
NO = ("no", "No, leave it", "don't do it", "nope")
CANCEL = ("cancel", "never mind", "stop it")
ASIDE = (
    "what is the wire fee?", "what is my balance?", "how much is the wire fee", "who won the football", "thanks",
    "yes what is the wire fee?", "what's my balance in savings?", "hello",
)  # fmt: skip
OTHER = ("Change something", "change the amount", "that's wrong", "new code", "begin main", "begin side", "begin rest")


@dataclass(frozen=True, slots=True)
class Said:
    """Something that happens: `kind` says what, `choice` which of several forms it has, `slot` what it is about."""

    kind: str
    choice: int = 0
    slot: str = ""

    def one_of(self, forms: tuple[str, ...]) -> str:
        return forms[self.choice % len(forms)]


_WEIGHTS = {
    "fit": 14, "all": 2, "correct": 3, "wrong": 2, "yes": 8, "not yes": 1, "no": 1, "cancel": 1, "aside": 3, "other": 2,
    "button": 4, "code": 4, "wrong code": 2, "again": 2, "minutes": 1, "day": 1, "release": 1, "tab": 2, "meanwhile": 2,
    "refuse": 1, "away": 1, "lose": 1, "die": 1, "bank away": 1, "bank back": 2, "balance": 1, "person": 1,
}  # fmt: skip
_KINDS = [kind for kind, weight in _WEIGHTS.items() for _ in range(weight)]
SAID = st.builds(Said, st.sampled_from(_KINDS), st.integers(0, 7), st.sampled_from([*SLOTS]))


@st.composite
def flow_contents(draw: st.DrawFn, calls: tuple[str, ...] = (), makes: str = "") -> Content:
    """A flow of one to five slots, in order: questions, sayings, queries, branches, calls and up to two actions."""
    names = draw(st.lists(st.sampled_from([*SLOTS]), min_size=1, max_size=5, unique=True))
    slots = {name: dict(SLOTS[name]) for name in names}
    for at, name in enumerate(names):
        if at and draw(st.integers(0, 3)) == 0:
            slots[name]["depends_on"] = [draw(st.sampled_from(names[:at]))]
        if name == "day" and draw(st.booleans()):
            slots[name]["default"] = "today"
        if name == "way" and draw(st.booleans()):
            slots[name]["default"] = "slow"
    steps: list[Content] = []
    known: set[str] = set()
    for name in names:
        _add_besides(draw, steps, known, calls)
        steps.append(_collect(draw, name, known, makes))
        known.add(name)
    actions = draw(st.lists(st.sampled_from(["pay", "order", "secure"]), max_size=2))
    for number, action in enumerate(actions):
        _add_besides(draw, steps, known, calls)
        also = {"Available": "{source_available:money}"} if "source" in known and draw(st.booleans()) else {}
        steps.append({"id": f"confirm{number}", "confirm": action, "ask": f"Shall I {action}?", "also": also})
        if draw(st.integers(0, 4)) == 0:
            _add_besides(draw, steps, known, calls)
        steps.append({"id": f"do{number}", "do": action, "receipt": f"{action} went through."})
        # What a query found before an action is not known after it.
        known.discard("source")
    _add_branch(draw, steps, names)
    if draw(st.booleans()):
        steps.append({"id": "finish", "end": draw(st.sampled_from(["done", "done", "refused", "handed off"]))})
    return {"title": "Do a thing", "slots": slots, "steps": steps}


def _collect(draw: st.DrawFn, name: str, known: set[str], makes: str) -> Content:
    step: Content = {"collect": name, "ask": f"Which {name} is it?"}
    if name == "amount" and "source" in known and draw(st.booleans()):
        step["valid"] = [{"if": "amount <= source_available", "else": "Too much for {source_available:money}."}]
    if name == "day" and draw(st.booleans()):
        step["valid"] = [{"if": "not way or day", "else": "Not then."}]
    if name == "account" and draw(st.booleans()):
        step["choices"] = {"query": "balances", "row": "{account:text} ({available:money})"}
    if name == "payee":
        if draw(st.booleans()):
            step["choices"] = {"query": "payees", "row": "{payee:text}"}
        if makes and draw(st.booleans()):
            step["makes"] = makes
    return step


def _add_besides(draw: st.DrawFn, steps: list[Content], known: set[str], calls: tuple[str, ...]) -> None:
    """Perhaps a saying, a query or a call."""
    what = draw(st.sampled_from(["", "", "", "say", "query", "call"]))
    if what == "say":
        steps.append({"say": "One more thing."})
    elif what == "query" and "account" in known:
        steps.append({"query": "balances", "uses": {"account": "account"}, "prefix": "source"})
        known.add("source")
    elif what == "call" and calls and not any("call" in step for step in steps):
        steps.append({"call": draw(st.sampled_from(calls))})


def _add_branch(draw: st.DrawFn, steps: list[Content], names: list[str]) -> None:
    """Perhaps a branch before the last question, over it."""
    conditions = {"amount": "amount > 20", "way": 'way == "fast"', "day": "not day", "account": 'account == "ACC-1"'}
    collects = [at for at, step in enumerate(steps) if "collect" in step]
    if len(collects) < 2 or not draw(st.booleans()):
        return
    over = collects[-1]
    before = [conditions[name] for name in names[:-1] if name in conditions]
    if before and over + 1 < len(steps):
        steps[over + 1]["id"] = steps[over + 1].get("id", "beyond")
        steps.insert(over, {"branch": [{"if": draw(st.sampled_from(before)), "next": steps[over + 1]["id"]}]})


@st.composite
def all_flows(draw: st.DrawFn) -> dict[str, Content]:
    """A main flow, one that it may call, one that makes a payee, and one besides; all without mistakes."""
    maker = {
        "title": "Add a payee",
        "slots": {"name": {"kind": "text", "label": "Name"}},
        "steps": [
            {"collect": "name", "ask": "Which name is it?"},
            {"confirm": "add_payee", "ask": "Shall I save it?"},
            {"do": "add_payee", "receipt": "Saved it."},
        ],
    }
    side = draw(flow_contents())
    main = draw(flow_contents(calls=("side",), makes="maker"))
    flows = {"main": main, "side": side, "maker": maker, "rest": draw(flow_contents())}
    parsed = {name: Flow.model_validate(content) for name, content in flows.items()}
    assert list(find_flow_mistakes(parsed)) == []
    return flows


def next_release(flows: dict[str, Content], change: int) -> dict[str, Content]:
    """The flows with a change: another wording, a slot less, a flow less, an option less."""
    main = {**flows["main"], "steps": [dict(step) for step in flows["main"]["steps"]]}
    collects = [step for step in main["steps"] if "collect" in step]
    if change % 4 == 0:
        collects[0]["ask"] = f"{collects[0]['ask']} Please."
    elif change % 4 == 1:
        return {name: content for name, content in flows.items() if name != "rest"}
    elif change % 4 == 2:
        main["slots"] = {name: {**slot, "label": f"{slot['label']}s"} for name, slot in main["slots"].items()}
    else:
        side = {**flows["side"], "title": "Another title", "slots": {**flows["side"]["slots"]}}
        return {**flows, "side": side}
    return {**flows, "main": main}
