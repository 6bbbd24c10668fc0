"""Where the values of a configuration come from, and how they merge: key by key, the last source wins."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import NoneType
from typing import Any, TypeVar, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from harness.config.kinds import decided, fields_of, group_of, unknown_of_package, without_other_kinds
from harness.config.mistakes import did_you_mean, kind, near, sentence, unknown
from harness.config.renamed import RENAMED
from harness.config.roles import GROUP, check_roles, dealt_out, field_of, folded, laid_over, role_of
from harness.config.yaml_files import read_yaml
from harness_base.errors import ConfigError
from iteralign.oracle.kinds import OracleKind

ENVIRONMENT_PREFIX = "HARNESS_"
RECIPES = Path(__file__).resolve().parents[2] / "recipes"

Model = TypeVar("Model", bound=BaseModel)


@dataclass(frozen=True)
class Source:
    """Values by dotted key, and what to call the place that they came from.

    `renamed` holds the old names that were used there, each with the one of now.
    """

    origin: str
    values: dict[str, Any]
    renamed: Mapping[str, str] = dataclasses.field(default_factory=dict)

    @classmethod
    def of(cls, model: type[BaseModel], origin: str, nested: Mapping[str, Any]) -> Source:
        """Flatten nested values. Raises ConfigError for a key that `model` does not have."""
        return cls.of_keys(origin, _flatten(model, origin, nested, prefix=""))

    @classmethod
    def of_keys(cls, origin: str, pairs: Iterable[tuple[str, Any]]) -> Source:
        """Values by dotted key, old names among them. Raises ConfigError for a setting under both of its names."""
        values: dict[str, Any] = {}
        renamed: dict[str, str] = {}
        for key, value in pairs:
            name, value = folded(RENAMED.get(key, key), value)
            if name in values and name == RENAMED.get(key, key):
                raise ConfigError(f"{name} is set under its old name too, in {origin}: give it once.")
            values = laid_over(values, {name: value})
            renamed |= {key: name} if key != name else {}
        return cls(origin, values, renamed)


def settings(model: type[BaseModel], prefix: str = "") -> dict[str, FieldInfo]:
    """Every single setting of a configuration model by its dotted key, in order."""
    found: dict[str, FieldInfo] = {}
    for name, field in fields_of(model).items():
        group = group_of(field)
        found |= settings(group, f"{prefix}{name}.") if group else {f"{prefix}{name}": field}
    return found


def recipe_names() -> list[str]:
    """The recipes that ship with the program."""
    return sorted(path.stem for path in RECIPES.glob("*.yaml"))


def recipe_source(model: type[BaseModel], name: str) -> Source:
    """The values of a shipped recipe. Raises ConfigError, naming the recipes, when there is none of that name."""
    if name not in recipe_names():
        hint = " (a file of your own goes to --config)" if name.endswith((".yaml", ".yml")) else ""
        raise ConfigError(f"There is no recipe {name!r}: choose one of {', '.join(recipe_names())}{hint}.")
    return Source.of(model, f"recipe {name}", read_yaml(RECIPES / f"{name}.yaml"))


def file_source(model: type[BaseModel], path: Path) -> Source:
    """The values of a user's YAML file. Raises ConfigError where it can't be read."""
    return Source.of(model, str(path), read_yaml(path))


def environment_sources(model: type[BaseModel], environ: Mapping[str, str]) -> list[Source]:
    """One source for each HARNESS_ variable: `HARNESS_ORACLE__URL` is `oracle.url`.

    Raises ConfigError for a variable that names no setting.
    """
    known = settings(model)
    sources = []
    for name in sorted(name for name in environ if name.startswith(ENVIRONMENT_PREFIX)):
        written = name.removeprefix(ENVIRONMENT_PREFIX).lower().replace("__", ".")
        key = RENAMED.get(written, written)
        if role_of(key) not in known:
            likely = [variable(setting) for setting in near(key, known)]
            unfit = unknown_of_package(model, key, f"The environment, by {name},", known)
            raise ConfigError(unfit or f"The environment variable {name} names no setting{did_you_mean(likely)}")
        now = variable(key)
        renamed = {name: now} if key != written else {}
        if renamed and now in environ:
            raise ConfigError(f"{name} is the old name of {now}, and both are set: leave out the old one.")
        setting, value = folded(key, _from_text(field_of(key, known), environ[name]))
        sources.append(Source(name, {setting: value}, renamed))
    return sources


def flag_source(model: type[BaseModel], flags: Mapping[str, Any]) -> Source:
    """The values of flags, by dotted key. Text is read as in the environment; anything else is taken as it is."""
    known = settings(model)
    values = {}
    for written, value in flags.items():
        key = RENAMED.get(written, written)
        if role_of(key) not in known:
            raise ConfigError(_unknown(model, key, known, "The command line"))
        values[written] = _from_text(field_of(key, known), value) if isinstance(value, str) else value
    return Source.of_keys("the command line", values.items())


def merge(model: type[BaseModel], sources: Sequence[Source]) -> tuple[dict[str, Any], dict[str, str]]:
    """The last value of each dotted key that any source sets, and the origin of every key of `model`."""
    values: dict[str, Any] = {}
    origins = dict.fromkeys(settings(model), "default")
    for source in sources:
        values = laid_over(values, source.values)
        origins |= dict.fromkeys(source.values, source.origin)
    return values, origins


def validate(model: type[Model], values: Mapping[str, Any], origins: Mapping[str, str]) -> Model:
    """Build the model from values by dotted key. Raises ConfigError that names key, value and origin."""
    values = dealt_out(values)
    concrete = decided(model, values, origins)
    values = without_other_kinds(concrete, values, origins)
    known = settings(concrete)
    for key, value in values.items():
        # pydantic reads true as 1: a misplaced `true` would become a count.
        if isinstance(value, bool) and bool not in _types(known[key]):
            raise ConfigError(f"{key} can't be {str(value).lower()} (from {origins[key]}): it is no yes-or-no setting.")
    nested: dict[str, Any] = {}
    for key, value in values.items():
        *groups, name = key.split(".")
        target = nested
        for group in groups:
            target = target.setdefault(group, {})
        target[name] = value
    try:
        config = model.model_validate(dict(concrete.model_validate(nested)))
    except ValidationError as error:
        raise ConfigError(sentence(error.errors()[0], known, origins)) from None
    if isinstance(oracle := getattr(config, GROUP, None), OracleKind):
        check_roles(oracle, origins)
    return config


def _unknown(model: type[BaseModel], key: str, known: Mapping[str, FieldInfo], origin: str) -> str:
    return unknown_of_package(model, key, origin, known) or unknown(key, known, origin)


def _flatten(
    model: type[BaseModel], origin: str, nested: Mapping[str, Any], prefix: str, root: type[BaseModel] | None = None
) -> Iterator[tuple[str, Any]]:
    for name, value in nested.items():
        key = f"{prefix}{name}"
        if key in RENAMED:
            yield key, value
            continue
        field = fields_of(model).get(name)
        if field is None:
            raise ConfigError(_unknown(root or model, key, settings(model, prefix), origin))
        group = group_of(field)
        if group is None:
            yield key, value
        elif isinstance(value, Mapping):
            yield from _flatten(group, origin, value, f"{key}.", root or model)
        else:
            raise ConfigError(f"{key} in {origin} must be a group of settings, not {kind(value)}.")


def _types(field: FieldInfo) -> tuple[Any, ...]:
    """The alternatives of a field's annotation: `int | None` gives both."""
    kind = field.annotation
    return get_args(kind) if NoneType in get_args(kind) else (kind,)


def _from_text(field: FieldInfo, text: str) -> Any:
    """Read text from the environment or a flag; numbers and booleans are left to the validation."""
    types = _types(field)
    if NoneType in types and text.strip().lower() in ("null", "none", ""):
        return None
    if any(get_origin(kind) is dict for kind in types):
        return _object(text)
    if any(get_origin(kind) is tuple for kind in types):
        return [part.strip() for part in text.split(",") if part.strip()]
    if bool in types and text.strip().lower() in ("true", "false"):
        return text.strip().lower() == "true"
    return text


def _object(text: str) -> Any:
    """The JSON object in a text; the text where it is none, which the validation then refuses."""
    try:
        return json.loads(text) if text.strip() else {}
    except (ValueError, RecursionError):
        return text


def variable(key: str) -> str:
    """The environment variable of a setting."""
    return ENVIRONMENT_PREFIX + key.replace(".", "__").upper()
