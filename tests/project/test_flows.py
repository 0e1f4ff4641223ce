"""Files of flows: what they may say, and each mistake with its file, its line and its remedy."""

from importlib.resources import files
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
import yaml

from tellerbot.errors import DataError, Problem
from tellerbot.project.flow_check import find_flow_mistakes, following
from tellerbot.project.flow_drawing import describe, draw_svg, draw_text
from tellerbot.project.flow_schema import Collect, Flow, FlowSlot
from tellerbot.project.load import load_project

PAY = """\
pay:
  title: Pay somebody
  slots:
    to: {kind: payee, label: To, cues: [to]}
    amount: {kind: money, label: Amount, depends_on: [to]}
    day: {kind: date, label: When, default: today}
  steps:
    - collect: to
      ask: To whom?
      makes: new_payee
    - collect: amount
      ask: How much?
      valid:
        - {if: amount > 0, else: More than that.}
    - {query: fees, prefix: wire}
    - branch:
        - {if: amount > 100, next: large}
        - {next: collect_day}
    - {id: large, say: That is much.}
    - collect: day
      ask: When?
    - confirm: pay_payee
      ask: Shall I?
    - do: pay_payee
      receipt: Done.
    - {id: finished, end: done}
new_payee:
  title: Add a payee
  slots:
    name: {kind: text, label: Name}
  steps:
    - collect: name
      ask: What name?
    - confirm: add_payee
      ask: Shall I?
    - do: add_payee
      receipt: Saved.
"""


FILES = {
    "assistant.yaml": (
        "name: Ada\nbank: Small Bank\nlocale: en-US\ncurrency: USD\nmessages:\n  welcome: Hello\n"
        "  refuse: [Sorry, Not here]\n  hand_off: One moment\n  sign_in: Sign in first\n  clarify: Which?\n"
        "topics: [check_balance]\n"
    ),
    "intents/main.yaml": "intents: {check_balance: {title: See your balance, utterances: [my balance]}}\n",
    "responses.yaml": "check_balance: {reply: Here it is.}\n",
}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A small project without flows."""
    for name, content in FILES.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(content)
    (tmp_path / "flows").mkdir()
    return tmp_path


def problems(project: Path, text: str, **more: str) -> list[Problem]:
    """What loading the project finds wrong with flows of this text, in main.yaml, and others by their file's name."""
    for path in (project / "flows").iterdir():
        path.unlink()
    for name, content in {"main": text, **more}.items():
        (project / "flows" / f"{name}.yaml").write_text(content)
    try:
        load_project(project)
    except DataError as error:
        return list(error.problems)
    return []


def test_flows_without_mistakes_load(project: Path) -> None:
    assert problems(project, PAY) == []
    flows = load_project(project).flows
    assert list(flows) == ["pay", "new_payee"]
    assert list(flows["pay"].by_id) == [
        "collect_to", "collect_amount", "query_fees", "branch", "large", "collect_day", "confirm_pay_payee",
        "do_pay_payee", "finished",
    ]  # fmt: skip
    assert list(flows["pay"].queries()) == ["fees"] and flows["pay"].actions() == ["pay_payee"]
    assert flows["pay"].dependents("to") == {"amount"}


@pytest.mark.parametrize(
    ("old", "new", "line", "what", "remedy"),
    [
        # The schema.
        ("  title: Pay somebody\n", "", 1, "pay.title: Field required", "Add it."),
        ("  title: Pay somebody", "  titel: x\n  title: Pay somebody", 2, "pay.titel: Extra inputs", "spelling"),
        ("pay:\n", "Pay-It:\n", 1, "Pay-It: String should match", "Name it with small letters"),
        ("kind: payee", "kind: payeee", 4, "Input should be 'money'", "Mend"),
        ("kind: payee", "kind: []", 4, "at least 1 item", "Mend"),
        ("kind: payee", "kind: option", 4, "expected options where the kind is option", "Mend"),
        ("kind: payee, label: To", "kind: payee, label: To, options: {a: A}", 4, "expected options where", "Mend"),
        ("default: today", "default: tomorrow", 6, "expected a default among today, found 'tomorrow'", "Mend"),
        ("kind: payee, label: To", "kind: payee, label: To, default: x", 4, "a default among none, found 'x'", "Mend"),
        ("cues: [to]", "cues: to", 4, "Input should be a valid list", "Mend"),
        ("      ask: To whom?\n", "", 8, "collect.ask: Field required", "Add it."),
        ("    - collect: to\n", "    - colect: to\n", 8, "expected a step with one of the keys collect, say", "Mend"),
        ("    - collect: to\n", "    - collect: to\n      say: Hi\n", 8, "expected a step with one of", "Mend"),
        ("      ask: To whom?", "      ask: ''", 9, "at least 1 character", "Mend"),
        ("end: done", "end: finished", 26, "Input should be 'done', 'refused' or 'handed off'", "Mend"),
        ("if: amount > 100", "if: amount + 100", 17, "found 'amount + 100'", "Mend"),
        ("if: amount > 100", "if: 5", 17, "expected a condition such as amount > available, found 5", "Mend"),
        ("if: amount > 0", "if: amount >", 14, "expected a condition such as", "Mend"),
        ("receipt: Done.", "receipt: Done.\n      refused: {tired: No.}", 26, "Input should be 'insufficient'", "Mend"),
        ("id: large", "id: Large-1", 19, "String should match pattern", "Mend"),
        ("  title: Pay somebody\n", "  title: Pay somebody\n  title: Again\n", 3, "is on this line and on line 2",
         "Keep"),
        # Names.
        ("to: {kind: payee", "for: {kind: money, label: X}\n    to: {kind: payee", 4,
         "no step collects the slot 'for'", "Collect or"),
        ("depends_on: [to]", "depends_on: [two]", 5, "'two' is no slot", "Name one of its slots: to, amount, day."),
        ("- collect: to", "- collect: two", 8, "'two' is no slot", "to, amount, day"),
        ("makes: new_payee", "makes: payee", 8, "'payee' is no flow", "Name one of pay, new_payee."),
        ("{id: large, say: That is much.}", "{id: large, call: other}", 19, "'other' is no flow", "Name one of"),
        ("next: large", "next: larger", 16, "'larger' is no step", "collect_to, collect_amount"),
        ("{id: large, say: That is much.}", "{id: large, say: Much., next: end}", 19, "'end' is no step",
         "Name one of"),
        ("id: finished", "id: large", 19, "two steps have the id", "Rename one."),
        ("ask: Shall I?\n    - do: pay_payee", "ask: Shall I?\n      uses: {payee: t}\n    - do: pay_payee", 24,
         "'t' is no slot", "Name one of"),
        ("- {query: fees, prefix: wire}", "- {query: fees, uses: {account: from}}", 15, "'from' is no slot",
         "to, amount"),
        ("      makes: new_payee", "      choices: {query: payees, row: x, uses: {payee: t}}", 8, "'t' is no slot",
         "Name"),
        # The graph.
        ("    - {id: large", "    - {id: lost, say: Hi}\n    - {id: large", 19, "no path leads to the step 'lost'",
         "Lead one there"),
        ("- {id: finished, end: done}", "- {id: finished, say: Bye, next: finished}", 24, "no path leads to an end",
         "a way out"),
        ("id: large, say: That is much.", "id: large, say: Much., next: branch", 16, "leads back to itself and asks",
         "Collect"),
        ("- {next: collect_day}", "- {next: finished}\n    - {id: round, say: x, next: round}", 19,
         "no path leads to the step", "Lead"),
        ("    - confirm: pay_payee\n      ask: Shall I?\n", "", 22, "to 'do_pay_payee' without a confirmation",
         "Put confirm: pay_payee before it"),
        ("next: large", "next: do_pay_payee", 24, "to 'do_pay_payee' without a confirmation", "on every path"),
        ("    - confirm: pay_payee", "    - confirm: other", 24, "to 'do_pay_payee' without a confirmation",
         "Put confirm"),
        ("    - {id: finished, end: done}\n", "    - {id: two, do: pay_payee, receipt: Again.}\n", 26,
         "to 'two' without a confirmation", "Put"),
        ("    - do: pay_payee", "    - confirm: other\n      ask: And?\n    - do: pay_payee", 24,
         "with 'pay_payee' confirmed and not done", "Put do: pay_payee before it."),
        ("    - do: pay_payee", "    - {id: second, confirm: pay_payee, ask: More}\n    - do: pay_payee", 24,
         "to 'second' with 'pay_payee' confirmed", "Put do"),
        ("- {id: finished, end: done}", "- {branch: [{if: day, next: collect_to}]}", 24,
         "'do_pay_payee' leads back to itself, and is not run twice", "anew"),
        ("{id: large, say: That is much.}", "{id: large, call: pay}", 1, "it calls itself", "come back to it instead"),
        ("    - confirm: add_payee", "    - call: pay\n    - confirm: add_payee", 1,
         "it calls itself, at first or second hand", "come back"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_its_line_and_remedy(
    project: Path, old: str, new: str, line: int, what: str, remedy: str
) -> None:
    assert PAY.count(old) >= 1
    found = problems(project, PAY.replace(old, new, 1))
    assert found
    told = [one for one in found if what in one.what]
    assert line in [one.line for one in told], found
    assert all(one.file == str(project / "flows" / "main.yaml") and remedy in one.remedy for one in told), told


def test_names_that_are_taken_are_told(project: Path) -> None:
    again = PAY.replace("pay:", "check_balance:", 1).replace("new_payee", "affirm")
    told = [(one.file, one.line, one.what) for one in problems(project, PAY, second=PAY, third=again)]
    folder = project / "flows"
    taken = "is the name of another flow, of an intent or of an act."
    assert (str(folder / "second.yaml"), 1, f"'pay' {taken}") in told
    assert (str(folder / "second.yaml"), 27, f"'new_payee' {taken}") in told
    assert (str(folder / "third.yaml"), 1, f"'check_balance' {taken}") in told
    assert (str(folder / "third.yaml"), 27, f"'affirm' {taken}") in told


def test_all_mistakes_are_told_at_once(project: Path) -> None:
    text = PAY.replace("makes: new_payee", "makes: payee").replace("next: large", "next: larger")
    assert len(problems(project, text + "third: {title: x, steps: [{do: x, receipt: y}]}\n")) == 3


@pytest.mark.parametrize(
    "text", ["pay:\n  - x\n", "[]\n", "pay: 5\n", "- a\n", "pay: {title: x, steps: []}\n", "x: &a [*a]"]
)
def test_a_file_that_is_no_mapping_of_flows_is_told(project: Path, text: str) -> None:
    assert all(one.remedy for one in problems(project, text)) and problems(project, text)


def flow(*steps: dict[str, Any], **slots: dict[str, Any]) -> Flow:
    return Flow.model_validate({"title": "T", "slots": slots, "steps": steps})


MONEY = {"kind": "money", "label": "Amount"}


def test_steps_without_an_id_have_one_of_their_own() -> None:
    found = flow({"say": "a"}, {"say": "b"}, {"id": "say_2", "say": "c"}, {"end": "handed off"})
    assert list(found.by_id) == ["say", "say_3", "say_2", "end_handed_off"]


def test_a_branch_whose_last_arm_has_a_condition_falls_through() -> None:
    branch = {"branch": [{"if": "amount > 5", "next": "large"}]}
    found = flow(
        {"collect": "amount", "ask": "?"},
        branch,
        {"id": "small", "say": "s"},
        {"id": "large", "say": "l"},
        amount=MONEY,
    )
    assert following(found, found.by_id["branch"]) == ["large", "small"]
    assert following(found, found.by_id["large"]) == [""]
    assert list(find_flow_mistakes({"f": found})) == []


def test_a_loop_that_asks_is_no_mistake() -> None:
    again = {"branch": [{"if": 'more == "yes"', "next": "collect_amount"}]}
    more = {"kind": "option", "label": "More", "options": {"yes": "Yes", "no": "No"}}
    steps = ({"collect": "amount", "ask": "?"}, {"collect": "more", "ask": "More?"}, again)
    assert list(find_flow_mistakes({"f": flow(*steps, amount=MONEY, more=more)})) == []


def test_one_action_may_be_confirmed_and_done_in_each_of_two_arms() -> None:
    steps = (
        {"collect": "amount", "ask": "?"}, {"branch": [{"if": "amount > 5", "next": "large"}]},
        {"confirm": "pay", "ask": "?"}, {"do": "pay", "receipt": "!", "next": "last"},
        {"id": "large", "confirm": "pay", "ask": "?"}, {"id": "done", "do": "pay", "receipt": "!"}, {"id": "last",
        "end": "done"},
    )  # fmt: skip
    assert list(find_flow_mistakes({"f": flow(*steps, amount=MONEY)})) == []


def test_the_digest_tells_what_a_flow_does_and_not_how_it_is_called() -> None:
    one, other = (Flow.model_validate(yaml.safe_load(PAY)["pay"]) for _ in range(2))
    assert one.digest == other.digest and len(one.digest) == 16
    assert one.digest == Flow.model_validate(yaml.safe_load(PAY)["pay"] | {"title": "Other"}).digest
    digests = {one.digest}
    for old, new in (
        ("amount > 100", "amount > 101"), ("To whom?", "Whom?"), ("default: today", "cues: [by]"), ("cues: [to]",
         "cues: [for]"),
        ("id: large", "id: much"), ("prefix: wire", "prefix: w"), ("receipt: Done.", "receipt: Sent."), ("end: done",
         "end: refused"),
    ):  # fmt: skip
        digests.add(Flow.model_validate(yaml.safe_load(PAY.replace(old, new))["pay"]).digest)
    assert len(digests) == 9


def test_the_digest_is_the_same_in_every_process() -> None:
    small = flow({"collect": "amount", "ask": "?", "valid": [{"if": "amount > 1", "else": "No."}]}, amount=MONEY)
    assert small.digest == "7edf60472a8e381c"


def test_a_slot_that_depends_on_itself_at_second_hand_is_forgotten_once() -> None:
    slots = {name: {**MONEY, "depends_on": [other]} for name, other in (("a", "b"), ("b", "c"), ("c", "a"))}
    found = flow(*({"collect": name, "ask": "?"} for name in slots), **slots)
    assert found.dependents("a") == {"a", "b", "c"}


@pytest.mark.parametrize("written", [{"a": "A"}, {"a": {"title": "A", "words": ["x"]}}])
def test_an_option_is_a_title_or_a_title_with_words(written: dict[str, object]) -> None:
    slot = FlowSlot.model_validate({"kind": "option", "label": "L", "options": written, "default": "a"})
    assert slot.options["a"].title == "A" and slot.kind == ["option"]


def demo_flows() -> dict[str, Flow]:
    paths = sorted(Path(str(files("tellerbot.project") / "demo" / "flows")).glob("*.yaml"))
    read = [yaml.safe_load(path.read_text()) for path in paths]
    return {name: Flow.model_validate(one) for flows in read for name, one in flows.items()}


@pytest.mark.parametrize(
    "flows", [demo_flows(), {name: Flow.model_validate(one) for name, one in yaml.safe_load(PAY).items()}]
)
def test_drawings_are_whole_and_well_formed(flows: dict[str, Flow]) -> None:
    assert flows
    for name, one in flows.items():
        text = draw_text(name, one)
        assert text.startswith(f"{name}: {one.title}\n") and all(f"  {step.id}" in text for step in one.steps)
        drawn = ElementTree.fromstring(draw_svg(name, one))  # noqa: S314
        words = "".join(drawn.itertext())
        assert all(step.id in words and describe(step) in words for step in one.steps)
        assert float(drawn.attrib["width"]) > 0 and float(drawn.attrib["height"]) > 60 * len(one.steps)


def test_a_drawing_escapes_what_is_written_in_it() -> None:
    found = flow({"say": 'a < b & "c" </svg>'})
    assert isinstance(found.steps[0], Collect) is False
    drawn = ElementTree.fromstring(draw_svg("f", found))  # noqa: S314
    assert 'a < b & "c" </svg>' in "".join(drawn.itertext())
