"""The Hugging Face hub on this machine: enough of its protocol to fetch data sets and models without a network.

    write_copies(Path("shared/data"), folder)
    with LocalHub(folder) as hub:
        subprocess.run([...], env=hub.environment(os.environ))

`LocalHub` serves the files below `folder/ORG/NAME` as the hub serves those of a data set, and the folders that were
published with `hub.publish("ORG/NAME", folder)` as those of a model (see `benchmarks.local_models`). `write_copies`
fills such a folder with the sets of `tasks.data.sets`, each in the form of its hub repository, from files in the
authors' form.
"""

from __future__ import annotations

import csv
import gzip
import hashlib
import json
import re
import shutil
import threading
from collections.abc import Callable, Iterable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Self
from urllib.parse import unquote, urlsplit

from benchmarks.local_models import Answer, ModelRepo, answer, not_found
from tasks.data.sets import SETS, Hub

COMMIT = "5ca1ab1e" * 5
"""The commit that every branch stands at; a revision that is a commit is answered with itself."""

DANGEROUSQA = "declare-lab/red-instruct/harmful_questions/dangerousqa.json"
"""Where the copies have the one set that the real hub lacks."""

_PATH = re.compile(r"/datasets/(?P<repo>[^/]+/[^/]+)/resolve/(?P<revision>[^/]+)/(?P<file>.+)")
_FORM = ("question", "mc1_targets", "mc2_targets")


class LocalHub(ThreadingHTTPServer):
    """A hub on a free port of the loopback, from `with` to its end.

    `half_way` makes every download stop in the middle for as long as the hub is up: `half_sent` says when one has.
    """

    daemon_threads = True

    def __init__(self, folder: Path, *, half_way: bool = False) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.folder = folder
        self.half_way = half_way
        self.half_sent = threading.Event()
        self.closing = threading.Event()
        self.models: dict[str, ModelRepo] = {}
        self.token = ""
        self.requests: list[str] = []

    def publish(self, repo: str, folder: Path, *, commit: str = COMMIT, gated: bool = False) -> None:
        """Have the main branch of a model stand at `commit`, whose files are those in `folder`; earlier ones remain.

        The files of a `gated` one are for those alone who send the hub's `token`.
        """
        known = self.models.get(repo, ModelRepo({}))
        self.models[repo] = ModelRepo({**known.commits, commit: folder}, gated)

    def __enter__(self) -> Self:
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return self

    def __exit__(self, *args: object) -> None:
        self.closing.set()
        self.shutdown()
        self.server_close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def address(self, repo_file: str) -> str:
        """The plain address of a file "ORG/NAME/FILE"."""
        organisation, name, file = repo_file.split("/", 2)
        return f"{self.url}/datasets/{organisation}/{name}/resolve/main/{file}"

    def environment(self, environ: Mapping[str, str]) -> dict[str, str]:
        """The environment for a process that shall take this for the hub; huggingface_hub reads it when imported."""
        here = {"HF_ENDPOINT": self.url, "HF_HUB_OFFLINE": "0", "NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1"}
        return {**environ, **here}


class _Handler(BaseHTTPRequestHandler):
    """Answers as the hub does, as far as huggingface_hub looks at it."""

    server: LocalHub

    def do_HEAD(self) -> None:
        self._answer()

    def do_GET(self) -> None:
        if content := self._answer():
            self._send(content)

    def _answer(self) -> bytes:
        """Send the head of the answer and give back what its body is; empty where there is none."""
        self.server.requests.append(f"{self.command} {self.path}")
        if not self.path.startswith("/datasets/"):
            return self._answer_model()
        asked = _PATH.fullmatch(unquote(urlsplit(self.path).path))
        repo = (self.server.folder / asked["repo"]).resolve() if asked else None
        if asked is None or repo is None or not repo.is_dir():
            return self._refuse("RepoNotFound")
        commit = asked["revision"] if re.fullmatch(r"[0-9a-f]{40}", asked["revision"]) else COMMIT
        file = (repo / asked["file"]).resolve()
        if not file.is_relative_to(repo) or not file.is_file():
            return self._refuse("EntryNotFound", commit)
        content = file.read_bytes()
        etag = f'"{hashlib.sha256(content).hexdigest()}"'
        self._head(200, {"ETag": etag, "X-Repo-Commit": commit, "Content-Length": str(len(content))})
        return content

    def _answer_model(self) -> bytes:
        path, token = unquote(urlsplit(self.path).path), self.headers.get("Authorization", "").removeprefix("Bearer ")
        knows = bool(self.server.token) and token == self.server.token
        given: Answer = answer(self.server.models, path, self.server.url, may_read=knows) or not_found()
        self._head(given.status, {"Content-Length": str(len(given.body)), **given.headers})
        return given.body if self.command == "GET" else b""

    def _refuse(self, code: str, commit: str = "") -> bytes:
        self._head(404, {"X-Error-Code": code, "Content-Length": "0", **({"X-Repo-Commit": commit} if commit else {})})
        return b""

    def _head(self, status: int, headers: Mapping[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()

    def _send(self, content: bytes) -> None:
        if self.server.half_way:
            self.wfile.write(content[: len(content) // 2])
            self.server.half_sent.set()
            self.server.closing.wait()
        else:
            self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - http.server's name
        """Nobody reads a log here."""


def write_copies(data: Path, folder: Path) -> None:
    """Write every set of `data` (see its README.md for the files) below `folder` as its repository on the hub has it.

    hh-rlhf's attempts are not among them; a few made-up ones stand in.
    """
    for name, write in _WRITERS.items():
        dataset = SETS[name]
        place = f"{dataset.source.repo}/{dataset.source.file}" if isinstance(dataset.source, Hub) else DANGEROUSQA
        (folder / place).parent.mkdir(parents=True, exist_ok=True)
        write(data / dataset.file, folder / place)


def _truthfulqa(origin: Path, copy: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    pq.write_table(pa.Table.from_pylist([{key: row[key] for key in _FORM} for row in _jsonl(origin)]), copy)


def _hhh(origin: Path, copy: Path) -> None:
    """BIG-bench's form: each choice with its label, below the task's name and description."""
    examples = [
        {
            "input": row["input"],
            "target_scores": dict(zip(row["targets"]["choices"], row["targets"]["labels"], strict=True)),
        }
        for row in _jsonl(origin)
    ]
    task = {"name": f"hhh_alignment_{origin.stem}", "metrics": ["multiple_choice_grade"], "examples": examples}
    copy.write_text(json.dumps(task), encoding="utf-8")


def _xstest(origin: Path, copy: Path) -> None:
    with origin.open(encoding="utf-8", newline="") as lines, copy.open("w", encoding="utf-8", newline="") as out:
        csv.writer(out).writerows(csv.reader(lines))


def _harmfulqa(origin: Path, copy: Path) -> None:
    """A list of objects, with the conversations that the hub's file has beside each question."""
    topics: dict[str, dict[str, list[str]]] = json.loads(origin.read_text(encoding="utf-8"))
    rows = (
        {"topic": topic, "subtopic": subtopic, "question": question}
        for topic, subtopics in topics.items()
        for subtopic, questions in subtopics.items()
        for question in questions
    )
    numbered = [
        {"id": number, **row, "blue_conversations": {}, "red_conversations": {}} for number, row in enumerate(rows, 1)
    ]
    copy.write_text(json.dumps(numbered), encoding="utf-8")


def _hh_rlhf(_: Path, copy: Path) -> None:
    """One JSON list despite the name, as on the hub."""
    questions = ("How do I move a gnome at night?", "Which fence is the lowest?", "Who reads others' post?")
    answers = "\n\nAssistant: I would rather not.\n\nHuman: Please?\n\nAssistant: No."
    attempts = [{"transcript": f"\n\nHuman: {asked}{answers}", "rating": 1.0, "tags": None} for asked in questions]
    copy.write_bytes(gzip.compress(json.dumps(attempts, indent=1).encode(), mtime=0))


def _jsonl(path: Path) -> Iterable[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n") if line.strip()]


def _same(origin: Path, copy: Path) -> None:
    shutil.copyfile(origin, copy)


_WRITERS: Mapping[str, Callable[[Path, Path], None]] = {
    "truthfulqa": _truthfulqa,
    **{f"hhh_{part}": _hhh for part in ("helpful", "honest", "harmless", "other")},
    "xstest": _xstest,
    "dangerousqa": _same,
    "harmfulqa": _harmfulqa,
    "hh_rlhf": _hh_rlhf,
}
