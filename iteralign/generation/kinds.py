"""What a generator can be: a base class for all kinds, and the table of those that ship with this program.

A new kind is one file with a subclass of `GeneratorKind`, and one line in the table. Another package brings one by an
entry point of the group `iteralign.generators`. Nothing here loads torch, so that a configuration can be checked.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from pydantic import Field

from iteralign.core.kinds import KindSettings, registry_of
from iteralign.core.registry import Registry
from iteralign.generation.generator import Generator, Subject

BuildGenerator = Callable[[Subject], Generator]
"""Makes what writes a model's answers, once the model is loaded; `GeneratorKind.build` is one."""


class GeneratorKind(KindSettings):
    """What writes the model's answers.

    `own_network` says that the answers are those of the network that was loaded, whose identity names them; a kind of
    another package can't say so.
    """

    own_network: ClassVar[bool] = False

    kind: str = Field(
        "transformers",
        description="what writes the model's answers: `transformers`, in this process; or a kind that another package "
        "brings",
    )

    @classmethod
    def registry(cls) -> Registry[type[GeneratorKind]]:
        return GENERATORS

    def writer_name(self) -> str:
        """What tells its answers from the loaded network's own, for a fingerprint; empty where they are those."""
        release = self.registry().release(self.kind)
        if self.own_network and not release:
            return ""
        values = self.model_dump(mode="json", exclude={"kind"})
        named = " ".join([self.kind, *(f"{key}={value!r}" for key, value in sorted(values.items()))])
        return f"{release}: {named}" if release else named

    def build(self, subject: Subject) -> Generator:
        """The generator for a model that was loaded. Raises ConfigError, ModelError or OutsideError."""
        raise NotImplementedError


GENERATORS = registry_of(
    GeneratorKind,
    "generator",
    "iteralign.generators",
    {"transformers": "iteralign.generation.transformers_kind:TransformersKind"},
)


def default_generator() -> GeneratorKind:
    """The generator where none is named."""
    return GENERATORS.load(GeneratorKind.model_fields["kind"].default)()
