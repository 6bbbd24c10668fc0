"""Who judges and who proposes, as they are configured: settings laid over those of the oracle.

`oracle.judge` and `oracle.proposer` hold `KIND`, `KIND:ARGUMENT` or a group of settings; `oracle.judge.model` sets one
of that group. What the oracle's own kind has no use for, such as `oracle.url` beside a judge by form, goes to the role
whose kind has one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import ValidationError
from pydantic.fields import FieldInfo

from harness.config.mistakes import sentence
from harness_base.errors import ConfigError
from iteralign.oracle.kinds import ORACLES, OracleKind, in_full
from iteralign.oracle.roles import ROLES, judging, proposing

GROUP = "oracle"
ROLE_KEYS = tuple(f"{GROUP}.{role}" for role in ROLES)
_OVERLAID = (*ROLE_KEYS, f"{GROUP}.rest")


def folded(key: str, value: Any) -> tuple[str, Any]:
    """`oracle.judge.model` and its value as the key `oracle.judge` with that one setting; others as they are."""
    role = next((role for role in _OVERLAID if key.startswith(f"{role}.")), None)
    return (key, value) if role is None else (role, {key.removeprefix(f"{role}."): value})


def role_of(key: str) -> str:
    """The key of the role that `key` belongs to, as `oracle.judge` of `oracle.judge.model`; else the key itself."""
    return folded(key, None)[0]


def field_of(key: str, known: Mapping[str, FieldInfo]) -> FieldInfo:
    """The setting of a key, also of one within a role; of a kind that nobody knows yet, the role's own."""
    role = role_of(key)
    return known[role] if key == role else known.get(f"{GROUP}{key.removeprefix(role)}", known[role])


def laid_over(earlier: Mapping[str, Any], later: Mapping[str, Any]) -> dict[str, Any]:
    """The values of both by dotted key; of a role each setting by itself, of others the later."""
    merged = {**earlier, **later}
    for key in _OVERLAID:
        both = in_full(earlier.get(key)), in_full(later.get(key))
        if isinstance(both[0], Mapping) and isinstance(both[1], Mapping):
            merged[key] = {**both[0], **both[1]}
    return merged


def dealt_out(values: Mapping[str, Any]) -> dict[str, Any]:
    """The values with those settings of the oracle that only a role's kind has among that role's."""
    dealt: dict[str, Any] = {key: in_full(value) if key in _OVERLAID else value for key, value in values.items()}
    kind = dealt.get(f"{GROUP}.kind", OracleKind.model_fields["kind"].default)
    own = _fields(kind)
    aside = {
        key: value
        for key, value in dealt.items()
        if own and key.startswith(f"{GROUP}.") and key.partition(".")[2] not in own
    }
    for key in _OVERLAID:
        if isinstance(given := dealt.get(key), Mapping) and key not in aside:
            role = dict(given)
            for taken in set(_deal(role, aside, kind)):
                dealt.pop(taken, None)
            dealt[key] = role
    return dealt


def of_stored_roles(changes: Mapping[str, Any], stored: Mapping[str, Any]) -> dict[str, Any]:
    """Changes of a stored configuration, those that only a role can have under the key of that role."""
    oracle = stored.get(GROUP) or {}
    changed: dict[str, Any] = {}
    for key, value in changes.items():
        name = key.removeprefix(f"{GROUP}.")
        having = [role for role in ROLES if name not in oracle and name in (oracle.get(role) or {})]
        changed |= {f"{GROUP}.{role}.{name}": value for role in having} or {key: value}
    return changed


def _deal(role: dict[str, Any], aside: Mapping[str, Any], oracle_kind: object) -> Iterator[str]:
    """Give a role what its kind has of `aside`, and the oracle that it asks in turn likewise; yields what was taken."""
    kind = role.get("kind", oracle_kind)
    fields = _fields(kind)
    for key, value in aside.items():
        name = key.partition(".")[2]
        if kind != oracle_kind and name in fields and name not in role:
            role[name] = value
            yield key
    if "rest" in fields and isinstance(rest := in_full(role.get("rest")), dict):
        role["rest"] = rest = dict(rest)
        yield from _deal(rest, aside, oracle_kind)


def _fields(kind: object) -> Mapping[str, FieldInfo]:
    known = isinstance(kind, str) and (kind in ORACLES.own or ORACLES.package(kind))
    return ORACLES.load(str(kind)).model_fields if known else {}


def check_roles(oracle: OracleKind, origins: Mapping[str, str]) -> None:
    """Check the settings of both roles. Raises ConfigError that names key, value and origin."""
    for role, resolve in zip(ROLES, (judging, proposing), strict=True):
        key = f"{GROUP}.{role}"
        values = getattr(oracle, role) or {}
        if nested := set(ROLES) & set(values):
            raise ConfigError(f"{key} can't have a {nested.pop()} of its own: leave it out (from {origins[key]}).")
        try:
            resolve(oracle)
        except ValidationError as error:
            raise ConfigError(_sentence(error, key, origins)) from None


def _sentence(error: ValidationError, key: str, origins: Mapping[str, str]) -> str:
    details = error.errors()[0]
    name = str(details["loc"][0])
    if details["type"] == "extra_forbidden":
        return f"{origins[key]} has a setting {key}.{name} that this kind of oracle does not have: leave it out."
    details["loc"] = (*key.split("."), *details["loc"])
    fields = {f"{key}.{name}": FieldInfo(annotation=None)}
    return sentence(details, fields, {f"{key}.{name}": origins[key]})
