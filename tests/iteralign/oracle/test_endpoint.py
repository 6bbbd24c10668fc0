from __future__ import annotations

from typing import Any

import pytest

from harness_base.errors import ConfigError, MissingKeyError
from iteralign.oracle.endpoint import Endpoint, redacted


@pytest.mark.parametrize(
    ("url", "loopback"),
    [
        ("http://127.0.0.1:8000/v1", True),
        ("http://127.8.9.1/v1", True),
        ("http://localhost:8000/v1", True),
        ("http://[::1]:8000/v1", True),
        ("https://oracle.example/v1", False),
        ("http://10.0.0.1/v1", False),
        ("http://127.0.0.1.oracle.example/v1", False),
        ("http://localhost.oracle.example/v1", False),
    ],
)
def test_loopback_is_told_by_the_address(url: str, loopback: bool) -> None:
    """A name that only begins like a local one is not local."""
    assert Endpoint(url, "m").is_loopback is loopback


@pytest.mark.parametrize(
    "url",
    ["", "oracle.example/v1", "ftp://oracle.example", "file:///etc/passwd", "http://", "http://a b/v1", "http://h:99999/v1",
     "http://[::1", "http://ora\ncle.example:x/"],
)  # fmt: skip
def test_an_address_that_is_none_is_a_configuration_error(url: str) -> None:
    """The sentence names the setting and shows a good one."""
    with pytest.raises(ConfigError, match=r"oracle\.url must look like http://127"):
        Endpoint(url, "m")


def test_a_password_in_the_address_is_refused_without_repeating_it() -> None:
    """The address is stored and shown, so it must hold no secret."""
    with pytest.raises(ConfigError, match="user name or password") as caught:
        Endpoint("https://me:hunter22@oracle.example/v1", "m")
    assert "hunter22" not in str(caught.value)


def test_a_query_is_not_shown() -> None:
    """Messages name scheme, host and path only."""
    assert Endpoint("https://oracle.example/v1?token=abc", "m").shown == "https://oracle.example/v1"


def test_the_key_comes_from_the_variable_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Spaces and line ends round it are no part of it."""
    monkeypatch.setenv("MY_KEY", " sk-secret-123\n")
    assert Endpoint("https://oracle.example/v1", "m", key_env="MY_KEY").key() == "sk-secret-123"


def test_a_missing_key_names_the_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    """The user learns what to set."""
    monkeypatch.delenv("MY_KEY", raising=False)
    with pytest.raises(MissingKeyError, match="MY_KEY is not set"):
        Endpoint("https://oracle.example/v1", "m", key_env="MY_KEY").key()


def test_a_local_server_needs_no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    """A placeholder is sent, since the client library insists on a key."""
    monkeypatch.delenv("MY_KEY", raising=False)
    assert Endpoint("http://127.0.0.1:1/v1", "m", key_env="MY_KEY").key()


@pytest.mark.parametrize("value", ["sk-sécret-123", "sk-secret\nX-Other: 1", "two words"])
def test_a_key_that_no_header_can_hold_is_refused_without_repeating_it(
    value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Otherwise the HTTP library would quote it in its error."""
    monkeypatch.setenv("MY_KEY", value)
    with pytest.raises(ConfigError, match="MY_KEY does not hold a key") as caught:
        Endpoint("https://oracle.example/v1", "m", key_env="MY_KEY").key()
    assert value not in str(caught.value)


def test_a_key_is_taken_out_of_text() -> None:
    """A server that sends the key back does not get it into the store."""
    assert redacted("you sent sk-secret-123!", "sk-secret-123") == "you sent [key]!"


@pytest.mark.parametrize(
    "url",
    [" http://127.0.0.1:1/v1\n", "\ufeffhttp://127.0.0.1:1/v1\u200b", "http://127.0.0.1:1/v1/", "http://127.0.0.1:1/v1/chat/completions",
     "http://127.0.0.1:1/v1/chat/completions/ "],
)  # fmt: skip
def test_an_address_may_be_pasted_as_people_have_it(url: str) -> None:
    """Blanks round it and the path that requests add are taken off."""
    assert Endpoint(url, "m").url == Endpoint(url, "m").shown == "http://127.0.0.1:1/v1"


@pytest.mark.parametrize(
    "url",
    ["https://o.example/v1#key=hunter22", "https://o.example/v1;key=hunter22", "https://o.example/v1;key=hunter22/x",
     "https://o.example#hunter22", "https://hunter22@o.example/v1", "https://o.example/v1?api-version=1#hunter22"],
)  # fmt: skip
def test_no_place_of_an_address_may_hold_a_secret(url: str) -> None:
    """What stands there would be stored and shown; the sentence does not repeat it."""
    with pytest.raises(ConfigError, match="written to the store") as caught:
        Endpoint(url, "m")
    assert "hunter22" not in str(caught.value)


@pytest.mark.parametrize(
    ("url", "base"),
    [
        ("https://r.openai.azure.com/openai/deployments/d?api-version=2024-10-21", "/openai/deployments/d"),
        (
            "https://r.openai.azure.com/openai/deployments/d/chat/completions?api-version=2024-10-21",
            "/openai/deployments/d",
        ),
        ("https://r.openai.azure.com/?api-version=2024-10-21", "/openai/deployments/gpt"),
        ("https://r.openai.azure.com/openai/?api-version=2024-10-21", "/openai/deployments/gpt"),
    ],
)
def test_azures_addresses_keep_their_version(url: str, base: str) -> None:
    """The deployment is the model where the address names none."""
    address = Endpoint(url, "gpt").address
    assert (address.base, address.query) == (
        f"https://r.openai.azure.com{base}",
        {"api-version": "2024-10-21"},
    )
    assert address.is_azure


@pytest.mark.parametrize(
    "settings",
    [
        {"url": "https://o.example/sk-secret-123/v1"},
        {"url": "https://o.example/sk%2Dsecret-123/v1"},
        {"model": "sk-secret-123"},
        {"extra_body": {"api_key": "sk-secret-123"}},
    ],
)
def test_a_key_put_where_it_would_be_stored_is_refused(
    settings: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sentence names the setting and not the key."""
    monkeypatch.setenv("MY_KEY", "sk-secret-123")
    with pytest.raises(ConfigError, match="holds the key") as caught:
        Endpoint(**({"url": "https://o.example/v1", "model": "m", "key_env": "MY_KEY"} | settings)).key()
    assert "sk-secret-123" not in str(caught.value)


def test_a_word_set_where_no_key_is_needed_may_stand_anywhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """The name of the server, as many guides advise."""
    monkeypatch.setenv("MY_KEY", "ollama")
    assert Endpoint("http://ollama:11434/v1", "ollama/m", key_env="MY_KEY").key() == "ollama"
