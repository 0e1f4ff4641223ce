"""Nothing is ever half-written."""

import hashlib
import json
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tellerbot.errors import DataError, TellerbotError
from tellerbot.files import build_folder, sha256, write_atomic, write_json, write_lines


@contextmanager
def full_disk(size: int) -> Iterator[None]:
    """No file may grow beyond `size` bytes: the system refuses the write as a full disk does."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_write_replaces_the_file_with_the_asked_rights_and_leaves_nothing_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "new" / "secret"
    write_atomic(path, "old")
    write_atomic(path, "gr\u00fc\u00df", mode=0o600)
    assert path.read_bytes() == b"gr\xc3\xbc\xc3\x9f"
    assert path.stat().st_mode & 0o777 == 0o600
    assert list(path.parent.iterdir()) == [path]


def test_a_full_disk_keeps_the_old_file_and_says_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "aliases.json"
    write_atomic(path, "old")
    with full_disk(100), pytest.raises(TellerbotError, match="Nothing was changed; free some space") as error:
        write_atomic(path, b"x" * 10_000)
    assert str(path) in str(error.value)
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_in_the_way_of_a_folder_is_named(tmp_path: Path) -> None:
    (tmp_path / "in-the-way").write_text("")
    with pytest.raises(TellerbotError, match="in-the-way"):
        write_atomic(tmp_path / "in-the-way" / "file", "x")


def test_lines_are_counted_and_only_the_owner_may_read_them(tmp_path: Path) -> None:
    path = tmp_path / "new" / "out.jsonl"
    write_atomic(path, "old")
    assert write_lines(path, iter(["gr\u00fc\u00df", "b"])) == 2
    assert path.read_bytes() == b"gr\xc3\xbc\xc3\x9f\nb\n"
    assert path.stat().st_mode & 0o777 == 0o600
    assert write_lines(path, []) == 0 and path.read_bytes() == b""


def test_lines_that_fail_midway_leave_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "out.jsonl"
    write_atomic(path, "old")

    def lines() -> Iterator[str]:
        yield "new"
        raise DataError("row 2 is bad")

    with pytest.raises(DataError, match="row 2 is bad"):
        write_lines(path, lines())
    with full_disk(100), pytest.raises(TellerbotError, match="Nothing was changed; free some space"):
        write_lines(path, ["x" * 1000] * 100)
    assert path.read_text() == "old" and list(tmp_path.iterdir()) == [path]


def test_json_keeps_letters_readable(tmp_path: Path) -> None:
    write_json(tmp_path / "a.json", {"name": "Zoë", "n": [1]})
    assert "Zoë" in (tmp_path / "a.json").read_text(encoding="utf-8")
    assert json.loads((tmp_path / "a.json").read_text(encoding="utf-8")) == {"name": "Zoë", "n": [1]}


def test_a_folder_appears_only_when_it_is_complete(tmp_path: Path) -> None:
    target = tmp_path / "releases" / "1.0.0"
    with build_folder(target) as partial:
        (partial / "manifest.json").write_text("{}")
        assert not target.exists()
        assert partial.parent == target.parent
    assert [path.name for path in target.iterdir()] == ["manifest.json"]
    assert list(target.parent.iterdir()) == [target]


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt])
def test_a_failed_folder_leaves_nothing(tmp_path: Path, error: type[BaseException]) -> None:
    with pytest.raises(error), build_folder(tmp_path / "run") as partial:
        (partial / "half").write_text("x")
        raise error
    assert list(tmp_path.iterdir()) == []


def test_a_folder_on_a_full_disk_leaves_nothing_and_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(TellerbotError, match="Nothing was kept; free some space"):  # noqa: SIM117
        with build_folder(tmp_path / "run") as partial, full_disk(100):
            (partial / "half").write_bytes(b"x" * 10_000)
    assert list(tmp_path.iterdir()) == []


def test_an_existing_folder_is_never_touched(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "kept").write_text("kept")
    with (
        pytest.raises(TellerbotError, match=r"exists already\. Remove it or choose another name"),
        build_folder(tmp_path / "run"),
    ):
        raise AssertionError("must not get here")
    assert (tmp_path / "run" / "kept").read_text() == "kept"


def test_a_second_builder_does_not_remove_the_firsts_work(tmp_path: Path) -> None:
    with build_folder(tmp_path / "run") as first:
        (first / "model").write_text("trained")
        with pytest.raises(TellerbotError), build_folder(tmp_path / "run"):
            pass
        assert (first / "model").read_text() == "trained"
    assert (tmp_path / "run" / "model").read_text() == "trained"


def test_sha256_of_a_file(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"abc")
    assert sha256(tmp_path / "a") == hashlib.sha256(b"abc").hexdigest()
