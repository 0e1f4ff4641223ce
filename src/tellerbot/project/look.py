"""How a bank's pages look: its logo, its colour by day and by night, how round corners are."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Self

from bs4 import BeautifulSoup, Tag
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, model_validator

# The paper of style.css, light and dark, that the colour is read on.
PAPER, DARK_PAPER = "#ffffff", "#18242a"
# WCAG 2.2, 1.4.3: of text and what is behind it.
LEAST_CONTRAST = 4.5
MOST_BYTES = 64 * 1024


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours (#rrggbb), 1 to 21, as WCAG 2.2 defines it."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    parts = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _readable(paper: str, remedy: str) -> AfterValidator:
    def check(colour: str) -> str:
        if (found := contrast(colour, paper)) < LEAST_CONTRAST:
            raise ValueError(
                f"expected a contrast of {LEAST_CONTRAST}:1 or more with {paper}, found {found:.1f}:1 for {colour}; "
                f"take a {remedy} one"
            )
        return colour

    return AfterValidator(check)


_Colour = Annotated[str, StringConstraints(pattern=r"^#[0-9a-fA-F]{6}$")]


class Look(BaseModel):
    """The `look` of assistant.yaml.

    `logo` is the name of an SVG or PNG file in the project folder. `accent` is the colour of buttons, links and the
    customer's messages, `accent_dark` the same in the dark, as #rrggbb. `corner` is the radius of corners in pixels.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    logo: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*\.(svg|png)$")] | None = None
    accent: Annotated[_Colour, _readable(PAPER, "darker")] | None = None
    accent_dark: Annotated[_Colour, _readable(DARK_PAPER, "lighter")] | None = None
    corner: Annotated[int, Field(ge=0, le=24)] | None = None

    @model_validator(mode="after")
    def _has_both_colours(self) -> Self:
        if bool(self.accent) != bool(self.accent_dark):
            raise ValueError("expected accent and accent_dark, found only one of them; give both, or neither")
        return self


def logo_mistakes(file: Path) -> Iterator[tuple[str, str]]:
    """Find what is wrong with a logo, and how to mend it."""
    if not file.is_file():
        yield f"Expected the logo {file.name} in the project folder, found no such file.", "Add it, or leave logo out."
        return
    content = file.read_bytes()
    if len(content) > MOST_BYTES:
        yield f"Expected a logo of at most {MOST_BYTES} bytes, found {len(content)}.", "Make it smaller."
    elif file.suffix == ".png" and not content.startswith(b"\x89PNG\r\n\x1a\n"):
        yield f"Expected a PNG image in {file.name}, found something else.", "Save it as PNG."
    elif file.suffix == ".svg":
        yield from _svg_mistakes(file.name, content)


def _svg_mistakes(name: str, content: bytes) -> Iterator[tuple[str, str]]:
    tags = [tag for tag in BeautifulSoup(content, "html.parser").find_all() if isinstance(tag, Tag)]
    if not tags or tags[0].name != "svg":
        yield f"Expected an SVG image in {name}, found something else.", "Save it as SVG."
    elif any(_acts(tag) for tag in tags):
        yield f"Expected an SVG image without script in {name}, found script.", "Save it as plain SVG."


def _acts(tag: Tag) -> bool:
    """Whether a tag runs script, or may hold a page that does."""
    links = (str(value).strip().lower() for value in tag.attrs.values())
    return (
        tag.name.rpartition(":")[2] in ("script", "foreignobject", "iframe", "embed", "object")
        or any(name.lower().startswith("on") for name in tag.attrs)
        or any(link.startswith(("javascript:", "data:text/html")) for link in links)
    )
