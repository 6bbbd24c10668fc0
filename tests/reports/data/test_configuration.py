"""A run's configuration as the report lists it."""

from __future__ import annotations

from reports.data.configuration import configuration_rows


def test_settings_are_flat_and_in_words() -> None:
    nested = {"loop": {"rounds": 3, "on": True}, "tasks": ["a", "b"], "url": None, "empty": {}}
    assert configuration_rows(nested) == [
        ("loop.rounds", "3"),
        ("loop.on", "yes"),
        ("tasks", "a, b"),
        ("url", "–"),
        ("empty", "–"),
    ]


def test_settings_mask_secrets_but_not_the_name_of_a_variable() -> None:
    nested = {"oracle": {"api_key": "sk-1", "token": "t", "key_env": "OPENAI_API_KEY", "max_new_tokens": 48}}
    assert configuration_rows(nested) == [
        ("oracle.api_key", "(masked)"),
        ("oracle.token", "(masked)"),
        ("oracle.key_env", "OPENAI_API_KEY"),
        ("oracle.max_new_tokens", "48"),
    ]


def test_settings_leave_the_user_out_of_an_address() -> None:
    assert configuration_rows({"url": "https://me:secret@host/v1"}) == [("url", "https://host/v1")]
