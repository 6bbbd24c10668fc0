"""YAML files of settings, read safely; every way in which one can be wrong is one sentence."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from harness.config.mistakes import short
from harness_base.errors import ConfigError

_LONG_QUOTED = re.compile(r"'[^']{13,}'")


class _Loader(yaml.SafeLoader):
    """Safe YAML in which a key that stands twice is an error, where YAML would silently take the second."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen = set()
        for key in (key for key, _ in node.value if isinstance(key, yaml.ScalarNode)):
            if key.value in seen:
                problem = f"the key {short(key.value)} stands twice"
                raise yaml.constructor.ConstructorError(problem=problem, problem_mark=key.start_mark)
            seen.add(key.value)
        return super().construct_mapping(node, deep)


def read_yaml(path: Path) -> Mapping[str, Any]:
    """The settings in a file. Raises ConfigError where it can't be read, or is no mapping."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"The configuration file {path} can't be read: {error.strerror or error}.") from None
    except UnicodeDecodeError as error:
        raise ConfigError(f"The configuration file {path} is not UTF-8 (byte {error.start}).") from None
    try:
        values = yaml.load(text, _Loader)  # a safe loader
    except yaml.YAMLError as error:
        raise ConfigError(f"The configuration file {path} is not valid YAML{_yaml_place(error)}.") from None
    if values is None:
        return {}
    if not isinstance(values, dict):
        raise ConfigError(f"The configuration file {path} must hold settings (`key: value`).")
    return {str(key): value for key, value in values.items()}


def _yaml_place(error: yaml.YAMLError) -> str:
    mark = getattr(error, "problem_mark", None)
    problem = getattr(error, "problem", None) or "it holds a character that YAML does not allow"
    problem = _LONG_QUOTED.sub("'…'", problem)  # YAML's complaints repeat names and tags, which may be anything
    place = f" (line {mark.line + 1}, column {mark.column + 1})" if mark else ""
    return f": {problem}{place}"
