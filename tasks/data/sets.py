"""The public data sets behind the real tasks and the red-team prompts: whose they are, where from, what they must hold.

Only files are ever fetched, never a loading script. `sha256` is the content hash (`manifest.content_hash`) of the rows
as the authors published them; it does not depend on the file's form. Where it was measured, and what could not be tried
against the hub, is in docs/data.md.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from harness_base.rows import Reading
from harness_base.types import Fields
from tasks.data import shapes


@dataclass(frozen=True)
class Hub:
    """One file of a data set on the Hugging Face hub.

    `revision` is a commit, or a branch where no commit is known: then the content must be the one that is known.
    `file_sha256` is the file's own hash where somebody published it.
    """

    repo: str
    file: str
    revision: str
    file_sha256: str = ""

    @property
    def is_fixed(self) -> bool:
        """Whether the revision can't come to mean other content."""
        return re.fullmatch(r"[0-9a-f]{40}", self.revision) is not None


@dataclass(frozen=True)
class Web:
    """One file at an address, for sets that the hub does not have."""

    url: str
    revision: str = "main"
    is_fixed: bool = False


@dataclass(frozen=True)
class RedTeamUse:
    """How a set serves as red-team prompts, which it does under its own name.

    `column` holds the prompts. `all_harmful` says that by its authors' word every prompt is harmful. `half_measured`
    says that attack tasks keep one side of its questions to themselves (`tasks.data.split`).
    """

    column: str
    all_harmful: bool = False
    half_measured: bool = False


_PLAIN = Reading("data file")


@dataclass(frozen=True)
class DataSet:
    """One set of rows, all in one shape.

    `file` is where a user's folder has it, `others` where else it may be; `shape` checks a row and brings it into form.
    An empty `sha256` says that nobody has measured what the source holds: the first fetch records it. `red_team` is
    None for a set that only measures.
    """

    name: str
    about: str
    licence: str
    source: Hub | Web
    file: str
    shape: shapes.Shape
    rows: int
    sha256: str
    others: tuple[str, ...] = ()
    reading: Reading = _PLAIN
    red_team: RedTeamUse | None = None

    @property
    def origin(self) -> str:
        """Where the set is fetched from, in words."""
        return f"{self.source.repo} on the hub" if isinstance(self.source, Hub) else self.source.url

    @property
    def kept_as(self) -> str:
        """The file's name in the cache, and a name that any folder may use."""
        return f"{self.name}.jsonl"

    @property
    def layouts(self) -> tuple[str, ...]:
        """The places in a folder where the set is looked for, in order; a copy of the hub's own is among them."""
        hub: tuple[str, ...] = ()
        if isinstance(self.source, Hub):
            repo = self.source.repo
            hub = tuple(
                f"{prefix}{file}"
                for file in (self.source.file, *self.others)
                for prefix in ("", f"{repo.rpartition('/')[2]}/", f"{repo}/")
            )
        return tuple(dict.fromkeys((self.kept_as, self.file, *hub, *self.others)))


def _no_object(_: Fields) -> bool:
    return False


_QUESTIONS = RedTeamUse("question", all_harmful=True, half_measured=True)
_TOPICS = Reading("data file", is_row=_no_object)
_TASK_JSON = Reading("data file", list_key="examples")
_HHH = {
    "helpful": (59, "340676734e664fb6d05745dc37335b6827d63414a4e9aa7bb265086b590d4d74"),
    "honest": (61, "794cafdd107db36e0109eb9342212b622308634a84359a3682c9dcfa7b6f5b8c"),
    "harmless": (58, "e3bae3bf652edbef12fad581abfd4b9117e9beb5e48e3d55d2920b89f4a73754"),
    "other": (43, "4394c1abef080e22e928238cfff9b150450692f6b622946c55ea7a05e0083df9"),
}


def _hhh(part: str, rows: int, sha256: str) -> DataSet:
    return DataSet(
        name=f"hhh_{part}",
        about=f"HHH alignment, {part} (Askell et al. 2021)",
        licence="Apache-2.0",
        source=Hub("HuggingFaceH4/hhh_alignment", f"data/{part}/task.json", "main"),
        file=f"hhh_alignment/{part}.jsonl",
        others=(f"{part}/test/0000.parquet",),
        shape=shapes.hhh,
        rows=rows,
        sha256=sha256,
        reading=_TASK_JSON,
    )


_ALL = (
    DataSet(
        name="truthfulqa",
        about="TruthfulQA, multiple choice (Lin et al. 2022)",
        licence="Apache-2.0",
        source=Hub(
            "truthfulqa/truthful_qa",
            "multiple_choice/validation-00000-of-00001.parquet",
            "741b8276f2d1982aa3d5b832d3ee81ed3b896490",
            file_sha256="23f08e230ca4ed66babf3a72419af7cbde1f3d734dd396ac4cf6d088bd162afd",
        ),
        file="truthfulqa/multiple_choice.jsonl",
        shape=shapes.truthfulqa,
        rows=817,
        sha256="1fdb5ba84c62020111088e7461b7f40061272c10687973fc28d1c4468fe3f9f7",
    ),
    *(_hhh(part, rows, sha256) for part, (rows, sha256) in _HHH.items()),
    DataSet(
        name="xstest",
        about="XSTest, prompts safe and unsafe (Röttger et al. 2024)",
        licence="CC-BY-4.0",
        source=Hub("Paul/XSTest", "xstest_prompts.csv", "main"),
        file="xstest/xstest_prompts.csv",
        shape=shapes.xstest,
        rows=450,
        sha256="29b68317df2fe76444406f3750504be8785652243531a029d9d8ad3ee0a94c67",
    ),
    DataSet(
        name="dangerousqa",
        about="DangerousQA (Shaikh et al. 2023; Bhardwaj and Poria 2023)",
        licence="Apache-2.0",
        source=Web(
            "https://raw.githubusercontent.com/declare-lab/red-instruct/main/harmful_questions/dangerousqa.json"
        ),
        file="red_team/dangerousqa.json",
        shape=shapes.question,
        rows=200,
        sha256="e0856ea7c5efa0ce323e9587ac88d25c3ff46941cbe114cd1395e0537224de3a",
        red_team=_QUESTIONS,
    ),
    DataSet(
        name="harmfulqa",
        about="HarmfulQA (Bhardwaj and Poria 2023)",
        licence="Apache-2.0",
        source=Hub("declare-lab/HarmfulQA", "data_for_hub.json", "6f1a78aed47d16c0695e4595d0159abc38197bfd"),
        file="red_team/harmfulqa.json",
        shape=shapes.question,
        rows=1960,
        sha256="f12ab9b4c11797b99aad288b8212e4055f381e2f79fdfb96cd52edc0fada1c58",
        reading=_TOPICS,
        red_team=_QUESTIONS,
    ),
    DataSet(
        name="hh_rlhf",
        about="red-team attempts of hh-rlhf (Ganguli et al. 2022), for attacking only",
        licence="MIT",
        source=Hub(
            "Anthropic/hh-rlhf",
            "red-team-attempts/red_team_attempts.jsonl.gz",
            "09be8c5bbc57cb3887f3a9732ad6aa7ec602a1fa",
        ),
        file="red_team/red_team_attempts.jsonl.gz",
        shape=shapes.column("transcript"),
        rows=38961,
        sha256="",
        red_team=RedTeamUse("transcript"),
    ),
)

SETS: dict[str, DataSet] = {dataset.name: dataset for dataset in _ALL}
