"""The engine for GGUF files as far as it goes without llama-cpp-python, and what it shares with the remote one."""

import time
from importlib.util import find_spec
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tellerbot.errors import ArtefactError, MissingExtraError, UnavailableError
from tellerbot.responses.engine import Budget, OutOfBudgetError
from tellerbot.responses.llama import LlamaEngine, contents
from tellerbot.responses.prompt import from_model_text
from tellerbot.responses.remote import Chunk, Countdown, from_model_pieces

PARTS = ("[", "]", "balance", ":", "money", "[n1:date]", "[support:phone]", " ", "Hello. ", "{", "}", "[[", "é")


def chunk(text: str | None, finish: str | None = None) -> Chunk:
    """An event as llama-cpp-python yields it."""
    delta = {} if text is None else {"content": text}
    event = {
        "id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": "model.gguf",
        "choices": [{"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}],
    }  # fmt: skip
    return Chunk.model_validate(event)


def countdown(seconds: float = 10.0) -> Countdown:
    return Countdown(Budget(20, seconds), lambda: False)


@pytest.mark.skipif(find_spec("llama_cpp") is not None, reason="llama-cpp-python is installed")
def test_without_its_package_the_error_says_what_to_install(tmp_path):
    path = tmp_path / "model.gguf"
    path.write_bytes(b"GGUF\x03\0\0\0")
    with pytest.raises(MissingExtraError, match=r"pip install 'tellerbot\[llama\]'"):
        LlamaEngine(path, threads=1)


@pytest.mark.parametrize(
    "name, content, found",
    [
        ("model.bin", b"GGUF\x03\0\0\0", "found a .bin file"),
        ("model", b"GGUF\x03\0\0\0", "found a file without an ending"),
        ("model.gguf", b"\x80\x04\x95", "found other content"),
        ("model.gguf", b"", "found other content"),
        ("model.gguf", None, "No such file"),
    ],
)
def test_anything_but_a_gguf_file_is_refused(tmp_path, name, content, found):
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(ArtefactError, match=rf"expected a \.gguf file, .*{found}"):
        LlamaEngine(tmp_path / name, threads=1)


def test_a_folder_is_refused(tmp_path):
    with pytest.raises(ArtefactError, match=r"expected a \.gguf file, found none"):
        LlamaEngine(tmp_path, threads=1)


def test_chunks_are_read_up_to_the_end():
    chunks = [chunk(None), chunk("Sure"), chunk(""), chunk(". Bye."), chunk(None, "stop"), chunk("more")]
    assert list(contents(chunks, countdown())) == ["Sure", ". Bye."]


def test_the_last_chunk_may_bring_text():
    assert list(contents([chunk("Sure."), chunk(" Bye.", "stop")], countdown())) == ["Sure.", " Bye."]


def test_a_reply_cut_by_its_length_is_out_of_budget():
    with pytest.raises(OutOfBudgetError, match="20 tokens"):
        list(contents([chunk("Sure"), chunk(None, "length")], countdown()))


def test_chunks_without_an_end_are_no_reply():
    with pytest.raises(UnavailableError, match="no end"):
        list(contents([chunk("Sure")], countdown()))


def test_no_chunk_is_read_after_the_seconds_are_over():
    pieces = contents(iter([chunk("Sure"), chunk("."), chunk(None, "stop")]), countdown(0.1))
    assert next(pieces) == "Sure"
    time.sleep(0.15)
    with pytest.raises(OutOfBudgetError, match=r"0\.1 seconds"):
        next(pieces)


def test_no_chunk_is_read_for_nobody():
    with pytest.raises(OutOfBudgetError, match="nobody"):
        list(contents([chunk("Sure"), chunk(None, "stop")], Countdown(Budget(20, 10.0), lambda: True)))


@pytest.mark.parametrize(
    "pieces, expected",
    [
        ([], []),
        (["", "a", ""], ["a"]),
        (["You have [balance:money]."], ["You have {balance:money}."]),
        (["You have [bal", "ance:mon", "ey", "]."], ["You have ", "{balance:money}."]),
        (["[", "a:date", "]", "[b:money]"], ["{a:date}", "{b:money}"]),
        (["[a:date][b", ":money]"], ["{a:date}", "{b:money}"]),
        (["[see [a:da", "te]"], ["[see ", "{a:date}"]),
        (["[see", " here", "] now"], ["[see here] now"]),
        (["The end ["], ["The end ", "["]),
        (["[" + "x" * 50, "x" * 40, "x] [a:date]"], ["[" + "x" * 90, "x] {a:date}"]),
    ],
)
def test_a_placeholder_is_held_back_until_it_is_whole(pieces, expected):
    assert list(from_model_pieces(pieces)) == expected


@given(st.lists(st.sampled_from(PARTS), max_size=12).map("".join), st.lists(st.integers(0, 150), max_size=12))
def test_wherever_a_text_is_cut_it_comes_out_the_same(text, cuts):
    places = [0, *sorted(min(cut, len(text)) for cut in cuts), len(text)]
    pieces = [text[start:end] for start, end in pairwise(places)]
    assert "".join(from_model_pieces(pieces)) == from_model_text(text)
