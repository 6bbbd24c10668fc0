"""Settings of what there are several kinds of, each kind with its own settings and its own way of being built.

A base class declares what all kinds have, `kind` among it, and names the registry; a subclass for each kind narrows
`kind` to its name and adds its settings. A configuration holds the base class, and the kind decides which it becomes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from iteralign.core.registry import Registry
from iteralign.core.settings import Settings


class KindSettings(Settings):
    """The base of such base classes.

    `refused_elsewhere` says, for settings of a kind, what is wrong where they are given and another kind was chosen: a
    sentence in which {key} and {kind} stand for them. Its other settings are then left aside. `argument` is the setting
    that may follow the kind after a colon, as in `hf:DIR`.
    """

    refused_elsewhere: ClassVar[Mapping[str, str]] = {}
    argument: ClassVar[str] = ""

    kind: str

    @classmethod
    def registry(cls) -> Registry[type[KindSettings]]:
        """Where the kinds are found by name."""
        raise NotImplementedError

    @classmethod
    def is_base(cls) -> bool:
        """Whether it stands for all kinds, and is none itself."""
        return cls.model_fields["kind"].annotation is str
