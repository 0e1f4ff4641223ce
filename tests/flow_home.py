"""A release whose assistant acts at the demo bank: a transfer, a payment, and a card that is frozen and unfrozen."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from shared import copy_home, make_once

FLOWS = """
move:
  title: Move money
  slots:
    account: {kind: account, label: From, cues: [from, out of]}
    to_account: {kind: account, label: To, cues: [to, into]}
    amount: {kind: money, label: Amount}
  steps:
    - collect: account
      ask: Which account shall the money come from?
      choices: {query: balances, row: "{account:text} ending in {last4:digits}"}
    - collect: to_account
      ask: Which account shall it go to?
      choices: {query: balances, row: "{account:text} ending in {last4:digits}"}
      valid:
        - if: to_account != account
          else: The money can't go where it comes from. Which account shall it go to?
    - {query: balances, uses: {account: account}, prefix: source}
    - collect: amount
      ask: How much shall I move?
      valid:
        - if: amount <= source_available
          else: You have {source_available:money} available there. How much shall I move?
    - confirm: move_money
      ask: Shall I move this now?
    - do: move_money
      receipt: "Done, the money is moved:"
      lines:
        Amount: "{amount:money}"
        From: "{account:text} ({available:money} available now)"
        To: "{to_account:text}"

pay:
  title: Pay somebody
  slots:
    account: {kind: account, label: From, cues: [from, out of]}
    payee: {kind: payee, label: To, cues: [to]}
    amount: {kind: money, label: Amount}
  steps:
    - collect: payee
      ask: Who shall get the money?
      choices: {query: payees, row: "{payee:text} ({bank:text}, ending in {last4:digits})"}
    - collect: account
      ask: Which account shall the money come from?
      choices: {query: balances, row: "{account:text} ending in {last4:digits}"}
    - collect: amount
      ask: How much shall I send?
    - confirm: pay_payee
      ask: Shall I send this now?
    - do: pay_payee
      receipt: "Done, the payment is on its way:"
      lines: {Amount: "{amount:money}", To: "{payee:text}", From: "{account:text} ({available:money} available now)"}
      refused:
        insufficient: There is not that much in your {account:text}, so nothing was sent.

freeze:
  title: Freeze a card
  slots: {card: {kind: card, label: Card}}
  steps:
    - collect: card
      ask: Which card shall I freeze?
    - confirm: freeze_card
      ask: Shall I freeze this card now?
    - do: freeze_card
      receipt: "Done, the card is frozen:"
      lines: {Card: "{card:text} ending in {last4:digits}"}

unfreeze:
  title: Unfreeze a card
  slots: {card: {kind: card, label: Card}}
  steps:
    - collect: card
      ask: Which card shall I unfreeze?
    - confirm: unfreeze_card
      ask: Shall I unfreeze this card now?
    - do: unfreeze_card
      receipt: "Done, the card works again:"
      lines: {Card: "{card:text} ending in {last4:digits}"}
"""
# "Start my transfer" pays, "my lost card again" unfreezes; all else that the tiny model takes for these intents moves
# money between the customer's own accounts, and freezes.
REPLIES = {
    "transfer_money": {"flow": "move", "cases": [{"when": {"words": ["start"]}, "flow": "pay"}]},
    "card_lost": {"flow": "freeze", "cases": [{"when": {"words": ["again"]}, "flow": "unfreeze"}]},
}


@pytest.fixture(scope="session")
def flow_home(tiny_project: Path, tiny_run: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home whose release has flows of its own, which the tiny intents start; its tests copy the registry."""
    return make_once(
        tmp_path_factory,
        "flows",
        lambda folder: build_home(tiny_project, tiny_run, folder, {"all.yaml": FLOWS}, REPLIES),
    )


@pytest.fixture(scope="session")
def demo_flow_home(tiny_project: Path, tiny_run: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home whose release has the demo project's own flows; the tiny intent of transfers starts one."""
    import tellerbot.project

    demo = Path(str(tellerbot.project.__file__)).parent / "demo" / "flows"
    flows = {path.name: path.read_text() for path in demo.iterdir()}
    replies = {"transfer_money": {"flow": "transfer"}}
    return make_once(
        tmp_path_factory, "demo-flows", lambda folder: build_home(tiny_project, tiny_run, folder, flows, replies)
    )


def build_home(
    tiny_project: Path, tiny_run: Any, folder: Path, flows: Mapping[str, str], changed: Mapping[str, Any]
) -> Path:
    """A home in `folder` whose release has these files of flows, and these replies besides its own."""
    import shutil

    from tellerbot.release.build import build_release
    from tellerbot.release.registry import Registry
    from tellerbot.settings import Settings

    project = folder / "bank"
    shutil.copytree(tiny_project, project)
    (project / "flows").mkdir()
    for name, content in flows.items():
        (project / "flows" / name).write_text(content)
    replies = yaml.safe_load((project / "responses.yaml").read_text())
    (project / "responses.yaml").write_text(yaml.safe_dump({**replies, **changed}))
    registry = Registry.at(Settings(home=folder))
    build_release(project, tiny_run.folder, registry)
    registry.promote("production", "1.0.0")
    return folder


@pytest.fixture
def own_flow_home(flow_home: Path, tmp_path: Path) -> Path:
    """A home of the test's own over the release with flows: its records and bank start fresh."""
    return copy_home(flow_home, tmp_path)
