"""A message in another language is refused in it, and an English one never is."""

from pathlib import Path

import pytest

from tellerbot.conversation.language import refusal_in
from tellerbot.project.load import load_project

DEMO = Path(__file__).parents[2] / "src" / "tellerbot" / "project" / "demo"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("Wie ist mein Kontostand", "Englisch"),
        ("wo ist meine karte", "Englisch"),
        ("hola, Streamly me cobró dos veces este mes y yo solo tengo una cuenta con ellos", "inglés"),
        ("on m'a prélevé deux fois ce mois-ci et je ne comprends pas pourquoi", "anglais"),
        ("mir wurde zweimal abgebucht, was soll ich machen", "Englisch"),
        ("¿Cuál es el saldo de mi cuenta?", "inglés"),
        ("quel est le solde de mon compte", "anglais"),
        ("qual è il saldo del mio conto", "inglese"),
        ("qual é o saldo da minha conta", "inglês"),
        ("wat is het saldo van mijn rekening", "Engels"),
        ("jakie jest saldo na moje konto", "angielsku"),
        ("какой у меня баланс", "английском"),
        ("我的账户余额是多少", "英语"),
        ("كم رصيد حسابي", "الإنجليزية"),
    ],
)
def test_each_language_is_told_from_the_others(text: str, says: str) -> None:
    assert says in (refusal_in(text) or "")


@pytest.mark.parametrize(
    "text",
    [
        "hola",
        "per day or per trip",
        "solve for y: 2y - 7",
        "la la land",
        "i am in LA",
        "is it de facto free",
        "que?",
        "",
        "👍",
        "what is 2+2",
        "my cuenta",
    ],
)
def test_a_word_or_two_among_english_is_no_other_language(text: str) -> None:
    assert refusal_in(text) is None


@pytest.mark.slow
def test_no_utterance_of_the_demo_is_taken_for_another_language() -> None:
    project = load_project(DEMO)
    texts = [text for intent in project.intents.values() for text in intent.utterances]
    assert [text for text in texts if refusal_in(text)] == []
