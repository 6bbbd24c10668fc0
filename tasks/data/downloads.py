"""Downloading a set's one file, from the hub or the web."""

from __future__ import annotations

from pathlib import Path

import httpx2
from huggingface_hub import get_hf_file_metadata, hf_hub_download, hf_hub_url

from tasks.data.sets import DataSet, Hub, Web

FAILURES = (httpx2.HTTPError, OSError)
"""What is raised where a file can't be had; the hub's own errors are of the latter kind."""
_TIMEOUT_S = 20


def download(dataset: DataSet, aside: Path) -> tuple[Path, str]:
    """The file as its publisher has it, in the folder `aside`, and the revision that it is of.

    Raises one of FAILURES where it can't be had.
    """
    if isinstance(dataset.source, Hub):
        return _from_hub(dataset.source, aside)
    return _from_web(dataset.source, aside), dataset.source.revision


def _from_hub(source: Hub, aside: Path) -> tuple[Path, str]:
    # Asked for first, since a download retries for half a minute before it says that there is no network.
    url = hf_hub_url(source.repo, source.file, repo_type="dataset", revision=source.revision)
    revision = get_hf_file_metadata(url, timeout=_TIMEOUT_S).commit_hash or source.revision
    file = hf_hub_download(source.repo, source.file, repo_type="dataset", revision=revision, cache_dir=aside)
    return Path(file), revision


def _from_web(source: Web, aside: Path) -> Path:
    file = aside / source.url.rpartition("/")[2]
    answer = httpx2.get(source.url, timeout=_TIMEOUT_S, follow_redirects=True).raise_for_status()
    file.write_bytes(answer.content)
    return file
