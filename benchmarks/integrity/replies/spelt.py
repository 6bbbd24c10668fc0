"""Spellings of a key that a server sends back, and what is left of them in the store."""

from __future__ import annotations

import base64
import html
import json
import re
import sqlite3
import tempfile
import urllib.parse
from collections.abc import Callable, Mapping
from pathlib import Path

from benchmarks.integrity.replies.habits import KEY
from benchmarks.integrity.replies.serving import Answer, Asked, Server, completion, refused
from harness.store import Store
from iteralign.oracle import ChatOracle, Endpoint, OpenAICompleter, RememberingCompleter

ITEM = ("How do I cook soup?", "Chop the onions.")
SPELLINGS: Mapping[str, Callable[[str], str]] = {
    "as it is": str,
    "in capitals": str.upper,
    "in a JSON string's escapes": lambda key: "".join(f"\\u{ord(one):04x}" for one in key),
    "two letters escaped": lambda key: f"\\u0073\\u006b{key[2:]}",
    "escaped twice": lambda key: "".join(f"\\\\u{ord(one):04X}" for one in key),
    "in Python's escapes": lambda key: "".join(f"\\x{ord(one):02x}" for one in key),
    "percent-encoded": lambda key: "".join(f"%{ord(one):02X}" for one in key),
    "in HTML's entities": lambda key: "".join(f"&#{ord(one)};" for one in key),
    "with invisible characters": "\u200b".join,
    "with escaped invisible characters": "\\u200d".join,
    "with line breaks": "\n".join,
    "with escaped line breaks": "\\n".join,
    "with blanks": " ".join,
    "in wide letters": lambda key: "".join(chr(ord(one) + 0xFEE0) for one in key),
    "in base64": lambda key: base64.b64encode(key.encode()).decode(),
    "in base64 behind a name": lambda key: base64.b64encode(f"user:{key}".encode()).decode(),
    "in hexadecimal": lambda key: key.encode().hex(),
}


def leaks(server: Server) -> list[str]:
    """The spellings of which a reader of the store could get the key."""
    return [name for name, spell in SPELLINGS.items() if _leaks(server, spell(KEY))]


def _leaks(server: Server, spelt: str) -> bool:
    """Whether it is left after a verdict, an error, and a reply that is none have held it."""

    def habit(asked: Asked) -> Answer:
        told = json.dumps(asked.verdict()).replace("It does no harm.", f"You sent {spelt}")
        return [completion(told), refused(f"bad {spelt}"), Answer(body=f"<p>{spelt}</p>")][asked.count % 3]

    server.take(habit)
    endpoint = Endpoint(f"{server.root}/v1", "m", concurrency=1, retries=0)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "harness.db"
        with Store.open(path) as store:
            completer = RememberingCompleter(
                OpenAICompleter(endpoint), store.oracle_calls.log(None), name="m", reuse=False
            )
            verdicts = [ChatOracle(completer).judge([ITEM])[0] for _ in range(3)]
        kept = "\n".join(str(value) for row in _rows(path) for value in row)
    return _holds(kept) or _holds(repr(verdicts)) or any(_holds(f"{one.reason} {one.raw}") for one in verdicts)


def _rows(path: Path) -> list[tuple[object, ...]]:
    with sqlite3.connect(path) as connection:
        return connection.execute("SELECT * FROM oracle_calls").fetchall()


def _holds(text: str) -> bool:
    """Whether the key stands in a text, read in every way that a reader might."""
    escaped = re.sub(r"\\+[ux]([0-9a-fA-F]{4}|[0-9a-fA-F]{2})", lambda found: chr(int(found[1], 16)), text)
    ways = {text, escaped, urllib.parse.unquote(text), html.unescape(text)}
    bare = {re.sub(r"\\+n|[^!-~\uff01-\uff5e]", "", way) for way in ways}
    narrow = {"".join(chr(ord(one) - 0xFEE0) if ord(one) > 0xFF00 else one for one in way) for way in bare}
    coded = (base64.b64encode(KEY.encode()).decode()[:-4], base64.b64encode(f"user:{KEY}".encode()).decode()[8:-4])
    return any(
        KEY in way.replace("|", "")
        or KEY.upper() in way
        or KEY.encode().hex() in way
        or any(one in way for one in coded)
        for way in narrow | ways
    )
