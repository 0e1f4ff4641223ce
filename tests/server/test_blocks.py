"""What replies hold beside text, on the page in a real Chromium and over the API: lists, totals, choices."""

import re
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import yaml
from playwright.sync_api import Locator, Page, expect

from server.conftest import CHROMIUM, PHONE, Server, ask, open_last_conversation, start  # pyright: ignore[reportMissingImports]

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="No Chromium here: apt-get install chromium"),
]

REPLIES = {
    "card_lost": {
        "queries": ["fees_paid"],
        "given": {"period": "the last 12 months"},
        "reply": "You paid {total:money} in fees:",
        "each": "- {day:date}: {payee:text}, {amount:money}",
    },
    "transfer_money": {
        "queries": ["total", "phones"],
        "reply": "{payee:text} got {total:money}. Call {lending_phone:phone}.",
    },
}
# "Tunde" fits three payees.
PAYEES = ["Tunde Adeyemi", "Tunde Bello", "Tunde Okafor"]


@pytest.fixture(scope="module")
def server(tiny_project: Path, tiny_run: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A bank whose replies list, add up and ask back."""
    from tellerbot.release.build import build_release
    from tellerbot.release.registry import Registry
    from tellerbot.settings import Settings

    folder = tmp_path_factory.mktemp("blocks")
    project = folder / "bank"
    shutil.copytree(tiny_project, project)
    replies = yaml.safe_load((project / "responses.yaml").read_text())
    (project / "responses.yaml").write_text(yaml.safe_dump({**replies, **REPLIES}))
    registry = Registry.at(Settings(home=folder))
    build_release(project, tiny_run.folder, registry)
    registry.promote("production", "1.0.0")
    running = start(folder, TELLERBOT_MESSAGES_PER_MINUTE="1000", TELLERBOT_SIGN_INS_PER_MINUTE="1000")
    with closing(sqlite3.connect(folder / "var" / "bank.db")) as bank, bank:
        rows = [("Tunde Adeyemi", "1111"), ("Tunde Bello", "2222")]
        bank.executemany("INSERT INTO payees (customer_id, payee, bank, last4) VALUES ('CUST-1', ?, 'A bank', ?)", rows)
    yield running
    running.stop()


def last_reply(page: Page) -> Locator:
    return page.locator(".turn.assistant").last


def ask_which(page: Page) -> Locator:
    """Ask what several payees fit; gives the choices of the reply."""
    ask(page, "make a transfer to tunde")
    choices = last_reply(page).locator(".choices button")
    expect(choices).to_have_text(PAYEES)
    return choices


def test_rows_are_a_list(page: Page) -> None:
    ask(page, "what is my balance")
    rows = last_reply(page).locator("ul.list li")
    expect(rows).to_have_count(2)
    expect(rows.first).to_contain_text("Everyday Checking ending in 4821: $2,682.00")
    expect(last_reply(page).locator("p.text").first).to_contain_text("Here are your balances")


def test_a_total_opens_to_its_rows_by_keyboard(page: Page) -> None:
    page.set_viewport_size(PHONE)
    ask(page, "my lost card again")
    total = last_reply(page).locator(".total")
    expect(total.locator("tr").first).not_to_be_visible()
    total.locator("summary").focus()
    page.keyboard.press("Enter")
    expect(total.locator("tr").first).to_be_visible()
    amounts = total.locator("td:last-child").all_text_contents()
    cents = sum(int(amount.replace("-$", "").replace(".", "")) for amount in amounts)
    assert len(amounts) > 1
    expect(total.locator("summary")).to_have_text(f"${cents / 100:,.2f} = sum of {len(amounts)} transactions")
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    assert page.evaluate("log => log.scrollWidth <= log.clientWidth", page.locator("#log").element_handle())


def test_a_choice_that_is_pressed_is_the_next_message(page: Page) -> None:
    choices = ask_which(page)
    page.keyboard.type("half a thought")
    choices.nth(1).focus()
    page.keyboard.press("Enter")
    expect(page.locator(".turn.customer .bubble").last).to_have_text(PAYEES[1])
    expect(last_reply(page)).to_contain_text("Tunde Bello got")
    expect(page.locator("#message")).to_have_value("half a thought")
    expect(page.locator("#message")).to_be_focused()
    page.fill("#message", "")


@pytest.mark.parametrize("typed", ["2", "the second one"])
def test_a_choice_is_typed_by_its_place(page: Page, typed: str) -> None:
    ask_which(page)
    ask(page, typed)
    expect(last_reply(page)).to_contain_text("Tunde Bello got")


def test_only_the_last_replys_choices_can_be_pressed(page: Page) -> None:
    ask_which(page)
    expect(page.locator(".choices button:visible")).to_have_count(3)
    ask(page, "what is my balance")
    expect(last_reply(page)).to_contain_text("$2,682.00")
    expect(page.locator(".choices button")).to_have_count(3)
    expect(page.locator(".choices button:visible")).to_have_count(0)


def test_choices_are_there_after_a_reload(page: Page) -> None:
    ask_which(page)
    page.goto("/")
    open_last_conversation(page)
    expect(page.locator("#send")).to_be_enabled()
    last_reply(page).get_by_role("button", name=PAYEES[2]).click()
    expect(last_reply(page)).to_contain_text("Tunde Okafor got")


def test_pressed_twice_it_is_sent_once(page: Page) -> None:
    ask_which(page).nth(2).dblclick()
    expect(last_reply(page)).to_contain_text("Tunde Okafor got")
    expect(page.locator(".turn.customer")).to_have_count(2)


def test_phone_numbers_can_be_called_and_nothing_else_looks_like_one(page: Page) -> None:
    ask_which(page).first.click()
    expect(last_reply(page)).to_contain_text("got")
    number = last_reply(page).locator("a[href^='tel:']")
    expect(number).to_have_count(1)
    digits = re.sub(r"\D", "", number.inner_text())
    assert re.sub(r"\D", "", number.get_attribute("href") or "").endswith(digits)
    ask(page, "what is my balance")
    expect(last_reply(page)).to_contain_text("ending in 4821")
    expect(last_reply(page).locator("a[href^='tel:']")).to_have_count(0)
    # Nor does a phone make links of its own.
    expect(page.locator("meta[name=format-detection]")).to_have_attribute("content", "telephone=no")


def test_the_api_gives_the_shape_beside_the_text(server: Server) -> None:
    client = server.client("ada")

    def say(message: str, conversation: str | None = None) -> dict[str, Any]:
        return client.post("/api/v1/chat/", json={"message": message, "conversation_id": conversation}).json()

    fees = say("my lost card again")
    kinds = [block["kind"] for block in fees["blocks"]]
    assert kinds[:2] == ["text", "list"] and kinds[-1] == "total"
    listed, total = fees["blocks"][1], fees["blocks"][-1]
    assert all(f"- {row[0]}" in fees["reply"].split("\n") for row in listed["rows"])
    figure = next(item for item in fees["figures"] if item["kind"] == "formula" and item["figure"].startswith("$"))
    assert total["text"] == f"{figure['figure']} = {figure['source']}"
    assert len(total["rows"]) == len(figure["rows"]) and all(len(row) == 3 for row in total["rows"])

    which = say("make a transfer to tunde")
    assert [choice["title"] for choice in which["choices"]] == PAYEES
    assert which["blocks"][-1]["kind"] == "choice" and which["blocks"][-1]["rows"] == [[name] for name in PAYEES]
    assert which["slots"][-1]["text"] == "tunde" and which["acts"] == [] and which["intents"] == ["transfer_money"]
    chosen = say(which["choices"][0]["title"], which["conversation_id"])
    assert chosen["reply"].startswith("Tunde Adeyemi got") and chosen["choices"] == []
    past = client.get(f"/api/v1/conversations/{which['conversation_id']}").json()
    assert [turn["blocks"] for turn in past["turns"]] == [which["blocks"], chosen["blocks"]]
