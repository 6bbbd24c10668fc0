"""What a kind that another package may bring says of itself: its settings, given as JSON, and what makes it of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import TypeVar

from pydantic import ValidationError

from harness_base.errors import ConfigError
from iteralign.core.registry import Registry
from iteralign.core.settings import Settings
from iteralign.core.third_party import failures

Kind = TypeVar("Kind")
Group = TypeVar("Group", bound=Settings)


def kind_settings(kinds: Registry[Kind], name: str, group: type[Group], values: Mapping[str, object]) -> Group:
    """The settings of the kind `name`, whose group they are. Raises ConfigError for one that it can't take.

    The values themselves are not shown: one may be a key that was put in the wrong place.
    """
    try:
        return group.model_validate(dict(values))
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"]) or "its settings"
        raise ConfigError(
            f"{_named(kinds, name)} can't take its setting {key:.60} ({first['msg']:.120}): it has the settings "
            f"{', '.join(group.model_fields) or 'none'}."
        ) from None


def maker(kinds: Registry[Kind], name: str, path: str) -> Callable[..., object]:
    """What makes the kind `name`, by its "module:attribute". Raises ConfigError for another package's that fails."""
    package = kinds.package(name)
    if package is None:
        return _attribute(path)
    with failures(f"{_named(kinds, name)} can't be loaded", f"mend or uninstall {package}", raising=ConfigError):
        return _attribute(path)


def _named(kinds: Registry[Kind], name: str) -> str:
    package = kinds.package(name)
    return f"The {kinds.what} {name} of the package {package}" if package else f"The {kinds.what} {name}"


def _attribute(path: str) -> Callable[..., object]:
    module, _, name = path.partition(":")
    make: Callable[..., object] = getattr(import_module(module), name)
    return make
