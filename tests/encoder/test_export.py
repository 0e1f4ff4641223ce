"""Every family exports to a graph that computes what the trained encoder computes."""

from pathlib import Path

import numpy as np
import pytest

from conftest import random_encoder  # pyright: ignore[reportMissingImports]
from tellerbot.encoder.export import export_encoder
from tellerbot.encoder.model import PooledEncoder, embed, load_tokenizer
from tellerbot.encoder.runtime import SHARED_FROM, OnnxEncoder
from tellerbot.errors import ArtefactError


@pytest.mark.parametrize("family", ["Bert", "Roberta", "DistilBert", "ModernBert", "Electra", "DebertaV2", "MPNet"])
def test_export_agrees_with_the_trained_encoder(family: str, tmp_path: Path) -> None:
    random_encoder(family, tmp_path)
    encoder, tokenizer = PooledEncoder(tmp_path), load_tokenizer(tmp_path, 32)
    export_encoder(encoder, tokenizer, ["sentence_vector"], tmp_path / "export")
    texts = ["what is my balance", "atm fee", "lost card " * 40, "?"]
    trained = embed(encoder, tokenizer, texts).numpy()
    exported = OnnxEncoder(tmp_path / "export")(texts, batch_size=2)["sentence_vector"]
    assert exported.shape == (4, 64)
    assert (trained * exported).sum(1).min() > 0.97
    assert np.allclose(np.linalg.norm(exported, axis=1), 1, atol=1e-4)
    assert {path.name for path in (tmp_path / "export").iterdir()} == {"encoder.onnx", "tokenizer.json"}


def test_one_thread_or_several_compute_the_same(tmp_path: Path) -> None:
    random_encoder("Bert", tmp_path)
    export_encoder(PooledEncoder(tmp_path), load_tokenizer(tmp_path, 128), ["sentence_vector"], tmp_path / "export")
    encoder = OnnxEncoder(tmp_path / "export")
    long, short = "lost card " * 60, "atm fee"
    assert len(encoder.tokenizer.encode(long).ids) >= SHARED_FROM > len(encoder.tokenizer.encode(short).ids)
    alone = [encoder([text])["sentence_vector"][0] for text in (long, short)]
    # In batches of one, side by side, each on one thread.
    assert np.allclose(encoder([long, short], batch_size=1)["sentence_vector"], alone, atol=1e-5)


def test_layers_are_grouped_from_the_embeddings_up(tiny_model: Path) -> None:
    encoder = PooledEncoder(tiny_model)
    assert len(encoder.blocks()) == 3 and all(encoder.blocks())
    counted = sum(parameter.numel() for block in encoder.blocks() for parameter in block)
    assert counted == sum(parameter.numel() for parameter in encoder.parameters())


def test_an_unreadable_export_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "encoder.onnx").write_bytes(b"not a graph")
    (tmp_path / "tokenizer.json").write_text("{}")
    with pytest.raises(ArtefactError, match=r"expected a readable encoder\.onnx and tokenizer.json"):
        OnnxEncoder(tmp_path)
