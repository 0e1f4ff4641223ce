"""The one way to open a store, and to name a collection in it."""

from urllib.parse import parse_qsl, urlencode, urlsplit

from pydantic import SecretStr

from tellerbot.errors import ConfigError, MissingExtraError
from tellerbot.knowledge.stores.protocol import Store

_POSTGRES = ("postgresql", "postgres", "postgresql+psycopg")
_QDRANT = ("qdrant", "qdrant+http", "qdrant+https")


def open_store(url: str, width: int, key: SecretStr | str = "") -> Store:
    """Open the store at `url`, made on first use, for vectors of `width` numbers.

    `postgresql://USER@HOST/DB?collection=NAME`:
    PostgreSQL with pgvector (extra `pgvector`). `qdrant+http://HOST:PORT/COLLECTION` or `qdrant+https://...`: a Qdrant
    server; `qdrant:FOLDER#COLLECTION`: its client's local mode, for trials (extra `qdrant`). `pinecone:INDEX` or
    `pinecone:INDEX/NAMESPACE`, with `?host=HOST` to skip looking the index up: Pinecone (extra `pinecone`).
    `key` is the API key, or PostgreSQL's password, which the URL may hold too.

    Raises MissingExtraError, ConfigError for a URL or a width that does not fit, and UnavailableError when the server
    is away.
    """
    secret = key.get_secret_value() if isinstance(key, SecretStr) else key
    if width < 1:
        raise ConfigError(f"Expected vectors of at least one number, found width {width}. Give the encoder's width.")
    kind = _kind_of(url)
    try:
        if kind in _POSTGRES:
            from tellerbot.knowledge.stores.pgvector import PgvectorStore

            return PgvectorStore(url, width, secret)
        if kind in _QDRANT:
            from tellerbot.knowledge.stores.qdrant import QdrantStore

            return QdrantStore(url, width, secret)
        if kind == "pinecone":
            from tellerbot.knowledge.stores.pinecone import PineconeStore

            return PineconeStore(url, width, secret)
    except ImportError as error:
        extra = "pgvector" if kind.startswith("postgres") else kind.split("+")[0]
        raise MissingExtraError(f"A store at {kind}:...", extra) from error
    raise _unknown(kind)


def name_collection(url: str, name: str) -> str:
    """Return the URL of the collection `name` of a store, beside the one that `url` names.

    Raises ConfigError for a URL of no store.
    """
    kind = _kind_of(url)
    if kind in _POSTGRES:
        parts = urlsplit(url)
        asked = dict(parse_qsl(parts.query, keep_blank_values=True))
        asked["collection"] = f"{asked.get('collection', 'passages')}_{name}"
        # Not by urlunsplit, which loses the slashes of postgresql:///db.
        return f"{parts.scheme}://{parts.netloc}{parts.path}?{urlencode(asked)}"
    if kind in _QDRANT:
        return f"{url}-{name}"
    if kind == "pinecone":
        index, mark, asked_for = url.partition("?")
        return f"{index}{'-' if '/' in index else '/'}{name}{mark}{asked_for}"
    raise _unknown(kind)


def _kind_of(url: str) -> str:
    return url.split(":", 1)[0] if ":" in url else ""


def _unknown(kind: str) -> ConfigError:
    # Not the whole URL, which may hold a password.
    return ConfigError(
        "Expected a store at postgresql://..., qdrant:..., qdrant+http(s)://... or pinecone:..., found "
        f"{kind + ':...' if kind else 'another'}. Mend the store's URL, or leave it out to search in memory."
    )
