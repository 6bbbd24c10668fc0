"""A local model as the oracle: the kind `hf`, built from a folder or a model on the hub."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from harness_base.errors import ConfigError
from iteralign.core.protocols import JudgingOracle, Oracle
from iteralign.loading.references import ModelName, short_name
from iteralign.oracle.kinds import MAX_PROPOSED, OracleKind
from iteralign.oracle.remembering import CallLog
from iteralign.oracle.requests import REQUEST_VERSION

_TOGETHER = (
    "oracle.kind hf and oracle.path belong together: write --oracle hf:DIR or hf:ORG/NAME, or leave oracle.path out."
)


class HuggingFaceKind(OracleKind):
    """A causal language model that is asked with the prompt, by how likely it finds the labels."""

    repeatable: ClassVar[bool] = True
    argument: ClassVar[str] = "path"
    principles_a_group: ClassVar[int] = 1
    refused_elsewhere: ClassVar[Mapping[str, str]] = {"path": _TOGETHER}

    kind: Literal["hf"] = "hf"
    path: Annotated[Path | None, ModelName()] = Field(
        None, description="folder, or name on the hub, of the local model that judges (`--oracle hf:DIR`)"
    )

    def check(self) -> None:
        if self.path is None:
            raise ConfigError(_TOGETHER)

    def label(self) -> str:
        return str(self.path)

    def judge_name(self, oracle: Oracle) -> str:
        from iteralign.oracle.local import LocalOracle  # with torch, which a configuration does without

        assert isinstance(oracle, LocalOracle)  # `build` makes no other
        # By what was loaded, once: another model in the same folder is another judge, and one that changes is none.
        return f"{short_name(str(self.path))} {oracle.content_hash()}, prompt {REQUEST_VERSION}"

    def max_wordings(self) -> int:
        from iteralign.oracle.label_words import WORDINGS  # with torch too

        return len(WORDINGS)

    def build(self, call_log: CallLog | None = None, *, max_principles: int = MAX_PROPOSED) -> JudgingOracle:
        from iteralign.oracle.local import LocalOracle

        if self.judge_sees != "prompt_and_answer":
            raise ConfigError(
                "oracle.judge_sees answer needs an oracle that chats: a local one is asked with the prompt."
            )
        return LocalOracle.load(Path(self.path or ""), max_principles=max_principles)
