"""Ten turns on a phone over a line of 2 s: each step is acknowledged at once, nothing is lost, nothing comes twice."""

from collections.abc import Iterator
from pathlib import Path
from statistics import median

import pytest
from playwright.sync_api import Page, expect, sync_playwright

from server.conftest import CHROMIUM, FLAGS, PHONE, Server, start  # pyright: ignore[reportMissingImports]
from shared import copy_home

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="No Chromium here: apt-get install chromium")
LATENCY = 2000  # milliseconds
PATIENCE = 60_000
AT_ONCE = 100  # milliseconds too

# What is typed, or what is pressed where it begins with "»"; and what the reply has.
TURNS = (
    ("what is the atm fee", "$2.50"),
    ("what is my balance", "$2,682.00"),
    ("make a transfer", "Where"),
    ("» Steady Savings", "How much"),
    ("$12.50", "$12.50"),
    ("yes", "has been moved"),
    ("make a transfer", "Where"),
    ("2", "How much"),
    ("$5", "$5.00"),
    ("» No, leave it", "nothing was changed"),
)

# From the key or the press to the frame that shows, in view, the customer's message and that an answer is on its way:
# how many frames, and how many milliseconds until it is painted.
WATCH = """
window.steps = [];
function start(event, isStart) {
  if (!isStart) return;
  const step = { from: event.timeStamp, frames: 0 };
  const count = () => step.took || (step.frames++, requestAnimationFrame(count));
  requestAnimationFrame(count);
  steps.push(step);
}
addEventListener("keydown", (event) => start(event, event.key === "Enter"), true);
addEventListener("click", (event) => start(event, event.target.closest(".suggestion")), true);
const isSeen = (element) => {
  const box = element.getBoundingClientRect(), log = document.getElementById("log").getBoundingClientRect();
  return box.height > 0 && box.top >= log.top && box.bottom <= log.bottom;
};
function look() {
  const step = steps.at(-1);
  const answer = document.querySelector("#log > .turn:last-of-type .progress");
  const said = answer?.closest(".turn").previousElementSibling;
  if (!step || step.took || !said?.matches(".customer") || ![said, answer].every(isSeen)) return;
  step.took = -1;  // seen, but not painted yet
  const painted = new MessageChannel();
  painted.port1.onmessage = () => Object.assign(step, { took: performance.now() - step.from });
  painted.port2.postMessage(null);
}
new MutationObserver(() => requestAnimationFrame(look)).observe(document, { childList: true, subtree: true });
"""


@pytest.fixture(scope="module")
def server(demo_flow_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    running = start(copy_home(demo_flow_home, tmp_path_factory.mktemp("slow-line")))
    yield running
    running.stop()


@pytest.fixture
def phone(server: Server) -> Iterator[Page]:
    """A phone that is signed in, and then goes far away."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        context = browser.new_context(base_url=server.url, viewport=PHONE, has_touch=True, is_mobile=True)
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        page.add_init_script(WATCH)
        page.goto("/")
        page.fill("#username", "ada")
        page.fill("#password", server.password("ada"))
        page.keyboard.press("Enter")
        expect(page.locator("#send")).to_be_enabled(timeout=PATIENCE)
        line = context.new_cdp_session(page)
        line.send("Network.enable")
        speed = {"offline": False, "latency": LATENCY, "downloadThroughput": -1, "uploadThroughput": -1}
        line.send("Network.emulateNetworkConditions", speed)
        yield page
        browser.close()


@pytest.mark.slow
def test_each_step_is_acknowledged_at_once(phone: Page, server: Server) -> None:
    said = []
    for text, words in TURNS:
        reply = phone.locator(".turn.assistant").last
        if text.startswith("» "):
            choice = reply.get_by_role("button", name=text.removeprefix("» "))
            said.append(choice.inner_text())
            choice.tap()
        else:
            said.append(text)
            phone.keyboard.type(text)
            phone.keyboard.press("Enter")
        expect(phone.locator(".turn.customer")).to_have_count(len(said), timeout=PATIENCE)
        expect(reply).to_contain_text(words, timeout=PATIENCE)
        expect(phone.locator(".progress")).to_have_count(0, timeout=PATIENCE)
        expect(phone.locator("#stop")).to_be_hidden(timeout=PATIENCE)
    assert phone.locator(".turn.customer .bubble").all_inner_texts() == said
    with server.client("ada") as client:
        (listed,) = client.get("/api/v1/conversations").json()
        found = client.get(f"/api/v1/conversations/{listed['id']}").json()
        assert [turn["message"] for turn in found["turns"]] == said
    steps = phone.evaluate("steps")
    assert len(steps) == len(TURNS) and all("took" in step for step in steps), steps
    # In the first frame after it, whatever else the machine does; of the times, which that stretches, the median.
    assert [step["frames"] for step in steps] == [1] * len(TURNS), steps
    assert median(step["took"] for step in steps) < AT_ONCE, steps
