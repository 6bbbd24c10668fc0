"""Reading the size of a picture."""

from __future__ import annotations

import struct


def size(png: bytes) -> tuple[int, int]:
    """Width and height of a whole PNG file, in pixels."""
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    assert png.endswith(b"IEND\xaeB`\x82")
    width, height = struct.unpack(">II", png[16:24])
    return width, height
