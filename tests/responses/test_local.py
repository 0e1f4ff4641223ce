"""The engine in this process: streaming, stopping, budgets, a bounded queue and batches, with a real tiny model."""

import contextlib
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tellerbot.errors import ArtefactError, UnavailableError
from tellerbot.responses.engine import Budget, OutOfBudgetError
from tellerbot.responses.exported import ExportedModel, TextCallback, WrittenReply, open_quickest
from tellerbot.responses.local import LocalEngine

PROMPT = "Topic: Check your balance\nNotes: Your balance is {balance:money}.\nCustomer: how much"


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory, language_models: dict[str, Path]) -> dict[str, Path]:
    """The untrained models as they are served."""
    from tellerbot.responses.base import is_encoder_decoder, open_tokenizer, prompt_format
    from tellerbot.responses.export import convert

    folders: dict[str, Path] = {}
    for family, folder in language_models.items():
        folders[family] = tmp_path_factory.mktemp("exported") / family
        tokenizer = open_tokenizer(folder)
        form = prompt_format(tokenizer, encoder_decoder=is_encoder_decoder(folder))
        convert(folder, tokenizer, form, folders[family])
    return folders


class Slow(ExportedModel):
    """A model that takes a while over each token, and remembers how many it wrote at once."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, 1)
        self.batches: list[int] = []
        self.tokens = 0

    def write(self, prompts: list[str], most: int, on_text: TextCallback | None = None) -> list[WrittenReply]:  # type: ignore[override]
        self.batches.append(len(prompts))

        def slowly(at: int, text: str, ended: bool) -> bool:
            time.sleep(0.02)
            self.tokens += 1
            return on_text(at, text, ended) if on_text else False

        return super().write(prompts, most, slowly)


@pytest.fixture
def slow(exported: dict[str, Path]) -> Iterator[tuple[LocalEngine, Slow]]:
    model = Slow(exported["llama"])
    engine = LocalEngine(model, waiting=3, at_once=2)
    yield engine, model
    engine.close()


def drain(engine: LocalEngine, budget: Budget) -> str:
    text = ""
    try:
        for piece in engine.write(PROMPT, budget, lambda: False):
            text += piece
    except OutOfBudgetError:
        pass
    return text


@pytest.mark.parametrize("family", ["llama", "gpt2", "t5"])
def test_pieces_add_up_to_what_the_model_writes(family: str, exported: dict[str, Path]) -> None:
    model = ExportedModel(exported[family], 1)
    [alone] = model.write([PROMPT], 24)
    engine = LocalEngine(model, waiting=2, at_once=2)
    streamed = drain(engine, Budget(24, 60))
    engine.close()
    assert alone.tokens <= 24
    # What is held back at the end, half a character or half a placeholder, is not told of a reply that is cut off.
    assert alone.text.startswith(streamed.rstrip("\ufffd"))
    # A random model may write nothing but halves of characters.
    assert streamed or not alone.text.strip("\ufffd")


def test_a_reply_ends_with_its_tokens_or_its_seconds(slow: tuple[LocalEngine, Slow]) -> None:
    engine, model = slow
    with pytest.raises(OutOfBudgetError, match="more than 5 tokens"):
        list(engine.write(PROMPT, Budget(5, 60), lambda: False))
    start = time.monotonic()
    with pytest.raises(OutOfBudgetError, match=r"0\.3 seconds"):
        list(engine.write(PROMPT, Budget(500, 0.3), lambda: False))
    assert time.monotonic() - start < 2
    written = model.tokens
    time.sleep(0.5)
    assert model.tokens < written + 30


def test_closing_the_iterator_stops_the_model(slow: tuple[LocalEngine, Slow]) -> None:
    engine, model = slow
    pieces = engine.write(PROMPT, Budget(900, 60), lambda: False)
    next(pieces)
    pieces.close()  # type: ignore[attr-defined]
    time.sleep(0.3)
    written = model.tokens
    time.sleep(0.5)
    assert model.tokens == written < 100


def test_a_model_stops_when_nobody_waits_any_more(slow: tuple[LocalEngine, Slow]) -> None:
    engine, model = slow
    cancelled = threading.Event()
    threading.Timer(0.2, cancelled.set).start()
    with pytest.raises(OutOfBudgetError, match="nobody waits"):
        list(engine.write(PROMPT, Budget(900, 60), cancelled.is_set))
    assert model.tokens < 100


def test_waiting_requests_are_written_together_and_too_many_are_refused(slow: tuple[LocalEngine, Slow]) -> None:
    engine, model = slow
    model.batches.clear()
    first = threading.Thread(target=drain, args=(engine, Budget(40, 60)))
    first.start()
    while not model.batches:
        time.sleep(0.01)
    waiting = [threading.Thread(target=drain, args=(engine, Budget(10, 60))) for _ in range(3)]
    for thread in waiting:
        thread.start()
    time.sleep(0.2)
    with pytest.raises(UnavailableError, match="too many waiting"):
        list(engine.write(PROMPT, Budget(10, 60), lambda: False))
    for thread in [first, *waiting]:
        thread.join()
    assert model.batches == [1, 2, 1]


def test_a_request_gone_while_it_waited_is_not_written(slow: tuple[LocalEngine, Slow]) -> None:
    engine, model = slow
    model.batches.clear()
    first = threading.Thread(target=drain, args=(engine, Budget(40, 60)))
    first.start()
    while not model.batches:
        time.sleep(0.01)
    with pytest.raises(OutOfBudgetError):
        list(engine.write(PROMPT, Budget(10, 0.1), lambda: False))
    first.join()
    drain(engine, Budget(2, 60))
    assert model.batches == [1, 1]


class Uneven:
    """Writes "Done." to one prompt and goes on to the others until it is stopped."""

    def write(self, prompts: list[str], most: int, on_text: TextCallback | None = None) -> list[WrittenReply]:
        if on_text is None:
            time.sleep(0.3)
            return [WrittenReply("", 1, False)]
        short = prompts.index("short") if "short" in prompts else None
        if short is not None:
            on_text(short, "Done.", True)
        for at in (at for at in range(len(prompts)) if at != short):
            while not on_text(at, "Well, ", False):
                time.sleep(0.01)
        return [WrittenReply("Done." if at == short else "Well, ", 2, at == short) for at in range(len(prompts))]


@pytest.mark.slow
def test_a_reply_of_a_batch_is_there_when_it_has_ended_itself() -> None:
    engine = LocalEngine(Uneven(), waiting=4, at_once=4)  # type: ignore[arg-type]
    long = threading.Thread(target=lambda: list(leave(engine.write("first", Budget(9, 0.5), lambda: False))))
    long.start()
    time.sleep(0.1)
    slow = threading.Thread(target=lambda: list(leave(engine.write("long", Budget(9, 3), lambda: False))))
    slow.start()
    start = time.monotonic()
    assert "".join(engine.write("short", Budget(9, 10), lambda: False)) == "Done."
    assert time.monotonic() - start < 2
    long.join()
    slow.join()
    engine.close()


def leave(pieces: Iterator[str]) -> Iterator[str]:
    with contextlib.suppress(OutOfBudgetError):
        yield from pieces


@pytest.mark.slow
@pytest.mark.parametrize("family", ["llama", "gpt2"])
def test_an_end_is_told_once_and_where_it_is(family: str, exported: dict[str, Path]) -> None:
    ends: list[bool] = []

    def on_text(at: int, text: str, ended: bool) -> bool:
        ends.append(ended)
        return False

    assert not ExportedModel(exported[family], 1).write([PROMPT], 24, on_text)[0].whole and not any(ends)
    # The same model, for which a token that it writes is the end: one of its vocabulary is.
    model = ExportedModel(exported[family], 1)
    for end in model.tokenizer.get_vocab():
        model._end = end
        ends.clear()
        if model.write([PROMPT], 24, on_text)[0].whole:
            break
    assert ends[-1] and not any(ends[:-1])


def test_a_model_that_fails_leaves_the_engine_at_work(exported: dict[str, Path]) -> None:
    # This one reads 1,024 tokens at most.
    engine = LocalEngine(ExportedModel(exported["gpt2"], 1), waiting=2, at_once=2)
    with pytest.raises(UnavailableError, match="Expected the model to write, found"):
        list(engine.write("Customer: " + "hello " * 3000, Budget(5, 60), lambda: False))
    assert drain(engine, Budget(5, 60))
    engine.close()
    with pytest.raises(UnavailableError, match="found it closed"):
        list(engine.write(PROMPT, Budget(5, 60), lambda: False))


@pytest.mark.parametrize("most", ["1", "4"])
def test_with_any_number_of_threads_the_same_is_written(
    most: str, exported: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", most)
    model = open_quickest(exported["llama"])
    assert 1 <= model.threads <= int(most)
    assert model.write([PROMPT], 24) == ExportedModel(exported["llama"], 1).write([PROMPT], 24)


@pytest.mark.parametrize("name", ["model.ct2", "tokenizer.json", "prompt.json", "config.json"])
def test_a_responder_that_is_cut_short_is_refused(name: str, exported: dict[str, Path], tmp_path: Path) -> None:
    import shutil

    folder = tmp_path / "model"
    shutil.copytree(exported["llama"], folder)
    (folder / name).write_bytes((folder / name).read_bytes()[:40])
    with pytest.raises(ArtefactError, match="expected a responder"):
        ExportedModel(folder, 1)


def test_scores_are_those_of_the_trained_weights(exported: dict[str, Path], language_models: dict[str, Path]) -> None:
    from tellerbot.responses.base import is_encoder_decoder, open_plain, open_tokenizer, prompt_format
    from tellerbot.responses.export import exported_loss, trained_loss
    from tellerbot.responses.rows import Pair, encode

    pairs = [Pair(PROMPT, "Your balance is {balance:money}."), Pair(PROMPT, "Sure.")]
    for family, folder in language_models.items():
        tokenizer = open_tokenizer(folder)
        form = prompt_format(tokenizer, encoder_decoder=is_encoder_decoder(folder))
        trained = trained_loss(open_plain(folder), tokenizer, [encode(pair, form, tokenizer) for pair in pairs])
        assert exported_loss(ExportedModel(exported[family], 1), pairs) == pytest.approx(trained, rel=0.02)
