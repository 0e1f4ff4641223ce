"""Slips are mended towards the utterances' words; what is well spelt, unknown for good or a figure stays."""

import time
from pathlib import Path

import pytest

from tellerbot.data.noise import noisy, one_typo
from tellerbot.errors import ArtefactError
from tellerbot.intents.spelling import Spelling, common_words, load_words, save_words

WORDS = {"balance": 9, "my": 20, "account": 8, "transfer": 7, "money": 6, "statement": 4, "checking": 5, "lost": 3}


@pytest.fixture
def spelling() -> Spelling:
    return Spelling(WORDS, ["weather", "##ther", "the", "is", "cart", "Ġlaunch"])


@pytest.mark.parametrize(
    ("typed", "mended"),
    [
        ("my balnce", "my balance"),
        ("my balacne please", "my balance please"),
        ("MY BALANCR?", "MY balance?"),
        ("mybalance", "my balance"),
        ("my ba lance", "my balance"),
        ("stat ement, pls", "statement, pls"),
        ("tr ans fer money", "transfer money"),
        ("my b al ance.", "my balance."),
        ("pl" + "e" * 99 + "ase, my m" + "o" * 60 + "ney", "pl" + "e" * 99 + "ase, my money"),
        ("mooooney", "money"),
        ("acccount", "account"),
        ("trnasfre money", "transfer money"),
        # Left alone: known to the tokenizer, too short, too far, figures, other scripts.
        ("the weather", "the weather"),
        ("launch the cart", "launch the cart"),
        ("mny", "mny"),
        ("zeppelin", "zeppelin"),
        ("acc0unt 4821 $1,200.50", "acc0unt 4821 $1,200.50"),
        ("баланс 残高", "баланс 残高"),
        ("money's", "money's"),
        ("", ""),
    ],
)
def test_mending(spelling: Spelling, typed: str, mended: str) -> None:
    assert spelling(typed) == mended


@pytest.mark.parametrize(
    "word", ["insure", "playlist", "payday", "freezer", "alerts", "conjured", "procure", "counterrevolutionary" * 3]
)
def test_well_spelt_words_near_the_utterances_words_are_left_alone(word: str) -> None:
    utterance = "unsure play list pay day freeze alert confused procedure sure in " + "counterrevolutionary" * 2
    utterance += " counterrevolutionary"
    words = common_words([utterance] * 9)
    pieces = ["ins", "##ure", "##list", "##day", "con", "##jured", "pro", "##cure", "play", "pay"]
    spelling = Spelling(words, pieces)
    assert spelling(word) == word
    assert spelling("Alerts playyylist alerrrts") == "Alerts playlist alerts"
    # Words that slips were made in are mended all the same.
    assert spelling("unsuer confusd prcedure lsit freezze") == "unsure confused procedure list freeze"


def test_mending_twice_changes_nothing_more(spelling: Spelling) -> None:
    for text in noisy(["transfer money to my checking account", "i lost my statement"] * 50, one_typo, 3):
        assert spelling(spelling(text)) == spelling(text)


def test_most_single_slips_in_known_words_are_mended(spelling: Spelling) -> None:
    text = "statement balance account transfer checking"
    typed = noisy([text] * 300, one_typo, 5)
    mended = [spelling(each).lower() == text for each in typed]
    assert sum(mended) / len(mended) > 0.8


def test_only_words_of_several_utterances_are_kept() -> None:
    words = common_words(["Pay Ada Lovelace", "pay my rent, pay it", "my rent"])
    assert words == {"my": 2, "pay": 2, "rent": 2}


def test_a_long_message_of_nonsense_takes_no_time(spelling: Spelling) -> None:
    start = time.perf_counter()
    spelling("qwertyuiopasdfgh " * 500 + "ab" * 5000 + " b" * 5000)
    assert time.perf_counter() - start < 1


def test_words_are_saved_and_a_damaged_file_is_refused(tmp_path: Path) -> None:
    folder = tmp_path
    save_words(folder, WORDS)
    assert load_words(folder) == WORDS
    (folder / "spelling.json").write_text("[]")
    with pytest.raises(ArtefactError, match=r"expected a readable spelling\.json"):
        load_words(folder)


@pytest.mark.parametrize(
    ("typed", "mended"),
    [
        ("ｍｙ　ｂａｌａｎｃｅ", "my balance"),
        ("ｍｙ ｂａｌｎｃｅ", "my balance"),
        ("𝐦𝐲 𝗯𝗮𝗹𝗮𝗰𝗻𝗲", "my balance"),
        ("ⓜⓨ ⓜⓞⓝⓔⓨ", "my money"),
        ("$225¹ ２５０ 2½", "$225¹ 250 2½"),
    ],
)
def test_full_width_and_styled_letters_are_mended_as_plain_ones(spelling: Spelling, typed: str, mended: str) -> None:
    assert spelling(typed) == mended


def test_words_in_full_width_letters_count_as_their_plain_ones() -> None:
    assert common_words(["my ｂａｌａｎｃｅ", "ＭＹ 𝐛𝐚𝐥𝐚𝐧𝐜𝐞"]) == {"balance": 2, "my": 2}
