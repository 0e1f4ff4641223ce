"""A loopback HTTP stand-in for Pinecone's documented data plane: upsert, query, delete, list, stats.

Written from https://docs.pinecone.io/reference/api/ (data plane); dense vectors and the filter operators only.
"""

import json
import operator
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

PAGE = 3
COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "$eq": operator.eq,
    "$ne": operator.ne,
    "$gt": operator.gt,
    "$gte": operator.ge,
    "$lt": operator.lt,
    "$lte": operator.le,
    "$in": lambda found, wanted: found in wanted,
}


class StandIn:
    """One dense index with the dotproduct metric. `status` other than 200 is what every request gets."""

    def __init__(self, dimension: int, key: str) -> None:
        self.dimension, self.key, self.status = dimension, key, 200
        self.namespaces: dict[str, dict[str, dict[str, Any]]] = {}
        self.url = ""

    def upsert(self, body: dict[str, Any]) -> dict[str, Any]:
        space = self.namespaces.setdefault(body.get("namespace", ""), {})
        for vector in body["vectors"]:
            assert len(vector["values"]) == self.dimension and vector["id"].isascii() and len(vector["id"]) <= 512
            space[vector["id"]] = vector
        return {"upsertedCount": len(body["vectors"])}

    def query(self, body: dict[str, Any]) -> dict[str, Any]:
        assert len(body["vector"]) == self.dimension and body["topK"] <= (1000 if body["includeValues"] else 10_000)
        matches = [
            {
                "id": name,
                "score": sum(a * b for a, b in zip(body["vector"], vector["values"], strict=True)),
                **({"values": vector["values"]} if body["includeValues"] else {}),
                **({"metadata": vector["metadata"]} if body["includeMetadata"] else {}),
            }
            for name, vector in self.namespaces.get(body.get("namespace", ""), {}).items()
            if _matches(vector.get("metadata", {}), body.get("filter") or {})
        ]
        matches.sort(key=lambda match: -match["score"])
        return {"matches": matches[: body["topK"]], "namespace": body.get("namespace", ""), "usage": {"readUnits": 1}}

    def delete(self, body: dict[str, Any]) -> dict[str, Any]:
        assert len(body["ids"]) <= 1000
        for name in body["ids"]:
            self.namespaces.get(body.get("namespace", ""), {}).pop(name, None)
        return {}

    def list(self, asked: dict[str, list[str]]) -> dict[str, Any]:
        """Pages of a few ids; the token is the last id of the page before."""
        after = asked.get("paginationToken", [""])[0]
        names = [name for name in sorted(self.namespaces.get(asked.get("namespace", [""])[0], {})) if name > after]
        page: dict[str, Any] = {"vectors": [{"id": name} for name in names[:PAGE]], "usage": {"readUnits": 1}}
        return page | ({"pagination": {"next": names[PAGE - 1]}} if len(names) > PAGE else {})

    def stats(self, _: dict[str, Any]) -> dict[str, Any]:
        return {
            "namespaces": {name: {"vectorCount": len(space)} for name, space in self.namespaces.items()},
            "dimension": self.dimension,
            "indexFullness": 0,
            "totalVectorCount": sum(map(len, self.namespaces.values())),
            "metric": "dotproduct",
            "vectorType": "dense",
        }


def _matches(metadata: dict[str, Any], wanted: dict[str, Any]) -> bool:
    return all(
        key in metadata and all(COMPARE[name](metadata[key], value) for name, value in conditions.items())
        for key, conditions in wanted.items()
    )


@contextmanager
def serving(dimension: int, key: str) -> Iterator[StandIn]:
    """A stand-in that answers at its `url` on this machine."""
    index, lock = StandIn(dimension, key), Lock()
    posts = {"/vectors/upsert": "upsert", "/query": "query", "/vectors/delete": "delete"}
    gets = {"/vectors/list": "list"}

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            self._answer(gets.get(parts.path), parse_qs(parts.query))

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])) or b"{}")
            self._answer((posts | {"/describe_index_stats": "stats"}).get(self.path), body)

        def _answer(self, name: str | None, body: dict[str, Any]) -> None:
            status = 401 if self.headers["Api-Key"] != index.key else index.status if name else 404
            with lock:
                content = getattr(index, name or "")(body) if status == 200 else {"code": status, "message": "refused"}
            data = json.dumps(content).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    index.url = f"http://127.0.0.1:{server.server_port}"
    thread = Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield index
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
