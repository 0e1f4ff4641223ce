"""A project folder -> a checked Project. All mistakes are reported at once, each with its file and line."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from tellerbot.errors import ConfigError, DataError, Problem
from tellerbot.project.schema import (
    AssistantFile,
    ConversationTest,
    Costs,
    Intent,
    IntentsFile,
    PolicyHead,
    Response,
)
from tellerbot.project.yaml_lines import Document, parse_yaml, read_yaml


@dataclass(frozen=True, slots=True)
class Policy:
    """A policy document: its front matter and its Markdown body."""

    name: str
    head: PolicyHead
    body: str


@dataclass(frozen=True, slots=True)
class Project:
    """A checked project folder."""

    folder: Path
    assistant: AssistantFile
    intents: dict[str, Intent]
    out_of_scope: dict[str, list[str]]
    responses: dict[str, Response]
    policies: list[Policy]
    tests: list[ConversationTest]

    def topics(self) -> list[str]:
        """Titles of the intents to name when saying what the assistant can help with."""
        return [self.intents[name].title for name in self.assistant.topics]


def load_project(folder: Path) -> Project:
    """Load and check a project folder. Raises DataError with every mistake, ConfigError when it is no project."""
    if not (folder / "assistant.yaml").is_file():
        raise ConfigError(
            f"{folder}: expected a project folder with an assistant.yaml, found none. "
            "Make one with: tellerbot init my-bank"
        )
    problems: list[Problem] = []
    described = read_yaml(folder / "assistant.yaml", problems)
    assistant: AssistantFile | None = _check(described, AssistantFile, problems)
    intents, out_of_scope = _intents(folder, problems)
    responses = _responses(folder / "responses.yaml", intents, problems)
    policies = [policy for path in sorted((folder / "policies").glob("*.md")) if (policy := _policy(path, problems))]
    tests = _tests(folder, problems)
    if assistant and described:
        for at, name in enumerate(assistant.topics):
            if name not in intents:
                what = f"Topic {name!r} is no intent."
                problems.append(described.problem(("topics", at), what, "Name one of the intents."))
    if problems or assistant is None:
        raise DataError(f"{folder}: {len(problems)} mistakes in the project.", problems)
    return Project(folder, assistant, intents, out_of_scope, responses, policies, tests)


def load_costs(path: Path) -> Costs:
    """The costs that an assistant.yaml, or the one in a project folder, states.

    Raises DataError when the file is wrong, ConfigError when it states none.
    """
    file = path / "assistant.yaml" if path.is_dir() else path
    problems: list[Problem] = []
    assistant: AssistantFile | None = _check(read_yaml(file, problems), AssistantFile, problems)
    if assistant is None:
        raise DataError(f"{file}: {len(problems)} mistakes.", problems)
    if assistant.costs is None:
        raise ConfigError(f"{file}: expected costs, found none. State them: {', '.join(Costs.model_fields)}.")
    return assistant.costs


def _intents(folder: Path, problems: list[Problem]) -> tuple[dict[str, Intent], dict[str, list[str]]]:
    intents: dict[str, Intent] = {}
    out_of_scope: dict[str, list[str]] = {}
    home: dict[str, str] = {}
    seen: dict[str, tuple[str, str]] = {}
    paths = sorted((folder / "intents").glob("*.yaml"))
    if not paths:
        problems.append(Problem(str(folder / "intents"), None, "Expected intents/*.yaml, found none.", "Add intents."))
    for path in paths:
        document = read_yaml(path, problems)
        file = _check(document, IntentsFile, problems)
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
        groups += [(("out_of_scope", name), "out_of_scope", texts) for name, texts in file.out_of_scope.items()]
        for keys, label, texts in groups:
            for at, text in enumerate(texts):
                key = " ".join(text.casefold().split())
                if key in seen:
                    other, where = seen[key]
                    what = f"{text!r} is also an utterance of {other} ({where})."
                    problems.append(document.problem((*keys, at), what, "Keep it in one place."))
                seen[key] = (label, f"{path.name}:{document.line((*keys, at))}")
    return intents, out_of_scope


def _responses(path: Path, intents: dict[str, Intent], problems: list[Problem]) -> dict[str, Response]:
    if not path.is_file():
        problems.append(Problem(str(path), None, "Expected the vetted replies, found no file.", "Add responses.yaml."))
        return {}
    document = read_yaml(path, problems)
    if document is None:
        return {}
    responses: dict[str, Response] = _check(document, TypeAdapter(dict[str, Response]), problems) or {}
    if intents:
        for name in sorted(responses.keys() - intents.keys()):
            problems.append(document.problem((name,), f"{name!r} is no intent.", "Rename or remove the reply."))
        for name in sorted(intents.keys() - responses.keys()):
            problems.append(Problem(str(path), None, f"Intent {name!r} has no reply.", "Add one."))
    return responses


def _policy(path: Path, problems: list[Problem]) -> Policy | None:
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        problems.append(Problem(str(path), None, f"Expected UTF-8 text: {error.reason}.", "Save the file as UTF-8."))
        return None
    parts = text.split("---\n", 2)
    if len(parts) < 3 or parts[0].strip():
        problems.append(
            Problem(
                str(path),
                1,
                "Expected front matter between two lines of ---.",
                "Add title, version, in_force_from.",
            )
        )
        return None
    front = parse_yaml(str(path), parts[1], problems, offset=1)
    head: PolicyHead | None = _check(front, PolicyHead, problems)
    if head is None or front is None:
        return None
    if head.in_force_to and head.in_force_to < head.in_force_from:
        problems.append(front.problem(("in_force_to",), "in_force_to is before in_force_from.", "Mend the dates."))
    return Policy(path.stem, head, parts[2])


def _tests(folder: Path, problems: list[Problem]) -> list[ConversationTest]:
    tests: list[ConversationTest] = []
    for path in sorted((folder / "tests").glob("*.yaml")):
        tests += _check(read_yaml(path, problems), TypeAdapter(list[ConversationTest]), problems) or []
    return tests


def _check(document: Document | None, model: Any, problems: list[Problem]) -> Any:
    """Validate a document, turning each of pydantic's errors into a Problem with its line."""
    if document is None:
        return None
    adapter = model if isinstance(model, TypeAdapter) else TypeAdapter(model)
    try:
        return adapter.validate_python(document.content)
    except ValidationError as error:
        for item in error.errors():
            path = tuple(part for part in item["loc"] if part != "[key]")
            where = ".".join(map(str, path)) or "the file"
            remedy = {
                "extra_forbidden": "Remove it or correct its spelling.",
                "missing": "Add it.",
                "string_type": "Put it in quotes.",
            }.get(item["type"], "Mend it.")
            problems.append(document.problem(path, f"{where}: {item['msg']}.", remedy))
        return None
