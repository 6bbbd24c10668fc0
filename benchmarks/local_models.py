"""What the Hugging Face hub answers of models, as far as huggingface_hub asks: commits, lists of files, and files.

Weights come by way of a redirection, as from the hub's own store of large files.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

_API = re.compile(r"/api/models/(?P<repo>[^/]+/[^/]+)(?:/(?P<what>revision|tree)/(?P<revision>[^/]+)/?)?")
_FILE = re.compile(r"/(?P<repo>[^/]+/[^/]+)/resolve/(?P<revision>[^/]+)/(?P<file>.+)")
_LARGE = re.compile(r"/large/(?P<repo>[^/]+/[^/]+)/(?P<revision>[^/]+)/(?P<file>.+)")


@dataclass(frozen=True)
class ModelRepo:
    """A model's commits with the folder of each one's files; main stands at the last."""

    commits: Mapping[str, Path]
    gated: bool = False

    def at(self, revision: str) -> str | None:
        """The commit of a revision."""
        return list(self.commits)[-1] if revision == "main" else revision if revision in self.commits else None


@dataclass(frozen=True)
class Answer:
    """An answer of HTTP."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


def not_found() -> Answer:
    """What the hub answers of a model that it has not, or shows to others only."""
    return Answer(401, headers={"X-Error-Code": "RepoNotFound"})


def answer(models: Mapping[str, ModelRepo], path: str, url: str, *, may_read: bool) -> Answer | None:
    """The answer for a path; None where it is of no model that there is. `may_read` opens the gated ones."""
    asked = _API.fullmatch(path) or _LARGE.fullmatch(path) or _FILE.fullmatch(path)
    repo = models.get(asked["repo"]) if asked else None
    if asked is None or repo is None:
        return None
    commit = repo.at(asked["revision"] or "main")
    if commit is None:
        return Answer(404, headers={"X-Error-Code": "RevisionNotFound"})
    if asked.re is _API:
        return _listing(asked["repo"], repo, commit, tree=asked["what"] == "tree")
    if repo.gated and not may_read:
        return Answer(403, headers={"X-Error-Code": "GatedRepo"})
    file = repo.commits[commit] / asked["file"]
    if not file.is_file():
        return Answer(404, headers={"X-Error-Code": "EntryNotFound", "X-Repo-Commit": commit})
    if asked.re is _FILE and file.suffix == ".safetensors":
        return _elsewhere(file, commit, f"{url}/large/{asked['repo']}/{commit}/{asked['file']}")
    headers = {"ETag": f'"{_sha256(file, file.stat().st_mtime_ns)}"', "X-Repo-Commit": commit}
    return Answer(200, file.read_bytes(), headers)


def _elsewhere(file: Path, commit: str, where: str) -> Answer:
    etag = _sha256(file, file.stat().st_mtime_ns)
    linked = {"X-Linked-Etag": f'"{etag}"', "X-Linked-Size": str(file.stat().st_size)}
    return Answer(302, headers={"Location": where, "X-Repo-Commit": commit, **linked})


def _listing(name: str, repo: ModelRepo, commit: str, *, tree: bool) -> Answer:
    """What the hub knows of a model, or the list of its files."""
    folder = repo.commits[commit]
    files = {str(file.relative_to(folder)): file for file in sorted(folder.rglob("*")) if file.is_file()}
    content: object
    if tree:
        content = [
            {"type": "file", "path": path, "size": file.stat().st_size, "oid": hashlib.sha1(path.encode()).hexdigest()}
            for path, file in files.items()
        ]
    else:
        siblings = [{"rfilename": path, "size": file.stat().st_size} for path, file in files.items()]
        about = {"id": name, "modelId": name, "private": False, "gated": "auto" if repo.gated else False}
        content = {**about, "sha": commit, "siblings": siblings, "tags": [], "downloads": 0, "likes": 0}
    return Answer(200, json.dumps(content).encode(), {"Content-Type": "application/json"})


@lru_cache
def _sha256(file: Path, _changed_ns: int) -> str:
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()
