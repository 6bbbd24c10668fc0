"""Fetching a model from the Hugging Face hub: one commit, of its files only what is read, into the hub's own cache.

`huggingface_hub` does it, so HF_HOME, HF_TOKEN and HF_ENDPOINT are honoured, and what other programs have fetched is
not fetched again. Weights that are pickles are never downloaded.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
from huggingface_hub import HfApi, constants, get_cached_repo_tree, snapshot_download
from huggingface_hub.errors import (
    CachedRepoTreeNotFoundError,
    GatedRepoError,
    HfHubHTTPError,
    HFValidationError,
    LocalEntryNotFoundError,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)
from huggingface_hub.utils.tqdm import tqdm

from harness_base.errors import FetchError, ModelError
from harness_base.text import first_line
from iteralign.core.protocols import Advance, Stages
from iteralign.loading.folders import INDEX, WEIGHTS
from iteralign.loading.references import GGUF, HubName
from iteralign.loading.snapshots import is_read_at_load

_TIMEOUT_S = 20
_MEGABYTE = 1_000_000
_PICKLES = (".bin", ".pt", ".pth", ".ckpt")
_DOWNLOAD_BAR = "huggingface_hub.snapshot_download"
"""What huggingface_hub calls its bar of the bytes that are written."""
_FAILURES = (httpx2.HTTPError, OSError)
"""What is raised where the hub can't be had; its own errors, and offline mode's, are of the latter kind."""


@dataclass(frozen=True)
class Fetched:
    """A model's commit and the folder of its files. `offline` says why the hub was not asked, where it could not be."""

    commit: str
    folder: Path
    offline: str = ""


def fetch(name: HubName, stages: Stages) -> Fetched:
    """The files of a model on the hub. A commit that the cache holds is taken from there, and nobody is asked.

    Without a network it is the commit at which the revision stood when it was last asked for. Raises ModelError for a
    name that the hub refuses or that is no model which can be loaded, FetchError where it can't be had now.
    """
    if name.is_commit and (folder := _cached(name)):
        return Fetched(name.revision, folder)
    try:
        return _download(name, stages)
    except (HFValidationError, *_FAILURES) as error:
        if refusal := _refusal(name, error):
            raise ModelError(refusal) from error
        reason = first_line(error)
        if folder := _cached(name):
            return Fetched(folder.name, folder, reason)
        raise FetchError(
            f"{name} is no folder here, and can't be fetched from the hub ({reason.rstrip('.')}): run `harness model "
            f"fetch {name}` where there is a network, with the same HF_HOME, or give a folder."
        ) from error


def _download(name: HubName, stages: Stages) -> Fetched:
    """Ask for the commit and its list of files, and fetch what the cache lacks of those that are read."""
    revision = name.revision or constants.DEFAULT_REVISION
    known = HfApi().model_info(name.repo, revision=revision, files_metadata=True, timeout=_TIMEOUT_S)
    sizes = {file.rfilename: file.size or 0 for file in known.siblings or ()}
    _check(name, sizes)
    files = wanted(sizes)
    megabytes = -(-sum(sizes[file] for file in files) // _MEGABYTE)
    bar = _bar(stages(f"fetching {name} from the hub, in MB", megabytes))
    # By the revision and not by the commit: the cache then knows where the branch stood, for a day without a network.
    folder = Path(snapshot_download(name.repo, revision=revision, allow_patterns=files, tqdm_class=bar))
    return Fetched(folder.name, folder)


def _cached(name: HubName) -> Path | None:
    """The folder in the cache, where all is there that is read of that revision."""
    revision = name.revision or constants.DEFAULT_REVISION
    try:
        files = wanted(file.path for file in get_cached_repo_tree(name.repo, revision=revision))
    except CachedRepoTreeNotFoundError:
        files = []  # an older client left no list, and so nobody can say that something is missing
    try:
        return Path(
            snapshot_download(name.repo, revision=revision, allow_patterns=files or None, local_files_only=True)
        )
    except LocalEntryNotFoundError:
        return None


def wanted(files: Iterable[str]) -> list[str]:
    """Of a repository's files those that are read when a model is loaded; of weights that are there twice, one."""
    read = {file for file in files if is_read_at_load(file) and not file.endswith(_PICKLES)}
    if WEIGHTS in read:
        return sorted(file for file in read if file == WEIGHTS or not _is_weights(file))
    return sorted(file for file in read if not file.startswith("consolidated"))


def _is_weights(file: str) -> bool:
    return file.endswith(".safetensors") or file == INDEX


def _check(name: HubName, files: Iterable[str]) -> None:
    """Raise ModelError for a repository that holds no model that can be loaded, before anything is downloaded."""
    names = set(files)
    if "config.json" in names and any(_is_weights(file) for file in wanted(names)):
        return
    if gguf := sorted(file for file in names if file.endswith(GGUF)):
        raise ModelError(
            f"{name} holds its weights as GGUF: fetch one file (`hf download {name.repo} {gguf[0]}`), run `harness "
            "model import FILE.gguf --to DIR`, and give DIR."
        )
    if any(file.endswith(_PICKLES) for file in names):
        raise ModelError(
            f"{name} holds its weights as pickles only, which are never read, since a pickle may run code: give a "
            "revision or a model with safetensors."
        )
    lacking = "safetensors weights" if "config.json" in names else "config.json"
    raise ModelError(f"{name} is no causal language model's repository, since it holds no {lacking}; check the name.")


def _refusal(name: HubName, error: Exception) -> str:
    """What the hub has against it, in a sentence; empty where it could not be asked at all."""
    if isinstance(error, GatedRepoError):
        return (
            f"{name.repo} is gated: ask for access at {constants.ENDPOINT}/{name.repo}, and put a token of the account "
            "that has it into HF_TOKEN."
        )
    if isinstance(error, RevisionNotFoundError):
        return f"{name.repo} has no revision {name.revision} on the hub: give a branch, a tag or a commit of it."
    if isinstance(error, RepositoryNotFoundError | HFValidationError):
        return (
            f"{name.repo} is no folder here, and the hub shows no model of that name: check it, or put a token that "
            "may read it into HF_TOKEN."
        )
    if isinstance(error, HfHubHTTPError) and (status := error.response.status_code) in (401, 403):
        return f"The hub refuses {name.repo} (HTTP {status}): put a token that may read it into HF_TOKEN."
    return ""


def _bar(advance: Advance) -> type[Any]:
    """A bar, as huggingface_hub wants it, that shows nothing and says how many megabytes were written."""
    lock, rest = threading.Lock(), [0]

    class Bar(tqdm):
        def __init__(self, *args: Any, **settings: Any) -> None:
            self.counts = settings.get("name") == _DOWNLOAD_BAR
            super().__init__(*args, **{**settings, "disable": True})  # type: ignore[no-untyped-call]  # the class carries no types

        def update(self, n: float | None = 1) -> None:
            if not self.counts:
                return
            with lock:
                whole, rest[0] = divmod(rest[0] + int(n or 0), _MEGABYTE)
                advance(whole)

    return Bar
