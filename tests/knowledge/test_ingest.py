"""Ingestion reads and embeds what changed, leaves out what is bad, and survives a kill."""

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from pypdf import PdfWriter

from command import run  # pyright: ignore[reportMissingImports]
from tellerbot.errors import DataError, MissingExtraError, Problem
from tellerbot.knowledge import ingest as ingestion
from tellerbot.knowledge.build import token_limit
from tellerbot.knowledge.documents.blocks import DroppedContent
from tellerbot.knowledge.documents.worker import read_apart
from tellerbot.knowledge.index import KnowledgeIndex
from tellerbot.knowledge.ingest import Report, ingest
from tellerbot.knowledge.ingested import DOCUMENTS, load_ingested
from tellerbot.knowledge.passages import read_policies
from tellerbot.knowledge.project_index import open_project_index
from tellerbot.project.load import load_project
from tellerbot.project.policies import MAX_BYTES, Policy
from tellerbot.project.schema import PolicyHead
from tellerbot.release.build import build_release
from tellerbot.release.registry import Registry
from tellerbot.settings import Settings

HEAD = PolicyHead(title="Fees", version="1", in_force_from=date(2026, 1, 1))


class Encoder:
    """Counts what it is asked to embed; a text's vector says how long it is and how it begins."""

    def __init__(self) -> None:
        self.texts: list[str] = []

    def __call__(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self.texts += texts
        return np.array([[len(text), ord(text[0]), 1] for text in texts], dtype=np.float32)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "index"


def test_a_parser_that_is_not_installed_is_told_with_its_extra(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tellerbot.knowledge.documents.read.find_spec", lambda name: None)
    with pytest.raises(MissingExtraError, match=r"tellerbot\[documents\]"):
        ingest([policy(folder, "fees.pdf", "%PDF-1.7")], folder, Encoder(), "m")


def policy(folder: Path, name: str, body: str) -> Policy:
    path = folder.parent / name
    path.write_text(body)
    return Policy(path.stem, HEAD, path)


def three(folder: Path) -> list[Policy]:
    bodies = {"a.md": "# A\n\nOne. Two.\n", "b.html": "<h1>B</h1><p>Three.<script>x</script>", "c.md": "# C\n\nFour.\n"}
    return [policy(folder, name, body) for name, body in bodies.items()]


def checked(folder: Path) -> list[str]:
    """The passages' ids, after a look whether the vectors are theirs."""
    index = load_ingested(folder)
    encoder = Encoder()
    assert index.vectors.dtype == index.sentences.dtype == np.float32
    sentences = [sentence for passage in index.passages for sentence in passage.sentences]
    texts = [ingestion.embedding_text(passage) for passage in index.passages]
    assert not texts or (
        np.array_equal(index.vectors, encoder(texts)) and np.array_equal(index.sentences, encoder(sentences))
    )
    return [passage.id for passage in index.passages]


@pytest.mark.slow
def test_what_did_not_change_is_neither_read_nor_embedded_again(folder: Path) -> None:
    policies = three(folder)
    dropped = {"b.html": (DroppedContent("scripts and styles", 1),)}
    assert ingest(policies, folder, Encoder(), "m") == Report(("a.md", "b.html", "c.md"), (), (), (), 3, dropped, {})
    encoder = Encoder()
    again = ingest(policies, folder, encoder, "m")
    assert again == Report((), ("a.md", "b.html", "c.md"), (), (), 3, dropped, {}) and encoder.texts == []

    policies[0].path.write_text("# A\n\nOther.\n\n## More\n\nFive.\n")
    changed = ingest(policies[:2], folder, encoder, "m")
    assert changed == Report(("a.md",), ("b.html",), ("c.md",), (), 3, dropped, {})
    assert encoder.texts == ["Fees. A. Other.", "Fees. More. Five.", "Other.", "Five."]
    assert checked(folder) == ["a#a", "a#more", "b#b"]
    assert len(list(folder.iterdir())) == 2


@pytest.mark.slow
def test_a_new_head_encoder_or_parser_makes_a_document_new(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    policies = three(folder)[:1]
    ingest(policies, folder, Encoder(), "m")
    policies = [replace(policies[0], head=HEAD.model_copy(update={"version": "2"}))]
    assert ingest(policies, folder, Encoder(), "m").read == ("a.md",)
    assert load_ingested(folder).passages[0].version == "2"
    assert ingest(policies, folder, Encoder(), "other").read == ("a.md",)
    monkeypatch.setattr("tellerbot.knowledge.documents.read.VERSION", "next")
    assert ingest(policies, folder, Encoder(), "other").read == ("a.md",)
    assert ingest(policies, folder, Encoder(), "other").unchanged == ("a.md",)


@pytest.mark.slow
def test_a_bad_document_is_reported_and_stays_out_without_stopping_the_others(folder: Path) -> None:
    policies = three(folder)
    ingest(policies, folder, Encoder(), "m")
    policies[0].path.write_bytes(b"caf\xe9")
    with policies[1].path.open("wb") as stream:
        stream.truncate(2 * MAX_BYTES)
    policies.append(policy(folder, "d.md", "# D\n\nFive.\n"))
    report = ingest(policies, folder, Encoder(), "m")
    assert (report.read, report.unchanged, report.removed) == (("d.md",), ("c.md",), ())
    assert [problem.file for problem in report.failed] == [str(policies[0].path), str(policies[1].path)]
    assert report.failed[1] == Problem(
        str(policies[1].path),
        None,
        "Expected at most 100 MB, found 200 MB.",
        "Split the document, or make its pictures smaller.",
    )
    assert checked(folder) == ["c#c", "d#d"]
    policies[0].path.write_text("# A\n\nMended.\n")
    assert ingest(policies, folder, Encoder(), "m").read == ("a.md",)
    assert checked(folder) == ["a#a", "c#c", "d#d"]


@pytest.mark.slow
def test_passages_have_as_many_tokens_as_the_encoder_reads(folder: Path, tiny_model: Path) -> None:
    from tellerbot.encoder.model import load_tokenizer

    rows = "".join(f"| Wire {at} | ${at}.50 | {at}% |\n" for at in range(60))
    fees = policy(folder, "a.md", f"# A\n\n| Kind | Fee | Share |\n|---|---|---|\n{rows}")
    tokenizer = load_tokenizer(tiny_model, 64)
    assert ingest([fees], folder, Encoder(), "m", token_limit(tokenizer)).dropped == {}
    encoded = tokenizer.encode_batch([ingestion.embedding_text(passage) for passage in load_ingested(folder).passages])
    assert len(encoded) > 8 and not any(encoding.overflowing for encoding in encoded)
    # By words alone they would be cut off.
    assert len(next(iter(read_policies([fees]))).passages) < 4


def test_text_beyond_what_the_encoder_reads_is_reported_for_as_long_as_it_stands(folder: Path) -> None:
    heading = " ".join(["Long"] * 200)
    policies = [policy(folder, "a.md", f"# A\n\nOne.\n\n## {heading}\n\nTwo.\n")]
    name = "a#" + "-".join(["long"] * 200)
    told = {"a.md": (DroppedContent("ends of passages from the vectors", 1, name),)}
    assert ingest(policies, folder, Encoder(), "m").dropped == told
    again = ingest(policies, folder, Encoder(), "m")
    assert again.unchanged == ("a.md",) and again.dropped == told


def test_without_documents_the_index_is_empty(folder: Path) -> None:
    assert ingest([], folder, Encoder(), "m").passages == 0
    assert checked(folder) == []


@pytest.mark.parametrize("damage", [b"", b"{}", b'{"index": "index-x", "encoder": "m", "documents": {}}'])
def test_a_damaged_index_is_made_anew(folder: Path, damage: bytes) -> None:
    policies = three(folder)[:1]
    ingest(policies, folder, Encoder(), "m")
    (folder / DOCUMENTS).write_bytes(damage)
    assert ingest(policies, folder, Encoder(), "m").read == ("a.md",)
    assert checked(folder) == ["a#a"]


def test_an_index_without_its_vectors_is_made_anew_though_nothing_changed(folder: Path) -> None:
    policies = three(folder)[:1]
    ingest(policies, folder, Encoder(), "m")
    next(folder.glob("index-*/vectors.npy")).unlink()
    assert ingest(policies, folder, Encoder(), "m").read == ("a.md",)
    assert checked(folder) == ["a#a"]


KILLED = """
import os, signal, sys
from pathlib import Path
import numpy as np
from tellerbot import files
from tellerbot.knowledge import ingested
from tellerbot.knowledge.ingest import ingest
from knowledge_test import policies

def stop(*_, **__):
    os.kill(os.getpid(), signal.SIGKILL)

setattr(*{"vectors": (ingested, "_save", stop), "pointer": (ingested, "write_atomic", lambda path, text: (
    stop() if path.name == "documents.json" else files.write_atomic(path, text)))}[sys.argv[1]])
ingest(policies, Path(sys.argv[2]), lambda texts: np.ones((len(texts), 3), np.float32), "m")  # never returns
"""


@pytest.mark.slow
@pytest.mark.parametrize("moment", ["vectors", "pointer"])
def test_a_kill_leaves_the_index_as_it_was(folder: Path, moment: str) -> None:
    policies = three(folder)[:1]
    ingest(policies, folder, Encoder(), "m")
    before = (folder / DOCUMENTS).read_bytes()
    policies[0].path.write_text("# New\n\nText.\n")
    module = (
        "from datetime import date\nfrom pathlib import Path\nfrom tellerbot.project.policies import Policy\n"
        "from tellerbot.project.schema import PolicyHead\n"
        f"head = PolicyHead.model_validate_json({HEAD.model_dump_json()!r})\n"
        f"policies = [Policy('a', head, Path({str(policies[0].path)!r}))]\n"
    )
    (folder.parent / "knowledge_test.py").write_text(module)
    paths = os.pathsep.join([str(folder.parent), *filter(None, sys.path)])
    killed = subprocess.run(
        [sys.executable, "-c", KILLED, moment, str(folder)], env={**os.environ, "PYTHONPATH": paths}, check=False
    )
    assert killed.returncode == -signal.SIGKILL
    assert (folder / DOCUMENTS).read_bytes() == before and checked(folder) == ["a#a"]
    assert ingest(policies, folder, Encoder(), "m").read == ("a.md",)
    assert checked(folder) == ["a#new"] and len(list(folder.iterdir())) == 2


@pytest.fixture
def bank(tiny_project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with two policies, in a home of its own."""
    project = tmp_path / "bank"
    shutil.copytree(tiny_project, project)
    for path in sorted((project / "policies").iterdir())[2:]:
        path.unlink()
    monkeypatch.setenv("TELLERBOT_HOME", str(tmp_path))
    return project


def told(*arguments: object) -> subprocess.CompletedProcess[str]:
    return run(None, *arguments)


def kept(home: Path) -> list[Path]:
    return sorted((home / "var" / "knowledge").iterdir())


@pytest.mark.slow
def test_the_command_ingests_reports_and_exits_with_3_for_bad_documents(bank: Path, tmp_path: Path) -> None:
    first = told("knowledge", "ingest", bank, "--json", tmp_path / "report.json")
    assert first.returncode == 0, first.stderr
    (folder,) = kept(tmp_path)
    encoder = (folder / "encoder.onnx").stat().st_mtime_ns
    assert json.loads((tmp_path / "report.json").read_text())["passages"] == len(load_ingested(folder).passages) > 5

    wanted = write_bad_documents(bank / "policies")
    second = told("knowledge", "ingest", bank, "--json", tmp_path / "report.json")
    assert second.returncode == 3 and "Traceback" not in second.stderr
    report = json.loads((tmp_path / "report.json").read_text())
    assert report["read"] == report["removed"] == [] and len(report["unchanged"]) == 2
    found = {Path(problem["file"]).name: f"{problem['what']} {problem['remedy']}" for problem in report["failed"]}
    assert found.keys() == wanted.keys()
    for name, words in wanted.items():
        assert words in found[name] and f"/{name}" in second.stderr
    assert (folder / "encoder.onnx").stat().st_mtime_ns == encoder

    # Strict where it counts, and all of them at once.
    strict = told("data", "validate", bank)
    assert strict.returncode == 3 and all(f"/{name}" in strict.stderr for name in wanted)


def write_bad_documents(policies: Path) -> dict[str, str]:
    """Documents that are bad in every way; what is to be said of each, by name."""
    head = "title: Bad\nversion: '1'\nin_force_from: 2026-01-01\n"
    (policies / "empty.md").touch()
    (policies / "latin.md").write_bytes(f"---\n{head}---\n# Caf\xe9\n".encode("latin-1"))
    with (policies / "huge.md").open("wb") as stream:
        stream.truncate(2 * MAX_BYTES)
    (policies / "folder.md").mkdir()
    (policies / "gone.md").symlink_to(policies / "nowhere.md")
    (policies / "plain.md").write_text("# No head\n")
    writer = PdfWriter()
    writer.add_blank_page(200, 200)
    writer.encrypt("secret")
    writer.write(policies / "locked.pdf")
    for name in ("headless.pdf", "broken.pdf", "broken2.docx"):
        (policies / name).write_bytes(b"%PDF-1.7 and then nothing")
    with (policies / "vast.pdf").open("wb") as stream:
        stream.truncate(2 * MAX_BYTES)
    (policies / "void.pdf").touch()
    (policies / "script.html").write_text("<script>1</script>")
    for name in ("locked.pdf", "broken.pdf", "broken2.docx", "vast.pdf", "void.pdf", "script.html"):
        (policies / f"{name}.yaml").write_text(head)
    (policies / "old.doc").write_text("?")
    return {
        "empty.md": "Expected text, found an empty file. Fill",
        "latin.md": "Expected UTF-8 text",
        "huge.md": "Expected at most 100 MB, found 200 MB. Split",
        "folder.md": "Expected a file, found a folder or device. Move",
        "gone.md": "Expected a readable file, found: No such file or directory.",
        "plain.md": "Expected front matter between two lines of ---.",
        "locked.pdf": "password",
        "headless.pdf": "Expected its head in headless.pdf.yaml, found no such file.",
        "broken.pdf": "Expected a PDF, found",
        "broken2.docx": "Expected a",
        "vast.pdf": "Expected at most 100 MB, found 200 MB. Split",
        "void.pdf": "Expected text, found an empty file. Fill",
        "script.html": "Expected text, found none.",
        "old.doc": "Expected policies as .md",
    }


@pytest.mark.slow
def test_a_document_that_went_bad_is_not_called_removed(bank: Path, tmp_path: Path) -> None:
    bad, gone = sorted((bank / "policies").iterdir())
    with open_project_index(load_project(bank), tmp_path / "var"):
        bad.write_bytes(b"")
        gone.unlink()
    with open_project_index(load_project(bank), tmp_path / "var") as found:
        assert found.report.removed == (gone.name,) and found.report.passages == 0
        assert [Path(problem.file) for problem in found.report.failed] == [bad]


@pytest.mark.slow
def test_two_projects_of_one_name_do_not_share_an_index(bank: Path, tmp_path: Path) -> None:
    other = tmp_path / "elsewhere" / "bank"
    shutil.copytree(bank, other)
    next((other / "policies").iterdir()).unlink()
    counts = []
    for project in (bank, other, bank, tmp_path / "elsewhere" / ".." / "bank"):
        with open_project_index(load_project(project), tmp_path / "var") as found:
            counts.append((found.report.passages, len(found.report.read)))
    assert counts[0][0] > counts[1][0] and counts[2:] == [(counts[0][0], 0)] * 2
    assert len(kept(tmp_path)) == 2


@pytest.mark.slow
def test_two_processes_take_turns(bank: Path, tmp_path: Path) -> None:
    code = (
        "import sys\nfrom pathlib import Path\nfrom tellerbot.knowledge.project_index import open_project_index\n"
        "from tellerbot.project.load import load_project\nproject = load_project(Path(sys.argv[1]))\n"
        "print('ready', flush=True)\n"
        "with open_project_index(project, Path(sys.argv[2])) as kept:\n    print(kept.report.passages, flush=True)\n"
    )
    command = [sys.executable, "-c", code, str(bank), str(tmp_path / "var")]
    with open_project_index(load_project(bank), tmp_path / "var") as held:
        waiting = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert waiting.stdout and waiting.stdout.readline() == "ready\n"
        with pytest.raises(subprocess.TimeoutExpired):
            waiting.wait(5)
    assert waiting.communicate(timeout=200)[0] == f"{held.report.passages}\n"


@pytest.mark.slow
def test_a_release_takes_what_did_not_change_from_the_open_project_index(
    bank: Path, tiny_project: Path, tiny_run: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = Settings(home=tmp_path)
    shutil.copytree(tiny_project / "policies", bank / "policies", dirs_exist_ok=True)
    with open_project_index(load_project(bank), settings.var) as found:
        assert len(found.report.read) > 5
    first = bank / "policies" / "fees.md"
    first.write_text(first.read_text() + "\n## Added\n\nA new rule.\n")
    parsed: list[Path] = []

    def watched(paths: Sequence[Path], *rest: Any) -> Any:
        parsed.extend(paths)
        return read_apart(paths, *rest)

    monkeypatch.setattr("tellerbot.knowledge.passages.read_apart", watched)
    manifest = build_release(bank, tiny_run.folder, Registry.at(settings), var=settings.var)
    assert parsed == [first]
    release = settings.releases / manifest.version / "knowledge"
    assert load_ingested(release).passages == load_ingested(found.folder).passages
    assert any(passage.id.endswith("#added") for passage in KnowledgeIndex.open(release).passages)
    assert not list(release.glob(".*"))

    wanted = write_bad_documents(bank / "policies")
    with pytest.raises(DataError) as error:
        build_release(bank, tiny_run.folder, Registry.at(settings), var=settings.var)
    assert {Path(problem.file).name for problem in error.value.problems} >= wanted.keys()
    assert [path.name for path in settings.releases.iterdir()] == [manifest.version]
