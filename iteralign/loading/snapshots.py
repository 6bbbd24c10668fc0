"""The files of a folder as they were when it was loaded, so that a later change of them is noticed."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path

from harness_base.errors import ModelError

_READ_AT_LOAD = (
    *("*.safetensors", "*.safetensors.index.json", "config.json", "config.*.json", "generation_config.json"),
    *("adapter_config.json", "adapter_model.bin"),
    *("tokenizer*.json", "special_tokens_map.json", "added_tokens.json", "chat_template.json", "chat_template.jinja"),
    *("vocab*.json", "merges.txt", "vocab.txt", "tekken.json", "*.model", "tokenizer.model.*", "*.tiktoken", "*.spm"),
    *("bpe.codes", "dict.txt", "emoji.json", "byte_maps.json", "entity_vocab.json", "normalizer.json"),
)
"""What transformers and peft look for in a model or adapter folder, by name. A README is not among it."""
_TEMPLATES = "additional_chat_templates"
_SETTLED_AFTER_NS = 2 * 10**9
"""A file that was written this shortly before it was looked at may be written once more under the same time."""
_READ_AT_ONCE = 4


@dataclass(frozen=True)
class _Seen:
    """One file: what the file system says of it, its content, and when it was looked at, in ns."""

    stat: tuple[int, int, int, int]
    sha256: str
    at: int

    @property
    def is_settled(self) -> bool:
        return self.at - max(self.stat[2:]) > _SETTLED_AFTER_NS


class Snapshot:
    """What a folder holds of the files that are read at load.

    Made before anything is loaded, which costs nothing; `fix` it when all is loaded; `check` it at each later use.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._before = {name: _stat(folder / name) for name in _names(folder)}
        self._files: dict[str, _Seen] = {}

    def fix(self) -> Snapshot:
        """Read every such file once. Raises ModelError where one was changed, added or taken away in the meantime."""
        self._check_names(self._before, "while it was being loaded")
        names = sorted(self._before)
        with ThreadPoolExecutor(_READ_AT_ONCE) as pool:
            seen_files = pool.map(_seen, [self.folder / name for name in names])
            self._files = dict(zip(names, seen_files, strict=True))
        for name, seen in self._files.items():
            if seen.stat != self._before[name]:
                raise _changed(self.folder / name, "changed", "while it was being loaded")
        return self

    def check(self) -> None:
        """Raise ModelError, naming the file, where one was changed, added or taken away since `fix`.

        A file is read again only where the file system says that something happened to it.
        """
        self._check_names(self._files, "since it was loaded")
        for name, before in self._files.items():
            path = self.folder / name
            if before.is_settled and _stat(path) == before.stat:
                continue
            self._files[name] = after = _seen(path)
            if after.sha256 != before.sha256:
                raise _changed(path, "changed", "since it was loaded")

    def _check_names(self, names: Collection[str], when: str) -> None:
        """Raise ModelError for a file that came or went."""
        now = _names(self.folder)
        for name in sorted(now ^ set(names)):
            raise _changed(self.folder / name, "added" if name in now else "taken away", when)


def _changed(path: Path, what: str, when: str) -> ModelError:
    return ModelError(
        f"{path} was {what} {when}, so what is measured could no longer be told from what the folder holds: put it "
        "back as it was, or begin anew with the folder as it is now."
    )


def _names(folder: Path) -> set[str]:
    """Of the files that are read at load, as paths inside the folder; none where there is no such folder."""
    if not folder.is_dir():
        return set()
    names = {file.name for file in folder.iterdir() if is_read_at_load(file.name) and file.is_file()}
    return names | {f"{_TEMPLATES}/{file.name}" for file in (folder / _TEMPLATES).glob("*.jinja")}


def is_read_at_load(name: str) -> bool:
    """Whether transformers or peft look for a file of that name, as a path inside the folder, when they load one."""
    folder, _, file = name.rpartition("/")
    if folder:
        return folder == _TEMPLATES and file.endswith(".jinja")
    return any(fnmatch(name, pattern) for pattern in _READ_AT_LOAD)


def _seen(path: Path) -> _Seen:
    try:
        at, stat = time.time_ns(), _stat(path)
        with path.open("rb") as content:
            return _Seen(stat, hashlib.file_digest(content, "sha256").hexdigest(), at)
    except OSError as error:
        raise ModelError(f"{path} can't be read ({error.strerror}); check the file and its rights.") from error


def _stat(path: Path) -> tuple[int, int, int, int]:
    try:
        stat = path.stat()
    except OSError as error:
        raise ModelError(f"{path} can't be read ({error.strerror}); check the file and its rights.") from error
    return stat.st_ino, stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns
