"""transformers in this process as the generator: the kind `transformers`."""

from __future__ import annotations

from typing import ClassVar, Literal

from iteralign.generation.generator import Generator, Subject
from iteralign.generation.kinds import GeneratorKind


class TransformersKind(GeneratorKind):
    """The network that was loaded writes. It has no settings of its own: batches are bounded by `model.batch_size`."""

    own_network: ClassVar[bool] = True

    kind: Literal["transformers"] = "transformers"

    def build(self, subject: Subject) -> Generator:
        from iteralign.generation.in_process import TransformersGenerator  # with torch

        return TransformersGenerator(subject)
