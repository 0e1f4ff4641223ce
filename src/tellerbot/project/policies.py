"""policies/ -> each document with its checked head. What stands in a document is read by `knowledge`."""

from dataclasses import dataclass
from pathlib import Path

from tellerbot.errors import Problem
from tellerbot.project.front_matter import split_front_matter
from tellerbot.project.schema import PolicyHead
from tellerbot.project.yaml_lines import Document, check, parse_yaml, read_yaml

# Endings of policy documents, in lower case.
ENDINGS = (".md", ".html", ".htm", ".docx", ".pdf")
# A front matter is looked for in the first characters only: a document may be of any size.
_MAX_HEAD = 65536
# Larger documents are refused before they are read, in bytes.
MAX_BYTES = 100_000_000
_REMEDY = "Add title, version, in_force_from."


@dataclass(frozen=True, slots=True)
class Policy:
    """A policy document: its name, which citations use, its head, and the file that it stands in."""

    name: str
    head: PolicyHead
    path: Path


def load_policies(folder: Path, problems: list[Problem]) -> list[Policy]:
    """Load the documents in `folder` by name; mistakes are added to `problems`."""
    policies: list[Policy] = []
    seen: dict[str, Path] = {}
    for path in sorted(folder.glob("*")):
        if path.suffix.lower() not in ENDINGS or path.name.startswith("."):
            continue
        if path.name != _shown(path.name):
            problems.append(
                Problem(_shown(str(path)), None, "Expected a file name in UTF-8, found other bytes.", "Rename it.")
            )
            continue
        # Names differ in more than case, so that they are files of their own everywhere.
        other = seen.setdefault(path.stem.lower(), path)
        if other != path:
            what = f"Expected one document named {path.stem!r}, found {other.name} beside it."
            problems.append(Problem(str(path), None, what, "Rename or remove one of the two."))
        elif mistake := file_mistake(path):
            problems.append(Problem(str(path), None, *mistake))
        elif head := _head(path, problems):
            policies.append(Policy(path.stem, head, path))
    return policies


def odd_files(folder: Path) -> list[Problem]:
    """Return a problem for each file in `folder` that is neither a policy nor a policy's head."""
    kinds = f"{', '.join(ENDINGS[:-1])} or {ENDINGS[-1]}"
    return [
        Problem(
            _shown(str(path)),
            None,
            f"Expected policies as {kinds}, found {path.suffix or 'no ending'!r}.",
            "Convert or remove it.",
        )
        for path in sorted(folder.glob("*"))
        if path.suffix.lower() not in ENDINGS and not path.name.startswith(".") and not _is_head(path)
    ]


def file_mistake(path: Path) -> tuple[str, str] | None:
    """Return what is wrong with a document before it is read, and what to do; None when nothing is."""
    try:
        size = path.stat().st_size
        if not path.is_file():
            return "Expected a file, found a folder or device.", "Move or remove it."
        path.open("rb").close()
    except OSError as error:
        return f"Expected a readable file, found: {error.strerror}.", "Put it back, or give it rights."
    if not size:
        return "Expected text, found an empty file.", "Fill the document, or remove it."
    if size > MAX_BYTES:
        found = f"Expected at most {MAX_BYTES // 10**6} MB, found {size // 10**6} MB."
        return found, "Split the document, or make its pictures smaller."
    return None


def head_file(path: Path) -> Path:
    """Where the head of a document that is not Markdown stands: `fees.pdf` -> `fees.pdf.yaml`."""
    return path.with_name(f"{path.name}.yaml")


def _shown(name: str) -> str:
    """Return a name that can be printed and stored: bytes that are not UTF-8 (surrogates in Python) are written out."""
    return name.encode(errors="backslashreplace").decode()


def _is_head(path: Path) -> bool:
    document = path.with_suffix("")
    return path.suffix == ".yaml" and document.suffix.lower() in set(ENDINGS) - {".md"} and document.is_file()


def _head(path: Path, problems: list[Problem]) -> PolicyHead | None:
    document = _front_matter(path, problems) if path.suffix.lower() == ".md" else _beside(path, problems)
    head: PolicyHead | None = check(document, PolicyHead, problems)
    if head and document and head.in_force_to and head.in_force_to < head.in_force_from:
        problems.append(document.problem(("in_force_to",), "in_force_to is before in_force_from.", "Mend the dates."))
        return None
    return head


def _front_matter(path: Path, problems: list[Problem]) -> Document | None:
    try:
        with path.open(encoding="utf-8-sig") as stream:
            parts = split_front_matter(stream.read(_MAX_HEAD))
    except UnicodeDecodeError as error:
        problems.append(Problem(str(path), None, f"Expected UTF-8 text: {error.reason}.", "Save the file as UTF-8."))
        return None
    if parts is None:
        problems.append(Problem(str(path), 1, "Expected front matter between two lines of ---.", _REMEDY))
        return None
    return parse_yaml(str(path), parts[0], problems, offset=1)


def _beside(path: Path, problems: list[Problem]) -> Document | None:
    file = head_file(path)
    if not file.is_file():
        what = f"Expected its head in {file.name}, found no such file."
        problems.append(Problem(str(path), None, what, f"Write it: {_REMEDY}"))
        return None
    return read_yaml(file, problems)
