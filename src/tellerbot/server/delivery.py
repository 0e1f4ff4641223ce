"""Delivering cases, and the messages of their customers, to the bank's own system: a signed webhook with retries."""

import asyncio
import hashlib
import hmac
import json
import logging
import threading
import time
from collections.abc import Callable
from typing import Any

import httpx

from tellerbot.conversation.turns import view
from tellerbot.errors import UnavailableError
from tellerbot.project.schema import Messages
from tellerbot.records.deliveries import Deliveries, Delivery
from tellerbot.settings import HandOffSettings

log = logging.getLogger("tellerbot")
SIGNATURE = "Tellerbot-Signature"
# Seconds that one try may take, and between two looks at whether something is due.
TIMEOUT, PAUSE = 5.0, 1.0


class Courier(threading.Thread):
    """A thread that delivers what is due until it is stopped.

    A server that dies or stops leaves the rest to the next one that starts: the queue is in the database.
    """

    def __init__(self, settings: HandOffSettings, queue: Deliveries, messages: Callable[[], Messages]) -> None:
        """Prepare to deliver from `queue`; `messages` gives those of the project that is served."""
        super().__init__(name="tellerbot-courier", daemon=True)
        self._url, self._key = settings.url, settings.key.get_secret_value().encode()
        self._queue, self._messages = queue, messages
        self._stopping = threading.Event()

    def run(self) -> None:
        """Deliver what is due, again and again."""
        while not self._stopping.is_set():
            try:
                found = self._queue.take()
                if found:
                    self._deliver(found)
                    continue
            except UnavailableError as error:
                log.error("deliveries wait: %s", error)
            except Exception:
                # Whatever nobody foresaw: the customers of the other cases must not wait for it.
                log.exception("a delivery failed")
            self._stopping.wait(PAUSE)

    def stop(self) -> None:
        """Let the delivery under way end, and no other begin."""
        self._stopping.set()
        self.join()

    def _deliver(self, delivery: Delivery) -> None:
        body = json.dumps(content(delivery, self._messages()), ensure_ascii=False).encode()
        try:
            status = asyncio.run(_post(self._url, body, sign(self._key, body, int(time.time()))))
            failure = "" if 200 <= status < 300 else f"expected a status of 2xx, found {status}"
        except (httpx.HTTPError, TimeoutError) as error:
            failure = repr(error)
        if not failure:
            self._queue.finish(delivery)
            return
        wait = self._queue.put_off(delivery)
        log.error(
            "case %s: attempt %d to deliver it failed: %s. The next is in %d seconds.",
            delivery.case.reference, delivery.attempts, failure, wait.total_seconds(),
        )  # fmt: skip


def content(delivery: Delivery, messages: Messages) -> dict[str, Any]:
    """Return what is sent.

    Texts are masked; `id` is the same each time, so that the receiver can drop a double.
    """
    case = delivery.case
    turns = [view(turn, messages) for turn in delivery.turns]
    return {
        "id": delivery.id,
        "kind": delivery.kind,
        "reference": case.reference,
        "conversation": case.conversation,
        "customer": case.customer,
        "reason": case.reason,
        "priority": case.priority,
        "agent": case.agent,
        "at": case.at.isoformat(),
        "transcript": [
            {"id": turn.id, "at": turn.at.isoformat(), "message": turn.message, "reply": turn.reply,
             "agent": turn.agent, "notice": turn.notice}
            for turn in turns
            if turn.has_content
        ],
    }  # fmt: skip


def sign(key: bytes, body: bytes, at: int) -> str:
    """Return the signature's header.

    It holds the time in seconds since 1970, and an HMAC-SHA256 over it, a point and the body.
    """
    digest = hmac.new(key, f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={at},v1={digest}"


async def _post(url: str, body: bytes, signature: str) -> int:
    """Return the status of the answer, whose body is not read.

    Raises TimeoutError when it takes too long as a whole.
    """
    headers = {"Content-Type": "application/json", SIGNATURE: signature}
    async with (
        asyncio.timeout(TIMEOUT),
        httpx.AsyncClient(timeout=TIMEOUT, follow_redirects=False) as client,
        client.stream("POST", url, content=body, headers=headers) as response,
    ):
        return response.status_code
