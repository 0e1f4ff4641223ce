"""Loading a project: the demo meets what is promised of it, and every mistake has file, line and remedy."""

import os
from collections import Counter
from importlib.resources import files
from pathlib import Path

import pytest

from tellerbot.data.split import fingerprint
from tellerbot.errors import ConfigError, DataError, Problem
from tellerbot.intents.rows import project_rows
from tellerbot.knowledge.documents.read import read
from tellerbot.project.follow_ups import join_follow_up
from tellerbot.project.load import Project, load_project
from tellerbot.project.policies import odd_files

FILES = {
    "assistant.yaml": (
        "name: Ada\nbank: Small Bank\nlocale: en-US\ncurrency: USD\nmessages:\n  welcome: Hello\n"
        "  refuse: [Sorry, Not here]\n  hand_off: One moment\n  sign_in: Sign in first\n  clarify: Which?\n"
        "topics:\n  - check_balance\n"
    ),
    "intents/main.yaml": (
        "intents:\n"
        "  check_balance:\n"
        "    title: Check your balance\n"
        "    utterances:\n"
        "      - how much do I have\n"
        "      - my balance\n"
        "out_of_scope:\n"
        "  weather:\n"
        "    - will it rain\n"
    ),
    "responses.yaml": "check_balance:\n  reply: Here it is.\n  policy: [fees]\n",
    "policies/fees.md": "---\ntitle: Fees\nversion: '1'\nin_force_from: 2026-01-01\n---\n# Fees\n\nA wire costs $20.\n",
    "tests/main.yaml": "- say: my balance\n  expect:\n    intent: check_balance\n",
}
SECOND = "intents:\n  close_account:\n    title: Close your account\n    utterances:\n      - {text}\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A small project without mistakes."""
    for name, content in FILES.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(content)
    return tmp_path


@pytest.fixture(scope="module")
def demo() -> Project:
    return load_project(Path(str(files("tellerbot.project") / "demo")))


def problems(folder: Path) -> tuple[Problem, ...]:
    try:
        found = load_project(folder).bad_policies
    except DataError as error:
        found = error.problems
    assert found
    return found


def test_a_project_without_mistakes_loads(folder: Path) -> None:
    project = load_project(folder)
    assert project.topics() == ["Check your balance"]
    assert project.intents["check_balance"].utterances == ["how much do I have", "my balance"]
    assert project.out_of_scope == {"weather": ["will it rain"]}
    main = str(folder / "intents" / "main.yaml")
    assert project.places == {"how much do I have": (5, main), "my balance": (6, main), "will it rain": (9, main)}
    assert project.policies[0].name == "fees"
    assert project.policies[0].path == folder / "policies" / "fees.md"
    assert project.tests[0][1].all_turns()[0].expect.intent == "check_balance"


def test_the_demo_is_large_enough(demo: Project) -> None:
    assert len(demo.intents) >= 30
    assert {name: len(intent.utterances) for name, intent in demo.intents.items() if len(intent.utterances) < 25} == {}
    assert sum(map(len, demo.out_of_scope.values())) >= 500
    assert len(demo.policies) >= 12
    assert all(len(policy.path.read_text().split()) >= 210 for policy in demo.policies)
    assert demo.tests


def test_no_two_utterances_of_the_demo_are_the_same(demo: Project) -> None:
    utterances = [text for intent in demo.intents.values() for text in intent.utterances]
    utterances += [text for texts in demo.out_of_scope.values() for text in texts]
    assert [text for text, count in Counter(map(fingerprint, utterances)).items() if count > 1] == []


@pytest.mark.parametrize(
    ("file", "old", "new", "line", "what", "remedy"),
    [
        ("intents/main.yaml", "    title:", "    titel:", 3, "intents.check_balance.titel: Extra inputs", "spelling"),
        ("intents/main.yaml", "    title: Check your balance\n", "", 2, "balance.title: Field required", "Add it."),
        ("intents/main.yaml", "Check your balance", "Check it twice", 3, "a title without a figure", "Mend"),
        ("intents/main.yaml", "- my balance", "- 42", 6, "utterances.1: Input should be a valid string", "in quotes"),
        ("intents/main.yaml", "- my balance", "- '  '", 6, "utterances.1: String should have at least 1", "Mend"),
        ("intents/main.yaml", "  check_balance:", "  Check-Balance:", 2, "Check-Balance: String should match", "small"),
        ("intents/main.yaml", "- my balance", "- HOW  much do i have", 6, "is also an utterance of", "one place"),
        ("intents/main.yaml", "- will it rain", "- My balance", 9, "check_balance (main.yaml:6)", "one place"),
        ("intents/main.yaml", "out_of_scope:", "intents:", 7, "'intents' is on this line and on line 1.", "Keep one"),
        ("intents/main.yaml", "- my balance", "- [my balance", 7, "Expected YAML: ", "Check the indentation"),
        ("intents/main.yaml", "    title", "\ttitle", 3, "found character '\\t'", "Check the indentation"),
        ("intents/main.yaml", "title: Check your balance", "title: !!python/name:os.system", 3, "constructor", "Check"),
        ("intents/main.yaml", "- my balance", "- 2026-02-31", 6, "", ""),
        ("intents/main.yaml", "- my balance", "- my\0balance", 6, "", ""),
        ("responses.yaml", "check_balance:", "chek_balance:", 1, "'chek_balance' is no intent", "Rename or remove"),
        ("responses.yaml", "  reply:", "  replly:", 2, "check_balance.replly: Extra inputs", "spelling"),
        (
            "responses.yaml",
            "  reply:",
            "  actions: [x]\n  reply:",
            1,
            "expected the key queries, found actions",
            "Mend",
        ),
        ("policies/fees.md", "title: Fees\n", "", 2, "title: Field required.", "Add it."),
        ("policies/fees.md", "version: '1'", "version: 1.0", 3, "version: Input should be a valid", "in quotes"),
        ("policies/fees.md", "2026-01-01", "soon", 4, "in_force_from: Input should be a valid date", "Mend"),
        ("policies/fees.md", "2026-01-01", "2026-02-31", 4, "", ""),
        ("policies/fees.md", "-01\n---", "-01\nin_force_to: 2025-01-01\n---", 5, "before in_force_from", "dates"),
        ("policies/fees.md", "---\n# Fees", "# Fees", 1, "Expected front matter between two lines of ---.", "version"),
        ("assistant.yaml", "locale: en-US", "locale: fr-FR", 3, "locale: String should match", "Mend"),
        ("assistant.yaml", "- check_balance", "- check_blance", 12, "Topic 'check_blance' is no intent.", "Name one"),
        ("tests/main.yaml", "    intent:", "    intnt:", 3, "0.expect.intnt: Extra inputs", "spelling"),
    ],
)
def test_a_mistake_is_told_with_its_line_and_remedy(
    folder: Path, file: str, old: str, new: str, line: int, what: str, remedy: str
) -> None:
    path = folder / file
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new, 1))
    mine = [problem for problem in problems(folder) if problem.line == line and what in problem.what]
    assert mine
    assert mine[0].file == str(path)
    assert remedy in mine[0].remedy
    assert str(mine[0]).startswith(f"{path}:{line}: ")


def test_a_policy_with_a_mistake_in_its_dates_is_left_out(folder: Path) -> None:
    path = folder / "policies" / "fees.md"
    path.write_text(path.read_text().replace("-01\n---", "-01\nin_force_to: 2025-01-01\n---", 1))
    project = load_project(folder)
    assert project.policies == [] and "before in_force_from" in project.bad_policies[0].what


def test_a_policy_may_start_with_a_byte_order_mark(folder: Path) -> None:
    path = folder / "policies" / "fees.md"
    path.write_text(path.read_text(), encoding="utf-8-sig")
    assert [policy.head.title for policy in load_project(folder).policies] == ["Fees"]
    assert read(path).blocks[0].lines == ("Fees",)


def test_a_name_that_is_not_utf_8_is_told_and_stops_no_other(folder: Path) -> None:
    (fees,) = (folder / "policies").glob("*.md")
    for name in (b"caf\xe9.md", b"caf\xe9.txt"):
        (folder / "policies" / os.fsdecode(name)).write_bytes(fees.read_bytes())
    project = load_project(folder)
    assert [policy.name for policy in project.policies] == ["fees"]
    (bad,), (odd,) = project.bad_policies, odd_files(folder / "policies")
    assert str(bad).encode().endswith(rb"caf\udce9.md: Expected a file name in UTF-8, found other bytes. Rename it.")
    assert rb"caf\udce9.txt: " in str(odd).encode()


def test_documents_that_are_not_markdown_have_their_head_beside_them(folder: Path) -> None:
    (folder / "policies" / "cards.PDF").write_bytes(b"%PDF-1.7")
    (folder / "policies" / "cards.PDF.yaml").write_text("title: Cards\nversion: '3'\nin_force_from: 2026-02-01\n")
    (folder / "policies" / "notes.txt").write_text("no policy")
    (folder / "policies" / "gone.pdf.yaml").write_text("title: Gone\n")
    cards, fees = load_project(folder).policies
    assert (cards.name, cards.head.title, cards.path.name) == ("cards", "Cards", "cards.PDF")
    assert fees.name == "fees"
    assert [(Path(problem.file).name, problem.what[-6:]) for problem in odd_files(folder / "policies")] == [
        ("gone.pdf.yaml", "yaml'."),
        ("notes.txt", ".txt'."),
    ]


@pytest.mark.parametrize(
    ("name", "head", "file", "line", "what"),
    [
        ("cards.pdf", None, "cards.pdf", None, "Expected its head in cards.pdf.yaml, found no such file."),
        ("cards.html", "title: Cards\nversion: 3\nin_force_from: 2026-01-01\n", "cards.html.yaml", 2, "version: Input"),
        ("cards.docx", "title: Cards\nversion: '3'\n", "cards.docx.yaml", 1, "in_force_from: Field required"),
        (
            "fees.pdf",
            "title: Fees\nversion: '3'\nin_force_from: 2026-01-01\n",
            "fees.pdf",
            None,
            "found fees.md beside",
        ),
    ],
)
def test_a_document_without_a_head_or_with_anothers_name_is_told(
    folder: Path, name: str, head: str | None, file: str, line: int | None, what: str
) -> None:
    (folder / "policies" / name).write_text("not read here")
    if head:
        (folder / "policies" / f"{name}.yaml").write_text(head)
    (problem,) = problems(folder)
    assert (problem.file, problem.line) == (str(folder / "policies" / file), line)
    assert what in problem.what and problem.remedy


def test_all_mistakes_are_told_at_once(folder: Path) -> None:
    (folder / "responses.yaml").write_text("check_balance:\n  rply: x\n")
    (folder / "policies" / "fees.md").write_text("no front matter\n")
    (folder / "intents" / "broken.yaml").write_text("intents: [\n")
    assert {Path(problem.file).name for problem in problems(folder)} == {"responses.yaml", "fees.md", "broken.yaml"}


def test_follow_ups_are_rows_joined_to_their_question(folder: Path) -> None:
    path = folder / "intents" / "main.yaml"
    content = path.read_text()
    pair = "      - {after: what did i spend, text: and what is left}\n"
    path.write_text(content.replace("out_of_scope:", f"    follow_ups:\n{pair}out_of_scope:"))
    rows = project_rows(load_project(folder)).rows
    (row,) = [row for row in rows if row.text == join_follow_up("what did i spend", "and what is left")]
    assert (row.label, row.line) == ("check_balance", 8)
    path.write_text(content.replace("out_of_scope:", f"    follow_ups:\n{pair}{pair}out_of_scope:"))
    with pytest.raises(DataError) as error:
        load_project(folder)
    assert error.value.problems[0].line == 9 and "is also an utterance of check_balance" in error.value.problems[0].what


def test_an_intent_in_two_files_is_told_with_the_other_file(folder: Path) -> None:
    second = SECOND.replace("close_account", "check_balance").format(text="what is left")
    (folder / "intents" / "second.yaml").write_text(second)
    (problem,) = problems(folder)
    assert str(problem) == (
        f"{folder}/intents/second.yaml:2: Intent 'check_balance' is also defined in main.yaml. Merge the two."
    )


def test_an_utterance_in_two_files_is_told_with_the_other_line(folder: Path) -> None:
    (folder / "intents" / "second.yaml").write_text(SECOND.format(text="My Balance"))
    told = [problem for problem in problems(folder) if "also an utterance" in problem.what]
    assert [(problem.line, problem.what) for problem in told] == [
        (5, "'My Balance' is also an utterance of check_balance (main.yaml:6).")
    ]


def test_out_of_scope_groups_of_the_same_name_are_joined_or_told(folder: Path) -> None:
    (folder / "intents" / "second.yaml").write_text("out_of_scope:\n  weather:\n    - is it sunny\n")
    try:
        assert sorted(load_project(folder).out_of_scope["weather"]) == ["is it sunny", "will it rain"]
    except DataError as error:
        assert [(Path(problem.file).name, problem.line) for problem in error.problems] == [("second.yaml", 2)]


@pytest.mark.parametrize("content", ["{}\n", "other_intent:\n  reply: Hi.\n"])
def test_an_intent_without_a_reply_is_told(folder: Path, content: str) -> None:
    (folder / "responses.yaml").write_text(content)
    told = [problem for problem in problems(folder) if "has no reply" in problem.what]
    assert [str(problem) for problem in told] == [
        f"{folder}/responses.yaml: Intent 'check_balance' has no reply. Add one."
    ]


@pytest.mark.parametrize(
    ("content", "what"),
    [
        ("", "Expected content, found an empty file."),
        ("- a\n", "the file: Input should be a valid dictionary"),
        ("intents: " + "[" * 3000, ""),
        ("intents: &a\n  again: *a\n", ""),
    ],
)
def test_files_that_are_no_intents_are_told(folder: Path, content: str, what: str) -> None:
    (folder / "intents" / "odd.yaml").write_text(content)
    assert [Path(problem.file).name for problem in problems(folder) if what in problem.what] == ["odd.yaml"]


def test_text_that_is_not_utf8_is_told(folder: Path) -> None:
    (folder / "intents" / "odd.yaml").write_bytes(b"intents:\n  caf\xe9: 1\n")
    (problem,) = problems(folder)
    assert (problem.file, problem.remedy) == (f"{folder}/intents/odd.yaml", "Save the file as UTF-8.")


def test_a_folder_that_is_no_project_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"expected a project folder with an assistant.yaml.*tellerbot init my-bank"):
        load_project(tmp_path)


@pytest.mark.parametrize("word", ["yes", "no", "on", "off", "1", "null"])
def test_an_intent_that_yaml_takes_for_another_value_is_named_as_written(folder: Path, word: str) -> None:
    text = f'intents:\n  {word}:\n    title: Yes please\n    utterances: ["yes please", "yep", "sure"]\n'
    (folder / "intents" / "zz.yaml").write_text(text)
    (problem,) = problems(folder)
    assert (problem.file, problem.line) == (str(folder / "intents" / "zz.yaml"), 2)
    assert repr(word) in problem.what and problem.remedy == f'Quote it: "{word}".'
