"""The address of an oracle, however it was pasted."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import SplitResult, parse_qsl, urlsplit

from harness_base.text import visible

_HOST = re.compile(r"[A-Za-z0-9._:%-]+")
_AZURE = (".azure.com", ".azure-api.net", ".azure.us", ".azure.cn")
_VERSION = "api-version"
_VERSION_FORM = re.compile(r"[A-Za-z0-9._-]{1,40}")
_CHAT = re.compile(r"/+chat/completions/*$", re.IGNORECASE)


@dataclass(frozen=True)
class Address:
    """`base` ends before `/chat/completions`; `query` is what every request carries."""

    base: str
    host: str
    path: str
    query: dict[str, str]

    @property
    def is_azure(self) -> bool:
        """Whether Azure's own service is there, which takes the key in a header of its own."""
        return self.host.endswith(_AZURE)


def tidy(url: str) -> str:
    """The address without what can't be seen round it, and without the path that requests add."""
    address, mark, query = visible(url).strip().partition("?")
    return _CHAT.sub("", address).rstrip("/") + mark + query


def problem(url: str, *, any_query: bool = False) -> str:
    """What is wrong with a tidy address that is stored and shown, or "". Says nothing of what the address holds."""
    try:
        parts = _split(url)
    except ValueError:
        return "must be a URL that starts with http:// or https://"
    if parts.scheme not in ("http", "https") or not _HOST.fullmatch(parts.hostname or ""):
        return "must be a URL that starts with http:// or https://"
    if "@" in parts.netloc:
        return "must not hold a user name or password: it is written to the store"
    if "#" in url or ";" in url:
        return "must not hold anything behind # or ; : it is written to the store"
    queries = parse_qsl(parts.query, keep_blank_values=True)
    if (
        parts.query
        and not any_query
        and not all(name == _VERSION and _VERSION_FORM.fullmatch(value) for name, value in queries)
    ):
        return f"must not hold a query but {_VERSION}=…: it is written to the store"
    return ""


def address(url: str, model: str) -> Address:
    """Take apart a tidy address that has no problem. Azure's is completed with the deployment where it names none."""
    parts = _split(url)
    path = parts.path
    query = dict(parse_qsl(parts.query))
    if _VERSION in query and (parts.hostname or "").endswith(_AZURE) and path in ("", "/openai"):
        path = f"/openai/deployments/{model}"
    host = parts.netloc.rpartition("@")[2]
    return Address(f"{parts.scheme}://{host}{path}", parts.hostname or "", path, query)


def _split(url: str) -> SplitResult:
    parts = urlsplit(url)
    _ = parts.port  # a port out of range shows only when it is asked for
    return parts
