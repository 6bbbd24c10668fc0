"""Names of contents."""

from __future__ import annotations

import hashlib


def content_id(*parts: str) -> str:
    """Name a text by its content: the first 16 hex digits of a SHA-256 over `parts`."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(part.encode("utf-8", "surrogatepass") + b"\0")
    return digest.hexdigest()[:16]
