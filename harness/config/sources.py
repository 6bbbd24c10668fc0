"""Where the values of a configuration come from, and how they merge: key by key, the last source wins."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import NoneType
from typing import Any, TypeVar, get_args, get_origin

import yaml
from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from harness_base.errors import ConfigError

ENVIRONMENT_PREFIX = "HARNESS_"
RECIPES = Path(__file__).resolve().parents[2] / "recipes"

_OUT_OF_RANGE = frozenset({"greater_than", "greater_than_equal", "less_than", "less_than_equal", "finite_number"})
_NUMBER = re.compile(r"[-+]?[0-9.]{1,12}(e[-+]?[0-9]{1,3})?|[-+]?(nan|inf)", re.IGNORECASE)
_WORD = re.compile(r"[A-Za-z_]{1,16}")
_LONGEST_SHOWN = 60
_LONG_QUOTED = re.compile(r"'[^']{13,}'")

Model = TypeVar("Model", bound=BaseModel)


@dataclass(frozen=True)
class Source:
    """Values by dotted key, and what to call the place that they came from."""

    origin: str
    values: dict[str, Any]

    @classmethod
    def of(cls, model: type[BaseModel], origin: str, nested: Mapping[str, Any]) -> Source:
        """Flatten nested values. Raises ConfigError for a key that `model` does not have."""
        return cls(origin, dict(_flatten(model, origin, nested, prefix="")))


def settings(model: type[BaseModel], prefix: str = "") -> dict[str, FieldInfo]:
    """Every single setting of a configuration model by its dotted key, in order."""
    found: dict[str, FieldInfo] = {}
    for name, field in model.model_fields.items():
        group = _group(field)
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
    return Source.of(model, f"recipe {name}", _read_yaml(RECIPES / f"{name}.yaml"))


def file_source(model: type[BaseModel], path: Path) -> Source:
    """The values of a user's YAML file. Raises ConfigError where it can't be read."""
    return Source.of(model, str(path), _read_yaml(path))


def environment_sources(model: type[BaseModel], environ: Mapping[str, str]) -> list[Source]:
    """One source for each HARNESS_ variable: `HARNESS_ORACLE__URL` is `oracle.url`.

    Raises ConfigError for a variable that names no setting.
    """
    known = settings(model)
    sources = []
    for variable in sorted(name for name in environ if name.startswith(ENVIRONMENT_PREFIX)):
        key = variable.removeprefix(ENVIRONMENT_PREFIX).lower().replace("__", ".")
        if key not in known:
            near = [_variable(name) for name in _near(key, known)]
            raise ConfigError(f"The environment variable {variable} names no setting{_did_you_mean(near)}")
        sources.append(Source(variable, {key: _from_text(known[key], environ[variable])}))
    return sources


def flag_source(model: type[BaseModel], flags: Mapping[str, Any]) -> Source:
    """The values of flags, by dotted key. Text is read as in the environment; anything else is taken as it is."""
    known = settings(model)
    values = {}
    for key, value in flags.items():
        if key not in known:
            raise ConfigError(_unknown(key, known, "The command line"))
        values[key] = _from_text(known[key], value) if isinstance(value, str) else value
    return Source("the command line", values)


def merge(model: type[BaseModel], sources: Sequence[Source]) -> tuple[dict[str, Any], dict[str, str]]:
    """The last value of each dotted key that any source sets, and the origin of every key of `model`."""
    values: dict[str, Any] = {}
    origins = dict.fromkeys(settings(model), "default")
    for source in sources:
        values |= source.values
        origins |= dict.fromkeys(source.values, source.origin)
    return values, origins


def validate(model: type[Model], values: Mapping[str, Any], origins: Mapping[str, str]) -> Model:
    """Build the model from values by dotted key. Raises ConfigError that names key, value and origin."""
    known = settings(model)
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
        return model.model_validate(nested)
    except ValidationError as error:
        raise ConfigError(_sentence(error.errors()[0], known, origins)) from None


def _flatten(model: type[BaseModel], origin: str, nested: Mapping[str, Any], prefix: str) -> Iterator[tuple[str, Any]]:
    for name, value in nested.items():
        key = f"{prefix}{name}"
        field = model.model_fields.get(name)
        if field is None:
            raise ConfigError(_unknown(key, settings(model, prefix), origin))
        group = _group(field)
        if group is None:
            yield key, value
        elif isinstance(value, Mapping):
            yield from _flatten(group, origin, value, f"{key}.")
        else:
            raise ConfigError(f"{key} in {origin} must be a group of settings, not {_kind(value)}.")


def _group(field: FieldInfo) -> type[BaseModel] | None:
    kind = field.annotation
    return kind if isinstance(kind, type) and issubclass(kind, BaseModel) else None


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


def _unknown(key: str, known: Mapping[str, FieldInfo], origin: str) -> str:
    return f"{origin} has a setting {_short(key)} that does not exist{_did_you_mean(_near(key, known))}"


def _near(key: str, known: Mapping[str, FieldInfo]) -> list[str]:
    """The known keys most like this one, also when only its last part is (`lerning_rate`)."""
    by_name = {name.rpartition(".")[2]: name for name in known}
    near = difflib.get_close_matches(key, known, n=1, cutoff=0.75)
    if not near:
        near = [by_name[name] for name in difflib.get_close_matches(key.rpartition(".")[2], by_name, n=1, cutoff=0.7)]
    return near


def _did_you_mean(near: Sequence[str]) -> str:
    return f": did you mean {near[0]}?" if near else ": `harness config check` lists all."


def _variable(key: str) -> str:
    return ENVIRONMENT_PREFIX + key.replace(".", "__").upper()


def _sentence(error: ErrorDetails, known: Mapping[str, FieldInfo], origins: Mapping[str, str]) -> str:
    """One of pydantic's errors as a sentence with key, expectation, value and origin."""
    parts = [str(part) for part in error["loc"]]
    key = next(name for name in known if parts[: name.count(".") + 1] == name.split("."))
    each = "each of " if len(parts) > key.count(".") + 1 else ""
    context = error.get("ctx", {})
    expected = {
        "value_error": str(context.get("error", "")),
        "literal_error": f"must be {context.get('expected', '')}",
        "greater_than": f"must be above {context.get('gt')}",
        "greater_than_equal": f"must be at least {context.get('ge')}",
        "less_than": f"must be below {context.get('lt')}",
        "less_than_equal": f"must be at most {context.get('le')}",
        "too_short": "must name at least one",
        "finite_number": "must be a finite number",
    }.get(error["type"]) or _expected_type(error["type"])
    # Our own checks say enough by themselves, and what they refuse may be a secret.
    given = "" if error["type"] == "value_error" else f", not {_given(error)}"
    return f"{each}{key} {expected}{given} (from {origins[key]})."


def _given(error: ErrorDetails) -> str:
    """What was given: a number out of range, a word that is none of those asked for, else its kind alone.

    A value of a wrong type may be a key that was put in the wrong place, and may be of any length.
    """
    value = error["input"]
    if error["type"] in _OUT_OF_RANGE and _NUMBER.fullmatch(str(value)):
        return repr(value)
    if error["type"] == "literal_error" and isinstance(value, str) and _WORD.fullmatch(value):
        return repr(value)
    return _kind(value)


def _kind(value: Any) -> str:
    kinds = {str: "text", bool: "true or false", int: "a number", float: "a number", NoneType: "null"}
    listed = {dict: "a group", list: "a list", tuple: "a list"}
    return (kinds | listed).get(type(value), "something else")


def _short(key: str) -> str:
    return key if len(key) <= _LONGEST_SHOWN else f"of {len(key):,} characters"


def _expected_type(kind: str) -> str:
    words = {
        "int": "a whole number",
        "float": "a number",
        "bool": "true or false",
        "string": "text",
        "tuple": "a list",
        "dict": "a group of fields (JSON)",
        "path": "a path",
    }
    return f"must be {words.get(kind.partition('_')[0], 'of another type')}"


class _Loader(yaml.SafeLoader):
    """Safe YAML in which a key that stands twice is an error, where YAML would silently take the second."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen = set()
        for key in (key for key, _ in node.value if isinstance(key, yaml.ScalarNode)):
            if key.value in seen:
                problem = f"the key {_short(key.value)} stands twice"
                raise yaml.constructor.ConstructorError(problem=problem, problem_mark=key.start_mark)
            seen.add(key.value)
        return super().construct_mapping(node, deep)


def _read_yaml(path: Path) -> Mapping[str, Any]:
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
