"""Kinds by name: this program's own, listed in one table, and those that other packages bring by an entry point.

A kind is named as "module:attribute" and imported when somebody asks for it, so that a table costs nothing to read and
may name what stands in a higher folder. Another package brings one by an entry point of the registry's group:

    [project.entry-points."iteralign.oracles"]
    acme = "acme_judges:AcmeOracle"
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from importlib.metadata import EntryPoint, EntryPoints, entry_points
from typing import Any, Generic, TypeGuard, TypeVar

from harness_base.errors import ConfigError
from iteralign.core.third_party import failures

Kind_co = TypeVar("Kind_co", covariant=True)


@dataclass(frozen=True)
class Registry(Generic[Kind_co]):
    """The kinds of one thing.

    `what` is what messages call one of them ("oracle"), `group` the group of entry points, `own` this program's table
    from name to "module:attribute", or to the kind itself where it is at hand. `is_kind` says whether what an entry
    point names is such a kind.
    """

    what: str
    group: str
    own: Mapping[str, str | Kind_co]
    is_kind: Callable[[object], TypeGuard[Kind_co]]

    def names(self) -> tuple[str, ...]:
        """The names of all kinds: this program's in the order of its table, then those of other packages, sorted."""
        return (*self.own, *sorted({point.name for point in self._entry_points()} - set(self.own)))

    def package(self, name: str) -> str | None:
        """The package that brings the kind; None for this program's own, and for a name that nobody has."""
        if name in self.own:
            return None
        return next((_package(point) for point in self._entry_points() if point.name == name), None)

    def release(self, name: str) -> str:
        """The package that brings the kind, with its version; empty for this program's own, and for a name of nobody.

        What is kept under a kind's name must not pass for that of another package, or of another version of it.
        """
        points = [] if name in self.own else [point for point in self._entry_points() if point.name == name]
        return next((f"{_package(point)} {point.dist.version if point.dist else '?'}" for point in points), "")

    def load(self, name: str) -> Kind_co:
        """The kind of that name. Raises ConfigError where there is none, or two, or it can't be loaded."""
        points = [point for point in self._entry_points() if point.name == name]
        bringing = [*(["iteralign-harness"] if name in self.own else []), *map(_package, points)]
        if not bringing:
            raise ConfigError(f"There is no {self.what} of the name {name!r}: choose one of {', '.join(self.names())}.")
        if len(bringing) > 1:
            packages = " and ".join(bringing)
            raise ConfigError(
                f"The {self.what} {name} is in more than one package: uninstall all of {packages} but one."
            )
        return self._loaded(points[0]) if points else self._own(name)

    def own_kinds(self) -> dict[str, Kind_co]:
        """This program's own kinds, loaded, whatever other packages bring."""
        return {name: self._own(name) for name in self.own}

    def _own(self, name: str) -> Kind_co:
        named = self.own[name]
        if not isinstance(named, str):
            return named
        kind: object = attribute(named)
        if not self.is_kind(kind):
            raise TypeError(f"{named} is no {self.what}")
        return kind

    def _loaded(self, point: EntryPoint) -> Kind_co:
        named = f"The {self.what} {point.name} of the package {_package(point)}"
        with failures(f"{named} can't be loaded", f"mend or uninstall {_package(point)}", raising=ConfigError):
            kind: object = point.load()
        if not self.is_kind(kind):
            raise ConfigError(f"{named} is none: {point.value} is not what the group {self.group} is for.")
        return kind

    def _entry_points(self) -> list[EntryPoint]:
        points = installed(self.group)
        return sorted(points, key=lambda point: (point.name, _package(point)))


def attribute(named: str) -> Any:
    """What "module:attribute" names; the module is imported now. Raises ImportError where that fails."""
    module, _, name = named.partition(":")
    return getattr(import_module(module), name)


@cache
def installed(group: str) -> EntryPoints:
    """The entry points of a group, which are looked for once: that reads a file of each installed package."""
    return entry_points(group=group)


def _package(point: EntryPoint) -> str:
    """The name of the distribution that has the entry point."""
    return point.dist.name if point.dist else point.module
