"""Whether a project's replies and policies fit each other: checked before training, and again before building."""

import re
from datetime import date

from tellerbot.errors import DataError, Problem
from tellerbot.knowledge.passages import split_policies
from tellerbot.project.load import Project
from tellerbot.project.yaml_lines import Document, read_yaml
from tellerbot.responses.template import template_mistakes


def check_project(project: Project) -> None:
    """Raise DataError for figures and bad placeholders in the wording, and for policies that are not there."""
    problems = [*_policies(project), *_replies(project), *_messages(project)]
    if problems:
        raise DataError(f"{project.folder}: {len(problems)} mistakes in the replies and policies.", problems)


def _policies(project: Project) -> list[Problem]:
    folder = project.folder / "policies"
    problems = [
        Problem(
            str(path), None, f"Expected policies as .md, found {path.suffix or 'no ending'!r}.", "Convert or remove it."
        )
        for path in sorted(folder.glob("*"))
        if path.suffix != ".md" and not path.name.startswith(".")
    ]
    if not any(passage.in_force(date.today()) for passage in split_policies(project.policies)):
        problems.append(Problem(str(folder), None, "Expected a policy in force today, found none.", "Add one."))
    return problems


def _replies(project: Project) -> list[Problem]:
    sections = {passage.id.split("/")[0] for passage in split_policies(project.policies)}
    policies = {policy.name for policy in project.policies}
    document = _read(project, "responses.yaml")
    problems: list[Problem] = []
    for name, response in project.responses.items():
        for field in ("reply", "each", "empty"):
            for mistake in template_mistakes(getattr(response, field) or ""):
                problems.append(document.problem((name, field), f"{name}: {mistake}", "Mend the wording."))
        for at, ref in enumerate(response.policy):
            if ref not in sections | policies:
                what = f"{name}: there is no policy section {ref!r}."
                problems.append(document.problem((name, "policy", at), what, f"There are: {_near(ref, sections)}."))
    return problems


def _messages(project: Project) -> list[Problem]:
    document = _read(project, "assistant.yaml")
    return [
        document.problem(("messages", key), f"{key}: {mistake}", "Mend the wording.")
        for key, message in project.assistant.messages
        for mistake in template_mistakes(re.sub(r"\{(topics|reference|choices)\}", "", message))
    ]


def _read(project: Project, name: str) -> Document:
    """The file again, for its line numbers."""
    problems: list[Problem] = []
    document = read_yaml(project.folder / name, problems)
    if document is None:
        raise DataError(f"{project.folder / name}: it changed while it was read.", problems)
    return document


def _near(ref: str, sections: set[str]) -> str:
    same = sorted(section for section in sections if section.split("#")[0] == ref.split("#")[0])
    return ", ".join(same or sorted({section.split("#")[0] for section in sections}))
