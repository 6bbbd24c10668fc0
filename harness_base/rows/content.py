"""From a file to its bytes, and from bytes to text: compression, encodings, and what is no text at all."""

from __future__ import annotations

import bz2
import codecs
import gzip
import lzma
import re
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path

from harness_base.errors import DataError
from harness_base.rows.source import Source

LINE_END = re.compile(r"\r\n|\n|\r")
"""The ends of lines. Not `splitlines`: it also breaks at separators that may stand inside a text."""

_UTF_16_SHARE = 0.4
"""Of the bytes at even or odd places, how many are NUL at least in UTF-16 that holds mostly Latin letters."""


def _zstd(content: bytes) -> bytes:
    import pyarrow as pa

    with pa.input_stream(pa.BufferReader(content), compression="zstd") as stream:
        return bytes(stream.read())


_UNPACK: Mapping[str, Callable[[bytes], bytes]] = {
    ".gz": gzip.decompress,
    ".bz2": bz2.decompress,
    ".xz": lzma.decompress,
    ".zst": _zstd,
}
_PACKED_AS: Mapping[str, str] = {".gz": "gzip", ".bz2": "bzip2", ".xz": "xz", ".zst": "Zstandard"}

# The longer marks first: UTF-32's begins with UTF-16's.
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def form_of(path: Path) -> str:
    """The ending that says a file's form, in lower case: of `a.csv.gz` it is `.csv`."""
    endings = [ending.lower() for ending in path.suffixes]
    return endings[-2] if len(endings) > 1 and endings[-1] in _UNPACK else path.suffix.lower()


def unpacked(path: Path, name: str) -> bytes:
    """A file's content, not compressed. Raises DataError when it can't be read, or is no whole compressed file."""
    ending = path.suffix.lower()
    try:
        content = path.read_bytes()
    except OSError as error:
        raise DataError(f"{name} can't be read: {error.strerror or error}.") from None
    if ending not in _UNPACK:
        return content
    try:
        return _UNPACK[ending](content)
    except (EOFError, OSError, ValueError, zlib.error, lzma.LZMAError) as error:
        detail = str(error).splitlines()[0][:120]
        raise DataError(f"{name} is no whole {_PACKED_AS[ending]} file ({detail}): it may be truncated.") from None


def decode(source: Source) -> str:
    """The text of a file in UTF-8, or in UTF-16 or UTF-32 as spreadsheets save it. Raises DataError."""
    encoding = _encoding(source.content)
    try:
        text = source.content.decode(encoding).removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        line = source.content[: error.start].count(b"\n") + 1
        shown = encoding.upper().removesuffix("-LE").removesuffix("-BE")
        raise DataError(f"{source.name} is not {shown} at line {line}: save it as UTF-8.") from None
    if "\0" in text:
        line = text[: text.index("\0")].count("\n") + 1
        raise DataError(f"{source.name} is not text: there is a NUL character in line {line}.")
    return text


def _encoding(content: bytes) -> str:
    marked = next((encoding for mark, encoding in _MARKS if content.startswith(mark)), None)
    if marked:
        return marked
    sample = content[:2000]
    for first, encoding in ((0, "utf-16-be"), (1, "utf-16-le")):
        if sample[first::2].count(0) > _UTF_16_SHARE * len(sample[first::2]) and 0 not in sample[1 - first :: 2]:
            return encoding
    return "utf-8"


def decode_lines(source: Source) -> str:
    """The same for a form that any text has: what a download leaves where the file itself did not come is none.

    Raises DataError.
    """
    text, name = decode(source), source.name
    start = text[:200].lstrip().lower()
    if start.startswith(("<!doctype html", "<html")):
        raise DataError(f"{name} is a web page from line 1 on, and not the file itself: download it again.")
    if start.startswith("version https://git-lfs"):
        raise DataError(f"{name} holds only Git LFS's pointer in line 1: fetch the file itself with `git lfs pull`.")
    return text
