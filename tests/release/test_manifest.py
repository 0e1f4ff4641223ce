"""A release is served only as it was built."""

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tellerbot.errors import ArtefactError
from tellerbot.release.manifest import MANIFEST, Manifest, hash_files, is_version, verify, write_manifest


@pytest.fixture
def release(tmp_path: Path) -> Path:
    folder = tmp_path / "releases" / "1.4.0"
    (folder / "intents").mkdir(parents=True)
    (folder / "intents" / "model.onnx").write_bytes(bytes(range(256)) * 64)
    (folder / "intents" / "manifest.json").write_text("{}")
    (folder / "README.md").write_text("# Release\n")
    files = hash_files(folder)
    write_manifest(folder, Manifest("1.4.0", "2026-03-01T00:00:00+00:00", "0.1.0", "Test Bank", {}, {}, {}, files))
    return folder


def rewrite(folder: Path, **changes: object) -> None:
    content = json.loads((folder / MANIFEST).read_text())
    (folder / MANIFEST).write_text(json.dumps({**content, **changes}))


def test_an_untouched_release_verifies(release: Path):
    manifest = verify(release)
    assert (manifest.version, manifest.bank) == ("1.4.0", "Test Bank")
    assert sorted(manifest.files) == ["README.md", "intents/manifest.json", "intents/model.onnx"]


def test_documents_are_taken_as_policies_only(release: Path):
    for folder in ("project/policies", "knowledge"):
        (release / folder).mkdir(parents=True)
    (release / "project/policies/fees.PDF").write_bytes(b"%PDF")
    assert "project/policies/fees.PDF" in hash_files(release)
    (release / "knowledge/fees.pdf").write_bytes(b"%PDF")
    with pytest.raises(ArtefactError, match=r"knowledge/fees\.pdf is of a kind that is refused"):
        hash_files(release)


def flip_a_bit(folder: Path) -> None:
    content = bytearray((folder / "intents/model.onnx").read_bytes())
    content[5000] ^= 1
    (folder / "intents/model.onnx").write_bytes(content)


def cut_short(folder: Path) -> None:
    os.truncate(folder / "intents/model.onnx", 16_383)


def link_out(folder: Path) -> None:
    (folder.parent / "other.md").write_text("# Release\n")
    (folder / "README.md").unlink()
    (folder / "README.md").symlink_to(folder.parent / "other.md")


def link_the_manifest(folder: Path) -> None:
    (folder / MANIFEST).rename(folder.parent / "other.json")
    (folder / MANIFEST).symlink_to(folder.parent / "other.json")


def link_a_folder(folder: Path) -> None:
    (folder / "more").symlink_to(folder / "intents", target_is_directory=True)


@pytest.mark.parametrize(
    "damage, told",
    [
        (flip_a_bit, "intents/model.onnx was altered or cut short. Build it again, or roll back"),
        (cut_short, "intents/model.onnx was altered or cut short"),
        (lambda folder: (folder / "README.md").write_bytes(b""), "README.md was altered or cut short"),
        (lambda folder: (folder / "README.md").unlink(), "README.md is missing"),
        (lambda folder: (folder / "intents/new.json").write_text("{}"), "intents/new.json is not in the manifest"),
        (lambda folder: rewrite(folder, files={}), "README.md is not in the manifest; intents/manifest.json is not"),
        (link_out, "README.md is a link; releases hold plain files only. Remove it."),
        (link_the_manifest, "manifest.json is a link"),
        (link_a_folder, "more is a link"),
        (lambda folder: (folder / "model.pkl").write_bytes(b"\x80"), "model.pkl is of a kind that is refused"),
        (lambda folder: (folder / "intents/model.bin").write_bytes(b""), "intents/model.bin is of a kind that is"),
        (
            lambda folder: (folder / "run.py").write_text(""),
            "run.py is of a kind that is refused; expected .ct2, .json",
        ),
        (lambda folder: (folder / ".json").write_text(""), ".json is of a kind that is refused"),
        (lambda folder: os.mkfifo(folder / "pipe.json"), "pipe.json"),
    ],
)
def test_any_damage_is_told_with_the_file(release: Path, damage: Callable[[Path], object], told: str):
    damage(release)
    with pytest.raises(ArtefactError) as caught:
        verify(release)
    assert told in str(caught.value)
    assert str(caught.value).startswith(f"{release}: ")


def test_every_fault_is_told_at_once(release: Path):
    flip_a_bit(release)
    (release / "README.md").unlink()
    (release / "extra.md").write_text("")
    with pytest.raises(
        ArtefactError, match=r"README.md is missing; extra.md is not in the manifest; intents/model.onnx was altered"
    ):
        verify(release)


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"\xff\xfe", b"[]", b"null", b"{}", b'{"version": "1.4.0"}', b'"text"'],
)
def test_a_manifest_that_is_none_is_told_with_the_remedy(release: Path, content: bytes):
    (release / MANIFEST).write_bytes(content)
    with pytest.raises(ArtefactError, match=r"expected a readable manifest.json: .*Build the release again"):
        verify(release)


@pytest.mark.parametrize("changes", [{"files": []}, {"files": None}, {"version": 5}, {"stray": 1}])
def test_a_manifest_with_wrong_fields_is_told_with_the_remedy(release: Path, changes: dict[str, object]):
    rewrite(release, **changes)
    with pytest.raises(ArtefactError, match=r"expected a readable manifest.json: .*Build the release again"):
        verify(release)


def test_a_release_under_another_ones_number_is_refused(release: Path):
    moved = release.rename(release.with_name("2.0.0"))
    with pytest.raises(ArtefactError, match=r"2\.0\.0.*1\.4\.0"):
        verify(moved)


@pytest.mark.parametrize("name", ["9.9.9", "1.4.0/README.md"])
def test_what_is_no_release_is_told(release: Path, name: str):
    with pytest.raises(ArtefactError, match=r"expected a (release with a|readable) manifest.json"):
        verify(release.parent / name)


@pytest.mark.parametrize(
    "text, right",
    [("1.4.0", True), ("10.20.30", True), ("1.4", False), ("1.4.0-rc1", False), ("v1.4.0", False), ("1.4.0\n", False),
     ("../1.4.0", False), ("", False)],
)  # fmt: skip
def test_versions_are_three_numbers(text: str, right: bool):
    assert is_version(text) is right
