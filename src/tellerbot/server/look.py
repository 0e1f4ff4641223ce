"""The bank's own look, from the release that is served: custom properties for style.css, and the logo."""

from fastapi import APIRouter, Response
from fastapi.responses import FileResponse
from starlette.exceptions import HTTPException

from tellerbot.project.look import Look
from tellerbot.server.api import State

router = APIRouter(include_in_schema=False)
# The pages name the release in the address, so that another one is fetched at once.
KEPT = {"Cache-Control": "max-age=86400"}


@router.get("/look.css")
async def style(state: State) -> Response:
    """Return what the look of assistant.yaml changes in style.css."""
    look = state.assistant.parts.project.assistant.look
    return Response(look_css(look), media_type="text/css", headers=KEPT)


@router.get("/logo")
async def logo(state: State) -> Response:
    """Return the bank's logo."""
    project = state.assistant.parts.project
    if not project.assistant.look.logo:
        raise HTTPException(404, "Expected a logo in the project, found none.")
    return FileResponse(project.folder / project.assistant.look.logo, headers=KEPT)


def look_css(look: Look) -> str:
    """Return the custom properties, those of the dark last."""
    day = {"--accent": look.accent, "--corner": None if look.corner is None else f"{look.corner}px"}
    light = " ".join(f"{name}: {value};" for name, value in day.items() if value)
    css = f":root {{ {light} }}\n" if light else ""
    if look.accent_dark:
        css += f"@media (prefers-color-scheme: dark) {{ :root {{ --accent: {look.accent_dark}; }} }}\n"
    return css
