"""A project folder -> a checked Project. All mistakes are reported at once, each with its file and line."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path

from pydantic import TypeAdapter

from tellerbot.errors import ConfigError, DataError, Problem, format_count
from tellerbot.project.conversation_tests import ConversationTest, TurnTest
from tellerbot.project.defaults import default_acts
from tellerbot.project.flow_check import find_flow_mistakes
from tellerbot.project.flow_schema import Flow
from tellerbot.project.look import logo_mistakes
from tellerbot.project.policies import Policy, load_policies
from tellerbot.project.schema import Answer, AssistantFile, Costs, Intent, IntentsFile, Name, Response, Text
from tellerbot.project.yaml_lines import Document, Key, check, read_again, read_yaml, valid_entries


@dataclass(frozen=True, slots=True)
class Contents:
    """What a project folder has, as far as it can be read: `assistant` is None where its file is wrong.

    `responses` are by intent, `acts` are replies to acts, those of defaults.yaml among them. Each of `tests` comes with
    its file and line. `places` has the line and file of every utterance, by its text. `policies` have right heads;
    `bad_policies` says what is wrong with the others.
    """

    folder: Path
    assistant: AssistantFile | None
    intents: dict[str, Intent]
    out_of_scope: dict[str, list[str]]
    places: dict[str, tuple[int, str]]
    responses: dict[str, Response]
    acts: dict[str, Response]
    policies: list[Policy]
    tests: list[tuple[str, ConversationTest]]
    bad_policies: tuple[Problem, ...] = ()
    flows: Mapping[str, Flow] = field(default_factory=dict)

    def answers(self) -> Iterator[tuple[Document, Key, str, Answer]]:
        """Every answer with its place in responses.yaml, and the name of its intent or act."""
        if not self.responses:
            return
        document = read_again(self.folder / "responses.yaml")
        for name, response in {**self.responses, **self.acts}.items():
            for at, answer in response.places():
                yield document, (name, *at), name, answer

    def placed_flows(self) -> Iterator[tuple[Document, str, Flow]]:
        """Every flow with its file and name."""
        for document in self._documents("flows") if self.flows else ():
            for name in document.content:
                if name in self.flows:
                    yield document, name, self.flows[name]

    def placed_turns(self) -> Iterator[tuple[Document, Key, TurnTest]]:
        """Every turn of a conversation test with its place in its file."""
        for document in self._documents("tests") if self.tests else ():
            for number, test in valid_entries(document, ConversationTest).items():
                for at, turn in test.places():
                    yield document, (number, *at), turn

    def _documents(self, part: str) -> Iterator[Document]:
        """Read the files of a part again, those that can be read, for their line numbers."""
        for path in sorted((self.folder / part).glob("*.yaml")):
            if document := read_yaml(path, []):
                yield document


@dataclass(frozen=True, slots=True)
class Project(Contents):
    """A checked project folder."""

    assistant: AssistantFile

    def topics(self) -> list[str]:
        """Titles of the intents to name when saying what the assistant can help with."""
        return [self.intents[name].title for name in self.assistant.topics]


def load_project(folder: Path) -> Project:
    """Load and check a project folder.

    A bad policy does not stop the others: it is listed in `bad_policies`, which building a release refuses. Raises
    DataError with every mistake, in policies too, when there is another, ConfigError when it is no project.
    """
    contents, problems = read_contents(folder)
    if problems:
        problems += contents.bad_policies
        raise DataError(f"{folder}: {format_count(len(problems), 'mistake')} in the project.", problems)
    return Project(*(getattr(contents, each.name) for each in fields(contents)))


def read_contents(folder: Path) -> tuple[Contents, list[Problem]]:
    """Read a project folder as far as it can be read; gives what is wrong with it, but for bad policies.

    Raises ConfigError when it is no project.
    """
    if not (folder / "assistant.yaml").is_file():
        raise ConfigError(
            f"{folder}: expected a project folder with an assistant.yaml, found none. "
            "Make one with: tellerbot init my-bank"
        )
    problems: list[Problem] = []
    described = read_yaml(folder / "assistant.yaml", problems)
    assistant: AssistantFile | None = check(described, AssistantFile, problems)
    found = _intents(folder, problems)
    names = {*found.homes}
    flows, flow_names = _flows(folder, {*names, *default_acts()}, problems)
    replies = _responses(folder / "responses.yaml", names, flow_names, problems)
    responses = {name: reply for name, reply in replies.items() if name in names}
    acts = {name: replies.get(name, Response.model_validate(reply)) for name, reply in default_acts().items()}
    bad_policies: list[Problem] = []
    policies = load_policies(folder / "policies", bad_policies)
    tests = _tests(folder, {*names, *acts}, flow_names, problems)
    if assistant and described:
        problems += _assistant(folder, assistant, described, names, responses)
    contents = Contents(
        folder, assistant, found.intents, found.out_of_scope, found.places, responses, acts, policies, tests,
        tuple(bad_policies), flows,
    )  # fmt: skip
    return contents, problems


def _assistant(
    folder: Path,
    assistant: AssistantFile,
    described: Document,
    intents: Collection[str],
    responses: Mapping[str, Response],
) -> Iterator[Problem]:
    """Find what of assistant.yaml does not fit the rest of the project."""
    for at, name in enumerate(assistant.topics):
        if name not in intents:
            yield described.problem(("topics", at), f"Topic {name!r} is no intent.", "Name one of the intents.")
    if assistant.look.logo:
        for mistake in logo_mistakes(folder / assistant.look.logo):
            yield described.problem(("look", "logo"), *mistake)
    for name in assistant.wording.intents.keys() - {*intents}:
        what = f"Wording is chosen for {name!r}, which is no intent."
        yield described.problem(("wording", "intents", name), what, "Name one of the intents.")
    for name, response in responses.items():
        if assistant.wording.of(name) == "extracted" and (not response.policy or response.queries):
            what = f"{name!r} is to be extracted from policies, but it names none, or facts from the bank."
            remedy = "Choose vetted or generated, or let the reply name policy sections only."
            yield described.problem(("wording",), what, remedy)


def load_costs(path: Path) -> Costs:
    """Load the costs that an assistant.yaml, or the one in a project folder, states.

    Raises DataError when the file is wrong, ConfigError when it states none.
    """
    costs = load_assistant(path).costs
    if costs is None:
        file = path / "assistant.yaml" if path.is_dir() else path
        raise ConfigError(f"{file}: expected costs, found none. State them: {', '.join(Costs.model_fields)}.")
    return costs


def load_assistant(path: Path) -> AssistantFile:
    """Load an assistant.yaml, or the one in a project folder. Raises DataError when it is wrong."""
    file = path / "assistant.yaml" if path.is_dir() else path
    problems: list[Problem] = []
    assistant: AssistantFile | None = check(read_yaml(file, problems), AssistantFile, problems)
    if assistant is None:
        raise DataError(f"{file}: {format_count(len(problems), 'mistake')}.", problems)
    return assistant


@dataclass(slots=True)
class _Intents:
    """What the files of intents have; `homes` are the files of all intents, those with mistakes too."""

    intents: dict[str, Intent] = field(default_factory=dict)
    homes: dict[str, str] = field(default_factory=dict)
    out_of_scope: dict[str, list[str]] = field(default_factory=dict)
    places: dict[str, tuple[int, str]] = field(default_factory=dict)


def _intents(folder: Path, problems: list[Problem]) -> _Intents:
    found = _Intents()
    seen: dict[str, tuple[str, str]] = {}
    paths = sorted((folder / "intents").glob("*.yaml"))
    if not paths:
        problems.append(Problem(str(folder / "intents"), None, "Expected intents/*.yaml, found none.", "Add intents."))
    for path in paths:
        document = read_yaml(path, problems)
        file: IntentsFile | None = check(document, IntentsFile, problems)
        if document is None:
            continue
        named = document.part("intents")
        intents: dict[str, Intent] = file.intents if file else valid_entries(named, Intent)
        subjects: dict[str, list[str]] = (
            file.out_of_scope if file else valid_entries(document.part("out_of_scope"), list[Text])
        )
        for name in named.content if isinstance(named.content, dict) else ():
            if name in found.homes:
                what = f"Intent {name!r} is also defined in {found.homes[name]}."
                problems.append(document.problem(("intents", name), what, "Merge the two."))
            found.homes[name] = path.name
        found.intents |= intents
        for name, texts in subjects.items():
            found.out_of_scope[name] = [*found.out_of_scope.get(name, []), *texts]
        for keys, label, texts in _groups(intents, subjects):
            for at, text in enumerate(texts):
                key = " ".join(text.casefold().split())
                if key in seen:
                    other, where = seen[key]
                    what = f"{text!r} is also an utterance of {other} ({where})."
                    problems.append(document.problem((*keys, at), what, "Keep it in one place."))
                line = document.line((*keys, at))
                seen[key], found.places[text] = (label, f"{path.name}:{line}"), (line, document.file)
    return found


def _groups(
    intents: Mapping[str, Intent], subjects: Mapping[str, list[str]]
) -> Iterator[tuple[tuple[str, ...], str, list[str]]]:
    """Yield the utterances of a file with their place in it and their label."""
    for name, intent in intents.items():
        yield ("intents", name, "utterances"), name, intent.utterances
        yield ("intents", name, "follow_ups"), name, [pair.joined for pair in intent.follow_ups]
    for name, texts in subjects.items():
        yield ("out_of_scope", name), "out_of_scope", texts


def _flows(folder: Path, taken: Collection[str], problems: list[Problem]) -> tuple[dict[str, Flow], set[str]]:
    """Read the flows of all files, and the names of all, even with mistakes; `taken` are the names of other things."""
    flows: dict[str, Flow] = {}
    documents: dict[str, Document] = {}
    for path in sorted((folder / "flows").glob("*.yaml")):
        document = read_yaml(path, problems)
        found: dict[str, Flow] | None = check(document, TypeAdapter(dict[Name, Flow]), problems)
        if document is None:
            continue
        for name in document.content if isinstance(document.content, dict) else ():
            if name in documents or name in taken:
                what = f"{name!r} is the name of another flow, of an intent or of an act."
                problems.append(document.problem((name,), what, "Choose a name of its own."))
            documents[name] = document
        flows |= found if found is not None else valid_entries(document, Flow)
    for name, place, what, remedy in find_flow_mistakes(flows, documents):
        problems.append(documents[name].problem((name, *place), f"{name}: {what}", remedy))
    return flows, {*documents}


def _responses(
    path: Path, intents: Collection[str], flows: Collection[str], problems: list[Problem]
) -> dict[str, Response]:
    if not path.is_file():
        problems.append(Problem(str(path), None, "Expected the vetted replies, found no file.", "Add responses.yaml."))
        return {}
    document = read_yaml(path, problems)
    if document is None:
        return {}
    found: dict[str, Response] | None = check(document, TypeAdapter(dict[str, Response]), problems)
    responses: dict[str, Response] = valid_entries(document, Response) if found is None else found
    named = document.content if isinstance(document.content, dict) else {}
    if intents:
        for name in sorted(named.keys() - {*intents} - default_acts().keys()):
            problems.append(document.problem((name,), f"{name!r} is no intent and no act.", "Rename or remove it."))
        for name, response in responses.items():
            for at, answer in response.places():
                if answer.offer and answer.offer not in {*intents, *flows}:
                    what = f"{name!r} offers {answer.offer!r}, which is no intent and no flow."
                    problems.append(document.problem((name, *at, "offer"), what, "Name one of the intents or flows."))
                if answer.flow and answer.flow not in flows:
                    what = f"{name!r} starts {answer.flow!r}, which is no flow."
                    problems.append(document.problem((name, *at, "flow"), what, "Name one of the flows."))
        for name in sorted({*intents} - named.keys()):
            problems.append(Problem(str(path), None, f"Intent {name!r} has no reply.", "Add one."))
    return responses


def _tests(
    folder: Path, known: Collection[str], flows: Collection[str], problems: list[Problem]
) -> list[tuple[str, ConversationTest]]:
    found: list[tuple[str, ConversationTest]] = []
    for path in sorted((folder / "tests").glob("*.yaml")):
        document = read_yaml(path, problems)
        listed: list[ConversationTest] | None = check(document, TypeAdapter(list[ConversationTest]), problems)
        if document is None:
            continue
        tests = valid_entries(document, ConversationTest) if listed is None else dict(enumerate(listed))
        for at, test in tests.items():
            found.append((f"{path.name}:{document.line((at,))}", test))
            for place, asked in test.places():
                expect = asked.expect
                place = (at, *place, "expect")
                for name in {*(expect.intents or ()), *filter(None, [expect.intent])} - {*known}:
                    what = f"{name!r} is no intent and no act."
                    problems.append(document.problem(place, what, "Name one of the intents."))
                if expect.flow and expect.flow not in flows:
                    problems.append(document.problem(place, f"{expect.flow!r} is no flow.", "Name one of the flows."))
    return found
