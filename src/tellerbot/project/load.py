"""A project folder -> a checked Project. All mistakes are reported at once, each with its file and line."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import TypeAdapter

from tellerbot.errors import ConfigError, DataError, Problem, counted
from tellerbot.project.defaults import default_acts
from tellerbot.project.flow_check import find_flow_mistakes
from tellerbot.project.flow_schema import Flow
from tellerbot.project.look import logo_mistakes
from tellerbot.project.policies import Policy, load_policies
from tellerbot.project.schema import (
    AssistantFile,
    ConversationTest,
    Costs,
    Intent,
    IntentsFile,
    Name,
    Response,
)
from tellerbot.project.yaml_lines import Document, check, read_yaml


@dataclass(frozen=True, slots=True)
class Project:
    """A checked project folder.

    `responses` are by intent, `acts` are replies to acts, those of defaults.yaml among them. Each of `tests` comes with
    its file and line. `places` has the line and file of every utterance, by its text. `policies` have right heads;
    `bad_policies` says what is wrong with the others.
    """

    folder: Path
    assistant: AssistantFile
    intents: dict[str, Intent]
    out_of_scope: dict[str, list[str]]
    places: dict[str, tuple[int, str]]
    responses: dict[str, Response]
    acts: dict[str, Response]
    policies: list[Policy]
    tests: list[tuple[str, ConversationTest]]
    bad_policies: tuple[Problem, ...] = ()
    flows: Mapping[str, Flow] = field(default_factory=dict)

    def topics(self) -> list[str]:
        """Titles of the intents to name when saying what the assistant can help with."""
        return [self.intents[name].title for name in self.assistant.topics]


def load_project(folder: Path) -> Project:
    """Load and check a project folder.

    A bad policy does not stop the others: it is told in `bad_policies`, which building a release refuses. Raises
    DataError with every mistake, in policies too, when there is another, ConfigError when it is no project.
    """
    if not (folder / "assistant.yaml").is_file():
        raise ConfigError(
            f"{folder}: expected a project folder with an assistant.yaml, found none. "
            "Make one with: tellerbot init my-bank"
        )
    problems: list[Problem] = []
    described = read_yaml(folder / "assistant.yaml", problems)
    assistant: AssistantFile | None = check(described, AssistantFile, problems)
    intents, out_of_scope, places = _intents(folder, problems)
    flows = _flows(folder, {*intents, *default_acts()}, problems)
    replies = _responses(folder / "responses.yaml", intents, flows, problems)
    responses = {name: reply for name, reply in replies.items() if name in intents}
    acts = {name: replies.get(name, Response.model_validate(reply)) for name, reply in default_acts().items()}
    bad_policies: list[Problem] = []
    policies = load_policies(folder / "policies", bad_policies)
    tests = _tests(folder, {*intents, *acts}, flows, problems)
    if assistant and described:
        for at, name in enumerate(assistant.topics):
            if name not in intents:
                what = f"Topic {name!r} is no intent."
                problems.append(described.problem(("topics", at), what, "Name one of the intents."))
        if assistant.look.logo:
            found = logo_mistakes(folder / assistant.look.logo)
            problems += [described.problem(("look", "logo"), *mistake) for mistake in found]
        for name in assistant.wording.intents.keys() - intents.keys():
            what = f"Wording is chosen for {name!r}, which is no intent."
            problems.append(described.problem(("wording", "intents", name), what, "Name one of the intents."))
        for name, response in responses.items():
            if assistant.wording.of(name) == "extracted" and (not response.policy or response.queries):
                what = f"{name!r} is to be extracted from policies, but it names none, or facts from the bank."
                remedy = "Choose vetted or generated, or let the reply name policy sections only."
                problems.append(described.problem(("wording",), what, remedy))
    if problems or assistant is None:
        problems += bad_policies
        raise DataError(f"{folder}: {counted(len(problems), 'mistake')} in the project.", problems)
    return Project(
        folder, assistant, intents, out_of_scope, places, responses, acts, policies, tests, tuple(bad_policies), flows
    )


def load_costs(path: Path) -> Costs:
    """The costs that an assistant.yaml, or the one in a project folder, states.

    Raises DataError when the file is wrong, ConfigError when it states none.
    """
    costs = load_assistant(path).costs
    if costs is None:
        file = path / "assistant.yaml" if path.is_dir() else path
        raise ConfigError(f"{file}: expected costs, found none. State them: {', '.join(Costs.model_fields)}.")
    return costs


def load_assistant(path: Path) -> AssistantFile:
    """An assistant.yaml, or the one in a project folder. Raises DataError when it is wrong."""
    file = path / "assistant.yaml" if path.is_dir() else path
    problems: list[Problem] = []
    assistant: AssistantFile | None = check(read_yaml(file, problems), AssistantFile, problems)
    if assistant is None:
        raise DataError(f"{file}: {counted(len(problems), 'mistake')}.", problems)
    return assistant


def _intents(
    folder: Path, problems: list[Problem]
) -> tuple[dict[str, Intent], dict[str, list[str]], dict[str, tuple[int, str]]]:
    intents: dict[str, Intent] = {}
    out_of_scope: dict[str, list[str]] = {}
    places: dict[str, tuple[int, str]] = {}
    home: dict[str, str] = {}
    seen: dict[str, tuple[str, str]] = {}
    paths = sorted((folder / "intents").glob("*.yaml"))
    if not paths:
        problems.append(Problem(str(folder / "intents"), None, "Expected intents/*.yaml, found none.", "Add intents."))
    for path in paths:
        document = read_yaml(path, problems)
        file = check(document, IntentsFile, problems)
        if file is None or document is None:
            continue
        for name, intent in file.intents.items():
            if name in intents:
                what = f"Intent {name!r} is also defined in {home[name]}."
                problems.append(document.problem(("intents", name), what, "Merge the two."))
            intents[name], home[name] = intent, path.name
        for name, texts in file.out_of_scope.items():
            out_of_scope[name] = [*out_of_scope.get(name, []), *texts]
        groups = [(("intents", name, "utterances"), name, intent.utterances) for name, intent in file.intents.items()]
        groups += [
            (("intents", name, "follow_ups"), name, [pair.joined for pair in intent.follow_ups])
            for name, intent in file.intents.items()
        ]
        groups += [(("out_of_scope", name), "out_of_scope", texts) for name, texts in file.out_of_scope.items()]
        for keys, label, texts in groups:
            for at, text in enumerate(texts):
                key = " ".join(text.casefold().split())
                if key in seen:
                    other, where = seen[key]
                    what = f"{text!r} is also an utterance of {other} ({where})."
                    problems.append(document.problem((*keys, at), what, "Keep it in one place."))
                line = document.line((*keys, at))
                seen[key], places[text] = (label, f"{path.name}:{line}"), (line, document.file)
    return intents, out_of_scope, places


def _flows(folder: Path, taken: Collection[str], problems: list[Problem]) -> dict[str, Flow]:
    """The flows of all files; `taken` are names that offers give to something else."""
    flows: dict[str, Flow] = {}
    documents: dict[str, Document] = {}
    for path in sorted((folder / "flows").glob("*.yaml")):
        document = read_yaml(path, problems)
        found: dict[str, Flow] = check(document, TypeAdapter(dict[Name, Flow]), problems) or {}
        if document is None:
            continue
        for name, flow in found.items():
            if name in flows or name in taken:
                what = f"{name!r} is the name of another flow, of an intent or of an act."
                problems.append(document.problem((name,), what, "Choose a name of its own."))
            flows[name], documents[name] = flow, document
    for name, place, what, remedy in find_flow_mistakes(flows):
        problems.append(documents[name].problem((name, *place), f"{name}: {what}", remedy))
    return flows


def _responses(
    path: Path, intents: dict[str, Intent], flows: Collection[str], problems: list[Problem]
) -> dict[str, Response]:
    if not path.is_file():
        problems.append(Problem(str(path), None, "Expected the vetted replies, found no file.", "Add responses.yaml."))
        return {}
    document = read_yaml(path, problems)
    if document is None:
        return {}
    responses: dict[str, Response] = check(document, TypeAdapter(dict[str, Response]), problems) or {}
    if intents:
        for name in sorted(responses.keys() - intents.keys() - default_acts().keys()):
            problems.append(document.problem((name,), f"{name!r} is no intent and no act.", "Rename or remove it."))
        for name, response in responses.items():
            for offer in {answer.offer for answer in response.answers() if answer.offer} - intents.keys() - {*flows}:
                what = f"{name!r} offers {offer!r}, which is no intent and no flow."
                problems.append(document.problem((name,), what, "Name one of the intents or flows."))
            for flow in {answer.flow for answer in response.answers() if answer.flow} - {*flows}:
                what = f"{name!r} starts {flow!r}, which is no flow."
                problems.append(document.problem((name,), what, "Name one of the flows."))
        for name in sorted(intents.keys() - responses.keys()):
            problems.append(Problem(str(path), None, f"Intent {name!r} has no reply.", "Add one."))
    return responses


def _tests(
    folder: Path, known: Collection[str], flows: Collection[str], problems: list[Problem]
) -> list[tuple[str, ConversationTest]]:
    found: list[tuple[str, ConversationTest]] = []
    for path in sorted((folder / "tests").glob("*.yaml")):
        document = read_yaml(path, problems)
        tests: list[ConversationTest] = check(document, TypeAdapter(list[ConversationTest]), problems) or []
        if document is None:
            continue
        for at, test in enumerate(tests):
            found.append((f"{path.name}:{document.line((at,))}", test))
            for turn, asked in enumerate(test.all_turns()):
                expect = asked.expect
                place = (at, "turns", turn, "expect") if test.turns else (at, "expect")
                for name in {*(expect.intents or ()), *filter(None, [expect.intent])} - {*known}:
                    what = f"{name!r} is no intent and no act."
                    problems.append(document.problem(place, what, "Name one of the intents."))
                if expect.flow and expect.flow not in flows:
                    problems.append(document.problem(place, f"{expect.flow!r} is no flow.", "Name one of the flows."))
    return found
