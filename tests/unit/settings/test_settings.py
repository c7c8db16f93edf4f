"""Settings are read once and judged at start: what is unknown or wrong is named, never guessed."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from idp.kernel.errors import OperatorError
from idp.settings import Settings, load, variables


def _refusal(**environment: str) -> str:
    with pytest.raises(OperatorError) as refused:
        load(environment)
    return str(refused.value)


def test_nothing_set_is_the_demo() -> None:
    settings = load({})
    assert settings.issuer == "http://localhost:8000"
    assert settings.database_url == "sqlite:///idp.db"
    assert settings.proof_tries == 1
    assert settings.letter_password_days == 20


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("IDP_ISUER", "IDP_ISSUER"),
        ("IDP_DATABASE", "IDP_DATABASE_URL"),
        ("IDP_KEY_DIR", "IDP_KEYS_DIR"),
        ("IDP_SMTP", "IDP_SMTP_URL"),
        ("IDP_PROOFTRIES", "IDP_PROOF_TRIES"),
    ],
)
def test_an_unknown_variable_is_fatal_and_the_nearest_name_is_given(typed: str, meant: str) -> None:
    assert _refusal(**{typed: "x"}) == f"unknown setting {typed}; did you mean {meant}?"


def test_an_unknown_variable_near_nothing_is_named_alone() -> None:
    assert _refusal(IDP_ZZZZZZZZ="x") == "unknown setting IDP_ZZZZZZZZ"


def test_the_value_of_an_unknown_variable_is_not_told() -> None:
    assert "hunter2" not in _refusal(IDP_SMTP_PASSWORD="hunter2")


def test_variables_of_others_are_none_of_our_business() -> None:
    assert load({"IDPX": "1", "PATH": "x", "_IDP_NO_WORKER": "1"}) == load({})


def test_an_unknown_variable_of_the_process_is_fatal_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IDP_ISUER", "x")
    with pytest.raises(OperatorError, match="IDP_ISSUER"):
        load()


@pytest.mark.parametrize(
    "issuer",
    [
        "https://compte.caisse.example",
        "https://compte.caisse.example:8443",
        "http://localhost:8000",
        "http://127.0.0.1:9",
        "http://[::1]:8000",
    ],
)
def test_issuers_that_may_be(issuer: str) -> None:
    settings = load({"IDP_ISSUER": issuer, "IDP_SMTP_URL": "smtp://localhost"})
    assert settings.issuer == issuer


@pytest.mark.parametrize(
    "issuer",
    [
        "",
        "compte.caisse.example",
        "http://compte.caisse.example",
        "http://192.168.1.10:8000",
        "http://localhost.caisse.example",
        "https://compte.caisse.example/",
        "https://compte.caisse.example/oidc",
        "https://compte.caisse.example?x=1",
        "https://compte.caisse.example#x",
        "https://someone@compte.caisse.example",
        "ftp://localhost",
        "https://",
    ],
)
def test_issuers_that_may_not(issuer: str) -> None:
    assert _refusal(IDP_ISSUER=issuer, IDP_SMTP_URL="smtp://localhost").startswith("IDP_ISSUER: must be ")


def test_mails_need_a_server_off_loopback() -> None:
    told = _refusal(IDP_ISSUER="https://compte.caisse.example")
    assert "IDP_SMTP_URL is required unless the issuer is a loopback address" in told


def test_anybody_may_register_on_loopback_alone() -> None:
    public = {"IDP_ISSUER": "https://compte.caisse.example", "IDP_SMTP_URL": "smtp://localhost"}
    told = _refusal(**public, IDP_REGISTRATION="open")
    assert "IDP_REGISTRATION=open is for loopback issuers only" in told
    assert load({"IDP_ISSUER": "http://localhost:9000", "IDP_REGISTRATION": "open"}).registration == "open"
    assert load({}).registration == "off"


def test_mails_need_no_server_on_loopback() -> None:
    assert load({"IDP_ISSUER": "http://localhost:9000"}).smtp_url is None


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("IDP_PROOF_TRIES", "0"),
        ("IDP_PROOF_TRIES", "11"),
        ("IDP_PROOF_TRIES", "two"),
        ("IDP_LETTER_PASSWORD_DAYS", "0"),
        ("IDP_LETTER_PASSWORD_DAYS", "61"),
        ("IDP_TRUSTED_PROXIES", "10.0.0.0/8, nowhere"),
        ("IDP_PROOF_COMMON", "0"),
        ("IDP_ENROLLMENT_DISCLOSURE", "secret"),
        ("IDP_CONFIRMATION_LETTERS", "never"),
        ("IDP_REGISTRY_URL", "http://registre.caisse.example/v1"),
        ("IDP_REGISTRY_URL", "https://nom:secret@registre.caisse.example"),
        ("IDP_REGISTRY_URL", "https://registre.caisse.example/v1?cle=1"),
        ("IDP_REGISTRY_URL", "registre.caisse.example"),
    ],
)
def test_a_wrong_value_is_named(name: str, value: str) -> None:
    assert _refusal(**{name: value}).startswith(f"{name}: ")


def test_a_node_may_have_no_letters_folder_and_the_registry_s_url_ends_without_a_slash() -> None:
    assert load({"IDP_LETTERS_DIR": ""}).letters_dir is None
    url = "https://registre.caisse.example/v1"
    assert load({"IDP_REGISTRY_URL": url + "/", "IDP_REGISTRY_KEY": "registry.pem"}).registry_url == url


def test_trusted_proxies_are_networks() -> None:
    settings = load({"IDP_TRUSTED_PROXIES": "10.0.0.0/8, ::1"})
    assert [str(network) for network in settings.proxies] == ["10.0.0.0/8", "::1/128"]


def test_relative_paths_lie_below_home(tmp_path: Path) -> None:
    settings = load({"IDP_HOME": str(tmp_path)})
    assert settings.path(settings.keys_dir) == tmp_path / "keys"
    assert settings.database == f"sqlite:///{tmp_path / 'idp.db'}"


def test_absolute_paths_and_other_databases_stay(tmp_path: Path) -> None:
    elsewhere = f"sqlite:///{tmp_path / 'other.db'}"
    assert load({"IDP_HOME": "x", "IDP_DATABASE_URL": elsewhere}).database == elsewhere
    postgresql = "postgresql+psycopg://localhost/idp"
    assert load({"IDP_DATABASE_URL": postgresql}).database == postgresql


def test_settings_do_not_change() -> None:
    with pytest.raises(ValidationError):
        load({}).issuer = "http://localhost:1"  # type: ignore[misc]


def test_every_setting_is_described() -> None:
    assert set(variables()) == {"IDP_" + name.upper() for name in Settings.model_fields}
    assert all(variables().values())
