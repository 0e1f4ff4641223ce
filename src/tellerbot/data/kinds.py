"""The kinds of findings: how much each matters, what it means and what to do, in the order they are shown."""

from dataclasses import dataclass
from typing import Literal

Severity = Literal["high", "medium", "low"]


@dataclass(frozen=True, slots=True)
class FindingKind:
    """One kind of finding, in plain words."""

    name: str
    title: str
    severity: Severity
    meaning: str
    remedy: str


_KINDS = (
    FindingKind(
        "alike_labels",
        "Labels that look alike",
        "high",
        "These labels differ only in case, spaces, dashes, invisible characters or letters of another script. A model "
        "learns each as an intent of its own.",
        "Write each intent's label in one way. Training refuses such labels.",
    ),
    FindingKind(
        "empty_labels",
        "Labels that mean nothing",
        "high",
        "These labels are what spreadsheets and databases write for an empty cell or a formula that failed.",
        "Label the rows or remove them. Training refuses such labels.",
    ),
    FindingKind(
        "personal_data",
        "Personal data",
        "high",
        "Utterances hold card numbers, IBANs, social security numbers, e-mail addresses or phone numbers. A model "
        "trained on them may keep them, and so does every copy of the file.",
        "Replace each with a made-up one. The texts are masked here: find the row by its file and line.",
    ),
    FindingKind(
        "leak",
        "Leaks",
        "high",
        "Validation or test rows are in the training rows, or test rows in the validation rows, lightly edited at "
        "most. Figures measured on them are too good.",
        "Remove each from one of the two. Training refuses such rows unless the config says `allow_leaks: true`.",
    ),
    FindingKind(
        "contradiction",
        "Contradictions",
        "high",
        "The same utterance, lightly edited at most, is in two intents. A model can be right on one of them only.",
        "Decide which intent it belongs to; where customers mean both by it, merge the intents.",
    ),
    FindingKind(
        "label_error",
        "Likely label errors",
        "medium",
        "A classifier that never saw the row is sure of another intent, more so than is usual for the given one.",
        "Read them from the top and relabel where the suggestion is right. Some are right as they are: they are "
        "unusual wordings, and worth keeping.",
    ),
    FindingKind(
        "confused_intents",
        "Intents that collapse into each other",
        "medium",
        "Each intent's utterances are often taken for the other's: their wording does not tell them apart.",
        "Merge the two if the assistant would answer both alike. Else move the rows that ask for the other intent, and "
        "add utterances that say what sets each apart.",
    ),
    FindingKind(
        "thin_intent",
        "Thin intents",
        "medium",
        "These intents have too few different utterances to train on and to measure with; near-duplicates count once.",
        "Add varied utterances from real customers, or merge the intent into a neighbour.",
    ),
    FindingKind(
        "memorised",
        "Memorisation",
        "medium",
        "How the run's model does on rows it was trained on, on those rows with one typing slip, on unseen "
        "rows close to a seen row of their intent, and on unseen rows further away. Rows that it knows by heart say "
        "nothing; where it does clearly worse on the others, it has learned wordings and not what they ask for.",
        "Add more varied utterances, train for fewer epochs, and judge the model by rows it has not seen.",
    ),
    FindingKind(
        "lean_intent",
        "Intents with far fewer utterances than most",
        "low",
        "These intents have less than a third of the median intent's different utterances, and may lose to the others.",
        "Add utterances where customers ask for them often or mistakes are costly.",
    ),
    FindingKind(
        "repeat",
        "Near-duplicates within an intent",
        "low",
        "These utterances repeat another of the same intent, lightly edited at most. They teach a model little; exact "
        "repeats are dropped before training, and all of them are kept on one side of a split.",
        "Remove them, or put other wordings in their place.",
    ),
)
KINDS = {kind.name: kind for kind in _KINDS}
