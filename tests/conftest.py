"""What the tests share: no network, tiny real models, a small project, a release, a PostgreSQL database."""

import gc
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import hypothesis
import pytest
import yaml

from postgres import fresh_database
from shared import copy_home, make_once

pytest_plugins = ["language_models", "flow_home"]
os.environ["HF_HUB_OFFLINE"] = "1"
# A busy machine may stop for longer than any deadline; what hangs is stopped by the time limit of each test.
hypothesis.settings.register_profile("tests", deadline=None)
hypothesis.settings.load_profile("tests")
LOOPBACK = ("127.", "::1", "localhost")


def _no_network(event: str, arguments: tuple[Any, ...]) -> None:
    if event == "socket.connect" and isinstance(arguments[1], tuple) and not str(arguments[1][0]).startswith(LOOPBACK):
        raise PermissionError(f"Tests may only connect to this machine, not to {arguments[1]}")


sys.addaudithook(_no_network)


def pytest_collection_finish() -> None:
    # What was imported stays: the collector need not look at it again and again.
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def make_postgres() -> Callable[[str], AbstractContextManager[str]]:
    """Makes a database, as a copy of the one at a URL where that is not "", and drops it afterwards; gives its URL."""
    return fresh_database


@pytest.fixture
def postgres_url() -> Iterator[str]:
    """The URL of a fresh database, dropped afterwards."""
    with fresh_database() as url:
        yield url


UTTERANCES = {
    "check_balance": ("balance", ["what is my {}", "show the {} now", "{} please", "tell me my {}", "current {}"]),
    "card_lost": ("lost card", ["my {} again", "i have a {}", "{} help", "report a {}", "there is a {}"]),
    "atm_fees": ("atm fee", ["what is the {}", "how big is an {}", "{} amount", "is there an {}", "the {} abroad"]),
    "transfer_money": ("transfer", ["make a {}", "{} money", "how to {}", "start my {}", "{} to a friend"]),
    "human_agent": ("human agent", ["give me a {}", "{} now", "i want a {}", "let a {} call", "where is a {}"]),
}
OUT_OF_SCOPE = ("weather", "football", "poem", "recipe")
ENDINGS = ("", " today", " thanks", " for me", " quickly")


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A random two-layer BERT with a tokenizer of its own: trains in seconds, exports like the real one."""
    return make_once(
        tmp_path_factory, "tiny-bert", lambda folder: random_encoder("Bert", folder, max_position_embeddings=300)
    )


@pytest.fixture(scope="session")
def tiny_language_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A random two-layer Llama with a tokenizer of its own, whose [SEP] ends a text."""
    return make_once(tmp_path_factory, "tiny-llama", _make_language_model)


def _make_language_model(folder: Path) -> None:
    from transformers import AutoTokenizer, LlamaConfig, LlamaForCausalLM

    vocabulary = make_tokenizer(folder)
    tokenizer = AutoTokenizer.from_pretrained(folder)
    tokenizer.eos_token = "[SEP]"
    tokenizer.save_pretrained(folder)
    config = LlamaConfig(
        vocab_size=vocabulary, hidden_size=64, intermediate_size=128, num_hidden_layers=2, num_attention_heads=2,
        num_key_value_heads=1, max_position_embeddings=300, pad_token_id=0, bos_token_id=2, eos_token_id=3,
    )  # fmt: skip
    save_random(LlamaForCausalLM(config), folder)


def random_encoder(family: str, folder: Path, **options: Any) -> None:
    """Save a random two-layer encoder of a transformers family with a tokenizer of its own."""
    import transformers

    sizes = {"num_hidden_layers": 2, "num_attention_heads": 2, "hidden_size": 64, "intermediate_size": 128}
    if family == "DistilBert":
        sizes = {"n_layers": 2, "n_heads": 2, "dim": 64, "hidden_dim": 128}
    vocabulary = make_tokenizer(folder)
    config = getattr(transformers, f"{family}Config")(vocab_size=vocabulary, pad_token_id=0, **sizes, **options)
    save_random(getattr(transformers, f"{family}Model")(config), folder)


def save_random(model: Any, folder: Path) -> None:
    """Save a model with weights drawn from a fixed seed."""
    import torch

    generator = torch.Generator().manual_seed(7)
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.dim() > 1:
                parameter.copy_(torch.randn(parameter.shape, generator=generator) * 0.05)
    model.save_pretrained(folder)


def make_tokenizer(folder: Path) -> int:
    """Save a word-piece tokenizer that knows the tests' words and their letters; returns its size."""
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
    from transformers import PreTrainedTokenizerFast

    # Not trained: WordPieceTrainer numbers its pieces otherwise in each process, and with them the random vectors.
    words = {word for text, _ in labelled_rows() for word in text.split()}
    letters = {letter for word in words for letter in word}
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]"]
    pieces = [*special, *sorted(words | letters), *(f"##{letter}" for letter in sorted(letters))]
    vocabulary = {piece: at for at, piece in enumerate(pieces)}
    tokenizer = Tokenizer(models.WordPiece(vocabulary, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, pad_token="[PAD]", unk_token="[UNK]", cls_token="[CLS]", sep_token="[SEP]"
    ).save_pretrained(folder)
    return len(vocabulary)


def labelled_rows() -> list[tuple[str, str]]:
    """Every combination of the tests' wordings, with its intent."""
    rows = [
        (form.format(words) + ending, intent)
        for intent, (words, forms) in UTTERANCES.items()
        for form in forms
        for ending in ENDINGS
    ]
    forms = ["what is the {}", "{} now", "tell me a {}", "i like {}", "the {} is good"]
    rows += [(form.format(word) + end, "out_of_scope") for word in OUT_OF_SCOPE for form in forms for end in ENDINGS]
    return rows


@pytest.fixture(scope="session")
def tiny_project(tmp_path_factory: pytest.TempPathFactory, tiny_model: Path) -> Path:
    """The demo project cut down to a handful of intents and no flow, with the tiny model as its base."""
    return make_once(tmp_path_factory, "projects", lambda folder: _make_project(folder / "bank", tiny_model)) / "bank"


def _make_project(folder: Path, tiny_model: Path) -> None:
    from tellerbot.project.scaffold import init_project

    init_project(folder)
    for path in (folder / "intents").iterdir():
        path.unlink()
    intents: dict[str, Any] = {}
    out_of_scope: list[str] = []
    for text, label in labelled_rows():
        if label == "out_of_scope":
            out_of_scope.append(text)
        else:
            intents.setdefault(label, {"title": label.replace("_", " "), "utterances": []})["utterances"].append(text)
    content = {"intents": intents, "out_of_scope": {"other": out_of_scope}}
    (folder / "intents" / "all.yaml").write_text(yaml.safe_dump(content))
    responses = yaml.safe_load((folder / "responses.yaml").read_text())
    # What a reply offers to go on with is no intent of this small project.
    kept = {name: responses[name] for name in intents}
    for response in kept.values():
        # Nor does it act: what starts a flow is left out, and the flows with it.
        response["cases"] = [case for case in response.get("cases", []) if "flow" not in case]
        for answer in (response, *response["cases"]):
            answer.pop("offer", None)
    shutil.rmtree(folder / "flows")
    (folder / "responses.yaml").write_text(yaml.safe_dump(kept))
    assistant = yaml.safe_load((folder / "assistant.yaml").read_text())
    assistant |= {"models": {"intents": str(tiny_model), "knowledge": str(tiny_model)}, "topics": ["check_balance"]}
    (folder / "assistant.yaml").write_text(yaml.safe_dump(assistant))
    for path in (folder / "tests").iterdir():
        path.unlink()
    (folder / "tests" / "conversations.yaml").write_text(
        yaml.safe_dump([{"say": "what is my balance", "customer": "ada", "expect": {"contains": ["$2,682.00"]}}])
    )


@pytest.fixture(scope="session")
def tiny_config(tiny_model: Path) -> Any:
    from tellerbot.intents.config import IntentsConfig

    return IntentsConfig(
        model=str(tiny_model),
        epochs=8,
        batch_size=16,
        learning_rate=2e-3,
        layer_decay=1.0,
        head_learning_rate=1e-2,
        frozen=0,
        label_smoothing=0.1,
        # Its tokenizer knows no letters, so that a typo leaves nothing of a word.
        noise=0.0,
        # Nor the words of the acts that ship with tellerbot.
        acts=False,
    )


@pytest.fixture(scope="session")
def tiny_run(tmp_path_factory: pytest.TempPathFactory, tiny_project: Path, tiny_config: Any) -> Any:
    """A finished intents run on the tiny project, in a home of this process's own."""
    from tellerbot.intents.train import train

    made = make_once(tmp_path_factory, "tiny-run", lambda folder: train(tiny_config, tiny_project, runs=folder))
    return own_run(made, tmp_path_factory.mktemp("home") / "runs")


def own_run(made: Path, runs: Path) -> Any:
    """A copy in the folder `runs` of the one run in the folder `made`."""
    from tellerbot.training.folders import Run

    [run] = (path for path in made.iterdir() if not path.name.startswith("."))
    return Run(Path(shutil.copytree(run, runs / run.name)))


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory, tiny_run: Any, tiny_project: Path) -> Path:
    """A home folder with the releases 1.0.0 and 1.1.0 of the tiny project, the first of them `production`."""
    from tellerbot.release.build import build_release
    from tellerbot.release.registry import Registry
    from tellerbot.settings import Settings

    def make(folder: Path) -> None:
        settings = Settings(home=folder)
        registry = Registry.at(settings)
        build_release(tiny_project, tiny_run.folder, registry, var=settings.var)
        build_release(tiny_project, tiny_run.folder, registry, var=settings.var)
        registry.promote("production", "1.0.0")

    made = make_once(tmp_path_factory, "home", make)
    return Path(shutil.copytree(made, tiny_run.folder.parent.parent, dirs_exist_ok=True))


@pytest.fixture
def own_home(home: Path, tmp_path: Path) -> Path:
    """A home of the test's own over the same releases: its registry, records and bank start fresh."""
    return copy_home(home, tmp_path)


@pytest.fixture(scope="session")
def disagreeing_home(tiny_project: Path, tiny_run: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home whose release has a policy that contradicts the fees, one not yet in force, and one that has expired.

    The fee question meets the contradiction, a lost card nothing in force, a transfer one of two in force.
    """
    from datetime import date, timedelta

    from tellerbot.release.build import build_release
    from tellerbot.release.registry import Registry
    from tellerbot.settings import Settings

    def make(folder: Path) -> None:
        project = folder / "bank"
        shutil.copytree(tiny_project, project)
        tomorrow = (date.today() + timedelta(1)).isoformat()
        for name, day, fee in (("machines", "2026-01-01", "$2.75"), ("next", tomorrow, "$9.00")):
            (project / "policies" / f"{name}.md").write_text(
                f"---\ntitle: Cash machines\nversion: '1'\nin_force_from: {day}\n---\n\n# Cash machines\n\n"
                f"## ATM withdrawals\n\nAn out-of-network ATM withdrawal in the United States costs {fee}.\n"
            )
        replies = yaml.safe_load((project / "responses.yaml").read_text())
        for intent, policies in {
            "atm_fees": ("fees", "machines"),
            "card_lost": ("fees-2025", "next"),
            "transfer_money": ("machines", "next"),
        }.items():
            sections = [f"{policy}#atm-withdrawals" for policy in policies]
            replies[intent] = {"reply": "This is what it costs:", "policy": sections}
        (project / "responses.yaml").write_text(yaml.safe_dump(replies))
        registry = Registry.at(Settings(home=folder))
        build_release(project, tiny_run.folder, registry)
        registry.promote("production", "1.0.0")

    return make_once(tmp_path_factory, "disagreeing", make)
