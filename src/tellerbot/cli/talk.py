"""The `tellerbot chat` command."""

from typing import TYPE_CHECKING, Annotated

import typer

from tellerbot.cli.console import err, out
from tellerbot.cli.options import load_settings
from tellerbot.errors import DataError

if TYPE_CHECKING:
    from tellerbot.assistant.load import Assistant
    from tellerbot.conversation.event_values import Citation


def chat(
    release: Annotated[str, typer.Argument(help="A release or alias.")] = "production",
    customer: Annotated[str | None, typer.Option(help="Talk as this user, by name or id; else not signed in.")] = None,
    trace: Annotated[bool, typer.Option(help="Show the steps of each turn.")] = False,
) -> None:
    """Talk with an assistant here. An empty line or Ctrl-D ends it."""
    from tellerbot.assistant.load import load

    with load(release, load_settings()) as assistant:
        _talk(assistant, customer, trace)


def _talk(assistant: "Assistant", customer: str | None, trace: bool) -> None:
    from tellerbot.assistant.load import new_conversation

    who = assistant.find_customer(customer) if customer else None
    conversation = new_conversation()
    out.print(assistant.parts.project.assistant.messages.welcome.strip(), style="cyan", markup=False)
    while True:
        try:
            text = input(f"{who.name if who else 'you'}> ").strip()
        except EOFError:
            break
        if not text:
            break
        try:
            turn = assistant.reply(text, who, conversation)
        except DataError as error:
            err.print(str(error), style="red", markup=False)
            continue
        out.print(turn.reply, style="cyan", markup=False)
        for number, choice in enumerate(turn.choices, 1):
            out.print(f"  {number}. {choice.title}", style="cyan", markup=False)
        for passage in turn.citations:
            out.print(
                f"  [{passage.policy}: {passage.title}, {passage.section}; {_dates(passage)}]",
                style="dim",
                markup=False,
            )
        if trace:
            for step in turn.trace:
                out.print(f"  {step.ms:8.2f} ms  {step.name:<10} {step.note}", style="dim", markup=False)


def _dates(passage: "Citation") -> str:
    until = f" to {passage.in_force_to}" if passage.in_force_to else ""
    page = f"page {passage.page}, " if passage.page else ""
    return f"{page}in force from {passage.in_force_from}{until}"
