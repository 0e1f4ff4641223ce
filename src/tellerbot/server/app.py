"""The application, put together."""

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

from fastapi import FastAPI
from starlette.routing import Route
from starlette.staticfiles import StaticFiles

from tellerbot.assistant.load import load_release, open_bank, open_store
from tellerbot.assistant.settle import settle
from tellerbot.encoder.runtime import cores
from tellerbot.errors import ConfigError, TellerbotError
from tellerbot.records.actions import LEASE
from tellerbot.records.deliveries import Deliveries
from tellerbot.server import api, cases, conversations, demo_phone, look, news, pages
from tellerbot.server.auth import load_secret
from tellerbot.server.delivery import Courier
from tellerbot.server.errors import add_error_handlers
from tellerbot.server.middleware import Guard
from tellerbot.server.proxy import BehindProxy
from tellerbot.server.render import HERE
from tellerbot.server.state import ServerState, Workers, waits
from tellerbot.settings import Settings
from tellerbot.version import __version__

log = logging.getLogger("tellerbot")
STATIC = "/static"
ROUTERS = (api.router, cases.router, pages.router, conversations.router, look.router, news.router, demo_phone.router)
ROUTES = [route for router in ROUTERS for route in router.routes]
# The first segments of the server's own paths.
OWN = {path.split("/")[1] for path in (STATIC, *(route.path for route in ROUTES if isinstance(route, Route)))} - {""}


def open_state(release: str, settings: Settings) -> ServerState:
    """Open and check everything the server needs; fails before the first request rather than at it."""
    # With such a prefix, a path that the proxy kept and one that it stripped would look alike.
    if settings.prefix.strip("/").partition("/")[0] in OWN:
        raise ConfigError(
            f"TELLERBOT_PREFIX: expected a path that begins unlike the server's own, found {settings.prefix}. "
            f"Choose another; taken are {', '.join(sorted(OWN))}."
        )
    store = open_store(settings)
    secret = load_secret(settings.var / "secret.key")
    assistant = load_release(release, settings, open_bank(settings), store)
    # Python runs one thread at a time, so that a few more than there are cores only hold each other up; those that wait
    # for somebody else keep none of the others waiting.
    size = cores() + 1
    waiting = settings.writer.at_once + settings.writer.waiting if waits(assistant) else 0
    return ServerState(
        settings,
        release,
        assistant,
        store,
        secret,
        workers=Workers("turns", size + waiting, settings.queue),
        readers=Workers("reads", size + waiting, settings.queue * 4),
        sign_ins=Workers("sign-ins", 1 + waiting, settings.queue),
    )


@contextmanager
def run_courier(state: ServerState) -> Iterator[None]:
    """Deliver cases in the meantime, where there is a system to deliver them to."""
    if not state.settings.hand_off.url:
        yield
        return
    courier = Courier(
        state.settings.hand_off,
        Deliveries(state.store),
        lambda: state.assistant.parts.project.assistant.messages,
    )
    courier.start()
    try:
        yield
    finally:
        courier.stop()


def create_app(state: ServerState) -> FastAPI:
    """Create the application: middleware, routes, static files and error handlers, and its life from start to stop."""

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        # What was under way when a server died is reported as soon as one is up again.
        await state.workers.run(settle, state.assistant.parts, None)
        settling = asyncio.ensure_future(_settle_often(state))
        with run_courier(state):
            yield
        settling.cancel()
        for workers in (state.workers, state.readers, state.sign_ins):
            workers.close()
        state.assistant.close()

    app = FastAPI(
        title=state.assistant.parts.project.assistant.name,
        version=__version__,
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )
    app.state.server = state
    app.add_middleware(Guard, metrics=state.metrics, has_room=lambda: state.workers.has_room)
    app.add_middleware(BehindProxy, proxies=state.settings.proxies, prefix=state.settings.prefix)
    for router in ROUTERS:
        app.include_router(router)
    app.mount(STATIC, StaticFiles(directory=HERE / "static"))
    add_error_handlers(app)
    return app


async def _settle_often(state: ServerState) -> None:
    """Ask the bank again and again what became of actions that it, or another server, has left without an answer."""
    while True:
        await asyncio.sleep(LEASE.total_seconds())
        try:
            await state.workers.run(settle, state.assistant.parts, None)
        except TellerbotError as error:
            log.error("Actions without an answer cannot be looked at now: %s", error)
