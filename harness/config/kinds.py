"""Which kind a group of settings is of: the configuration's model with the kinds that its values name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, Field, ValidationError, create_model
from pydantic.fields import FieldInfo
from pydantic_core import InitErrorDetails, PydanticCustomError

from harness.config.mistakes import did_you_mean, near, sentence, short
from harness_base.errors import ConfigError
from iteralign.core.kinds import KindSettings

Model = TypeVar("Model", bound=BaseModel)


def group_of(field: FieldInfo) -> type[BaseModel] | None:
    """The model of a group of settings; None for a single setting."""
    annotation = field.annotation
    return annotation if isinstance(annotation, type) and issubclass(annotation, BaseModel) else None


def bases(model: type[BaseModel]) -> dict[str, type[KindSettings]]:
    """The groups of `model` whose kind is not decided yet."""
    groups = {name: group_of(field) for name, field in model.model_fields.items()}
    return {
        name: group
        for name, group in groups.items()
        if group is not None and issubclass(group, KindSettings) and group.is_base()
    }


def fields_of(model: type[BaseModel]) -> dict[str, FieldInfo]:
    """The fields of a group: of all of this program's kinds where none is decided, the base class's first."""
    if not (issubclass(model, KindSettings) and model.is_base()):
        return dict(model.model_fields)
    merged = dict(model.model_fields)
    for kind in model.registry().own_kinds().values():
        merged |= {name: field for name, field in kind.model_fields.items() if name not in merged}
    return merged


def decided(model: type[Model], values: Mapping[str, Any], origins: Mapping[str, str]) -> type[Model]:
    """`model` with each group of the kind that `values`, by dotted key, name for it. Raises ConfigError."""
    groups = {name: _kind(base, name, values, origins) for name, base in bases(model).items()}
    return with_groups(model, groups)


def with_groups(model: type[Model], groups: Mapping[str, type[KindSettings]]) -> type[Model]:
    """`model` with these groups in place of its own."""
    if not groups:
        return model
    fields: dict[str, Any] = {name: (group, Field(default_factory=group)) for name, group in groups.items()}
    return create_model(model.__name__, __base__=model, **fields)


def of_other_packages(model: type[Model], asked: Mapping[str, object]) -> type[Model]:
    """`model` with the groups, by name, for which a kind of another package is asked for."""
    groups = {
        name: base.registry().load(kind)
        for name, base in bases(model).items()
        if isinstance(kind := asked.get(name), str) and base.registry().package(kind)
    }
    return with_groups(model, groups)


def _kind(
    base: type[KindSettings], group: str, values: Mapping[str, Any], origins: Mapping[str, str]
) -> type[KindSettings]:
    key = f"{group}.kind"
    name = values.get(key, base.model_fields["kind"].default)
    registry = base.registry()
    if not isinstance(name, str) or not (name in registry.own or registry.package(name)):
        raise ConfigError(sentence(_no_kind(key, name, registry.names()), {key: base.model_fields["kind"]}, origins))
    return registry.load(name)


def _no_kind(key: str, name: object, names: tuple[str, ...]) -> Any:
    *others, last = map(repr, names)
    expected = f"{', '.join(others)} or {last}" if others else last
    error: InitErrorDetails = {
        "type": PydanticCustomError("literal_error", "must be {expected}", {"expected": expected}),
        "loc": tuple(key.split(".")),
        "input": name,
    }
    return ValidationError.from_exception_data(key, [error]).errors()[0]


def without_other_kinds(
    model: type[BaseModel], values: Mapping[str, Any], origins: Mapping[str, str]
) -> dict[str, Any]:
    """The values but for settings that only another kind has, which are checked and then left aside.

    `model` has its kinds decided. Raises ConfigError for a setting that is wrong, or that says that another kind was
    meant.
    """
    kept = dict(values)
    for key in values:
        name, _, setting = key.partition(".")
        group = group_of(model.model_fields[name])
        if group is not None and issubclass(group, KindSettings) and setting not in group.model_fields:
            _check_elsewhere(group, key, values[key], origins)
            del kept[key]
    return kept


def _check_elsewhere(chosen: type[KindSettings], key: str, value: Any, origins: Mapping[str, str]) -> None:
    group, _, setting = key.partition(".")
    kind = str(chosen.model_fields["kind"].default)
    [owner, *_] = [one for one in chosen.registry().own_kinds().values() if setting in one.model_fields]
    try:
        owner.model_validate({setting: value})
    except ValidationError as error:
        details = error.errors()[0]
        details["loc"] = (group, *details["loc"])
        raise ConfigError(sentence(details, {key: owner.model_fields[setting]}, origins)) from None
    if value is not None and setting in owner.refused_elsewhere:
        raise ConfigError(owner.refused_elsewhere[setting].format(key=key, kind=kind))


def unknown_of_package(model: type[BaseModel], key: str, origin: str, known: Mapping[str, FieldInfo]) -> str:
    """The sentence about a setting that a kind of another package does not have; empty where it is no such thing."""
    name, _, setting = key.partition(".")
    field = model.model_fields.get(name)
    group = group_of(field) if field and setting else None
    if group is None or not issubclass(group, KindSettings) or group.is_base():
        return ""
    kind = str(group.model_fields["kind"].default)
    owner = f"the {group.registry().what} {kind} of the package {group.registry().package(kind)}"
    return f"{origin} has a setting {short(key)} that {owner} does not have{did_you_mean(near(key, known))}"
