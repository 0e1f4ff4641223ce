"""`tellerbot chat`: what a reply offers is numbered, and the number chooses."""

from pathlib import Path

from cli.test_commands import run  # pyright: ignore[reportMissingImports]


def test_choices_are_numbered_and_chosen_by_number(own_home: Path) -> None:
    said = "tell me a poem thanks\ntell me a poem thanks\n1\nwhat is my balance\n\n"
    result = run(own_home, "chat", "--customer", "ada", stdin=said)
    assert result.returncode == 0, result.stderr
    refused, offered, chosen, answered = result.stdout.split("Ada Okafor> ")[1:5]
    assert "  1. Talk to a person\n" in offered and "  2. " not in offered
    assert "reference" in chosen
    assert all("  1. " not in reply for reply in (refused, chosen, answered))
