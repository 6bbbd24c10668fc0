"""Settings of what there are several kinds of, each kind with its own settings and its own way of being built.

A base class declares what all kinds have, `kind` among it, and names the registry; a subclass for each kind narrows
`kind` to its name and adds its settings. A configuration holds the base class, and the kind decides which it becomes.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import ClassVar, TypeGuard, TypeVar

from harness_base.errors import ConfigError
from iteralign.core.registry import Registry
from iteralign.core.settings import Settings
from iteralign.core.third_party import failures


class KindSettings(Settings):
    """The base of such base classes.

    `refused_elsewhere` says, for settings of a kind, what is wrong where they are given and another kind was chosen: a
    sentence in which {key} and {kind} stand for them. Its other settings are then left aside. `argument` is the setting
    that may follow the kind after a colon, as in `hf:DIR`. `changeable` are settings that may be changed when a run
    goes on, since they only bound how far it may go.
    """

    refused_elsewhere: ClassVar[Mapping[str, str]] = {}
    argument: ClassVar[str] = ""
    changeable: ClassVar[tuple[str, ...]] = ()

    kind: str

    @classmethod
    def registry(cls) -> Registry[type[KindSettings]]:
        """Where the kinds are found by name."""
        raise NotImplementedError

    @classmethod
    def is_base(cls) -> bool:
        """Whether it stands for all kinds, and is none itself."""
        return cls.model_fields["kind"].annotation is str

    def building(self) -> AbstractContextManager[None]:
        """Inside, where it is built, any failure of another package's kind is a ConfigError with the package's name."""
        package = self.registry().package(self.kind)
        if package is None:
            return nullcontext()
        what = f"The {self.registry().what} {self.kind} of the package {package} can't be built"
        return failures(what, f"mend or uninstall {package}", raising=ConfigError)


Kind = TypeVar("Kind", bound=KindSettings)


def registry_of(base: type[Kind], what: str, group: str, own: Mapping[str, str | type[Kind]]) -> Registry[type[Kind]]:
    """Where the kinds of `base` are found: this program's `own`, and those of entry points; see `Registry`."""

    def is_kind(kind: object) -> TypeGuard[type[Kind]]:
        return isinstance(kind, type) and issubclass(kind, base) and not kind.is_base()

    return Registry(what, group, own, is_kind)
