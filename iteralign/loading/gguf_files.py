"""What a GGUF file says of itself, read before any weights are: its architecture, its tokenizer, where it came from."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from gguf import GGUFReader, GGUFValueType, ReaderField
from transformers.integrations.gguf.gguf_tokenizer_mapping import GGUF_PRE_TOKENIZER_SPLITS

from harness_base.errors import ModelError
from iteralign.core.protocols import Stages
from iteralign.core.third_party import failures

MAGIC = b"GGUF"
_CHUNK = 16_000_000
_MEGABYTE = 1_000_000
_CUT_OFF = "it may be cut off, so give the whole file"
_KNOWN_SPLITS = frozenset({"", "default", "gpt-2", "gpt2", *GGUF_PRE_TOKENIZER_SPLITS})
"""Rules of splitting texts, before they become tokens, that transformers follows: its own table, and GPT-2's rule."""


@dataclass(frozen=True)
class Header:
    """A file's metadata but for its arrays, the number of its tensors, and the kinds of numbers that they hold."""

    metadata: Mapping[str, str | int | float | bool]
    tensors: int
    formats: tuple[str, ...]

    @property
    def architecture(self) -> str:
        return str(self.metadata.get("general.architecture", ""))

    @property
    def unknown_split(self) -> str:
        """The rule by which its tokenizer splits texts, where transformers does not know it and takes GPT-2's."""
        rule = str(self.metadata.get("tokenizer.ggml.pre", ""))
        return rule if self.metadata.get("tokenizer.ggml.model") == "gpt2" and rule not in _KNOWN_SPLITS else ""


def read_header(file: Path) -> Header:
    """Read it. Raises ModelError for no GGUF, one that is cut off, one of several parts, and one without tokenizer."""
    if not file.is_file():
        raise ModelError(f"There is no file {file}; give a GGUF file.")
    with file.open("rb") as opened:
        if opened.read(len(MAGIC)) != MAGIC:
            raise ModelError(f"{file} is no GGUF file, since it does not begin with {MAGIC.decode()}; give one.")
    with failures(f"{file} can't be read as GGUF", _CUT_OFF):
        reader = GGUFReader(file)
        metadata = {name: value for name, field in reader.fields.items() if (value := _plain(field)) is not None}
        formats = sorted({tensor.tensor_type.name for tensor in reader.tensors})
        arrays = {name for name, field in reader.fields.items() if field.types[:1] == [GGUFValueType.ARRAY]}
    header = Header(metadata, len(reader.tensors), tuple(formats))
    _check(file, header, arrays)
    return header


def _plain(field: ReaderField) -> str | int | float | bool | None:
    """A single value; an array, such as a vocabulary, is None."""
    if field.types[:1] == [GGUFValueType.ARRAY]:
        return None
    value: str | int | float | bool = field.contents()
    return value


def _check(file: Path, header: Header, arrays: set[str]) -> None:
    parts = header.metadata.get("split.count", 1)
    if isinstance(parts, int) and parts > 1:
        raise ModelError(f"{file} is one of {parts} parts: join them (`llama-gguf-split --merge`), and give the whole.")
    if not header.architecture or not header.tensors:
        raise ModelError(f"{file} holds no model: it names no architecture, or has no weights; give a model's file.")
    if "tokenizer.ggml.model" not in header.metadata or "tokenizer.ggml.tokens" not in arrays:
        raise ModelError(f"{file} holds no tokenizer, without which its model can't be asked; give a file with one.")


def sha256(file: Path, stages: Stages) -> str:
    """The hash of a file's content, with progress in megabytes."""
    advance = stages(f"hashing {file.name}, in MB", -(-file.stat().st_size // _MEGABYTE))
    digest, rest = hashlib.sha256(), 0
    with file.open("rb") as opened:
        while chunk := opened.read(_CHUNK):
            digest.update(chunk)
            whole, rest = divmod(rest + len(chunk), _MEGABYTE)
            advance(whole)
    advance(1 if rest else 0)
    return digest.hexdigest()
