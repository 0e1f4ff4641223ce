"""The look that assistant.yaml gives the pages: what is refused, with file, line, what was expected and the remedy."""

from pathlib import Path

import pytest

from project.test_load import FILES, problems  # pyright: ignore[reportMissingImports]
from tellerbot.project.load import load_project
from tellerbot.project.look import MOST_BYTES

SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 8">{}</svg>'
PNG = b"\x89PNG\r\n\x1a\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, content in FILES.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(content)
    return tmp_path


def give(folder: Path, look: str) -> Path:
    (folder / "assistant.yaml").write_text(f"{FILES['assistant.yaml']}look: {look}\n")
    return folder


def mistakes(folder: Path, look: str) -> list[str]:
    return [str(problem) for problem in problems(give(folder, look))]


def test_a_look_is_read(folder: Path) -> None:
    (folder / "logo.svg").write_text(SVG.format('<circle r="4" fill="#0b6e6e"/>'))
    given = give(folder, "{logo: logo.svg, accent: '#0B6E6E', accent_dark: '#5cc2b8', corner: 24}")
    look = load_project(given).assistant.look
    assert (look.logo, look.accent, look.accent_dark, look.corner) == ("logo.svg", "#0B6E6E", "#5cc2b8", 24)
    (folder / "logo.png").write_bytes(PNG + b"x" * (MOST_BYTES - len(PNG)))
    assert load_project(give(folder, "{logo: logo.png}")).assistant.look.logo == "logo.png"


@pytest.mark.parametrize(
    ("look", "words"),
    [
        ("{accent: '#5cc2b8', accent_dark: '#5cc2b8'}", "4.5:1 or more with #ffffff, found 2.1:1 for #5cc2b8"),
        ("{accent: '#0b6e6e', accent_dark: '#0b6e6e'}", "4.5:1 or more with #18242a, found 2.6:1 for #0b6e6e"),
        ("{accent: '#0b6e6e'}", "expected accent and accent_dark, found only one of them; give both, or neither"),
        ("{accent: teal, accent_dark: '#5cc2b8'}", "look.accent"),
        ("{accent: '#0b6e6e; } body { x', accent_dark: '#5cc2b8'}", "look.accent"),
        ("{corner: 25}", "less than or equal to 24"),
        ("{corner: -1}", "greater than or equal to 0"),
        ("{font: serif}", "look.font"),
        ("{logo: ../logo.svg}", "look.logo"),
        ("{logo: .logo.svg}", "look.logo"),
        ("{logo: logo.jpeg}", "look.logo"),
        ("{logo: logo.svg}", "Expected the logo logo.svg in the project folder, found no such file. Add it"),
    ],
)  # fmt: skip
def test_what_cannot_be_shown_is_refused(folder: Path, look: str, words: str) -> None:
    [mistake] = mistakes(folder, look)
    assert mistake.startswith(f"{folder / 'assistant.yaml'}:13: ") and words in mistake


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("logo.svg", SVG.format("<script>alert(1)</script>"), "without script"),
        ("logo.svg", SVG.format('<g ONLOAD="alert(1)"/>'), "without script"),
        ("logo.svg", SVG.format('<a xlink:href=" JavaScript:alert(1)"/>'), "without script"),
        ("logo.svg", SVG.format('<x:script xmlns:x="urn:x">alert(1)</x:script>'), "without script"),
        ("logo.svg", SVG.format("<foreignObject/>"), "without script"),
        ("logo.svg", "<html><script>alert(1)</script></html>", "Expected an SVG image"),
        ("logo.svg", SVG.format("x" * MOST_BYTES), f"at most {MOST_BYTES} bytes"),
        ("logo.png", "<svg/>", "Expected a PNG image"),
    ],
)  # fmt: skip
def test_a_logo_that_is_none_is_refused(folder: Path, name: str, content: str, words: str) -> None:
    (folder / name).write_text(content)
    [mistake] = mistakes(folder, f"{{logo: {name}}}")
    assert mistake.startswith(f"{folder / 'assistant.yaml'}:13: ") and words in mistake
