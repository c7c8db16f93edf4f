"""Every setting of the product: one frozen ``Settings`` read from ``IDP_…`` variables, once, at start.

An unknown ``IDP_…`` variable is fatal and the nearest right name is given. Features receive values, never
``Settings``. The table of the README is compared with this class by a test.
"""

from __future__ import annotations

import difflib
import ipaddress
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_validator, model_validator

from idp.kernel.errors import OperatorError
from idp.web.issuer import is_loopback

PREFIX = "IDP_"


class Settings(BaseModel):
    """The operator's choices; the description of each field is its line in the README."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    issuer: str = Field("http://localhost:8000", description="the issuer: https unless loopback; no path, query, slash")
    database_url: str = Field("sqlite:///idp.db", description="or `postgresql+psycopg://…`; relative to `IDP_HOME`")
    home: Path = Field(Path(), description="base of relative paths; default: the current folder")
    keys_dir: Path = Field(Path("keys"), description="the key files, made by `idp keys init`")
    letters_dir: Path | None = Field(
        Path("var/letters"), description="the letters to print; a node where this is empty makes none"
    )
    letters_certificate: Path | None = Field(
        None, description="the printer's X.509 certificate (PEM): letters are encrypted to it"
    )
    confirmation_letters: Literal["always", "amount"] = Field(
        "always", description="a letter confirms each sign-up by e-mail, or only those proven by an amount"
    )
    registry_url: str | None = Field(None, description="the fund's registry over HTTP; without it the imported tables")
    registry_key: Path | None = Field(
        None, description="private key (PEM) for the registry: of the client certificate, else it signs bearer tokens"
    )
    registry_certificate: Path | None = Field(None, description="client certificate (PEM) shown to the registry")
    registry_ca: Path | None = Field(None, description="authorities (PEM) trusted for the registry's certificate")
    smtp_url: str | None = Field(
        None,
        description="`smtp://`, `smtps://`, `smtp+starttls://user:pass@host:port`; "
        "without it `.eml` files in `var/mail`, loopback issuers only",
    )
    mail_from: str = Field("ne-pas-repondre@caisse.example", description="the sender of every mail")
    organisation: str = Field("Caisse agricole des Trois-Vallées", description="the fund's name, on pages and mails")
    contact_phone: str = Field("03\u00a053\u00a001\u00a024\u00a060", description="the fund's phone number")
    contact_hours: str = Field(
        "du lundi au vendredi, de 8\u00a0h\u00a030 à 17\u00a0h", description="when the phone is answered"
    )
    contact_url: str = Field("https://caisse.example", description="the fund's public site")
    contact_address: str = Field("12 place de la Halle, 59000 Lille", description="where to visit and to write")
    proof_tries: int = Field(1, ge=1, le=10, description="wrong answers per 7 days before the letter")
    proof_common: int = Field(
        20, ge=1, description="imported tables: an amount that more members than this share proves nothing"
    )
    enrollment_disclosure: Literal["guide", "uniform"] = Field(
        "guide",
        description="`guide` tells whether a number is known or enrolled; `uniform` shows everybody the same, "
        "the post in a process of its own",
    )
    letter_password_days: int = Field(20, ge=1, le=60, description="life of a posted password, in days")
    franceconnect_issuer: str | None = Field(None, description="the upstream provider; without it there is none")
    franceconnect_client_id: str | None = Field(None, description="our client id there")
    franceconnect_client_secret: SecretStr | None = Field(None, description="our client secret there")
    franceconnect_alg: Literal["ES256", "RS256"] = Field(
        "ES256", description="the one algorithm of its signatures, as registered there"
    )
    franceconnect_profile: Literal["franceconnect", "franceconnect-plus", "openid"] = Field(
        "franceconnect", description="what it is: FranceConnect, FranceConnect+, or another OpenID provider"
    )
    franceconnect_name: str = Field("FranceConnect", description="its name on our pages")
    franceconnect_button: Path | None = Field(
        None, description="its official button (SVG), unmodified; without it a button of text"
    )
    registration: Literal["off", "token", "open"] = Field(
        "off", description="who may register portals over the network: nobody, bearers of a token, or (loopback) all"
    )
    certification: bool = Field(
        False,
        description="offer what only certification asks: implicit, hybrid, request objects, front-channel logout, "
        "session iframe",
    )
    trusted_proxies: str = Field("", description="networks whose `X-Forwarded-For` counts, separated by commas")

    @field_validator("issuer")
    @classmethod
    def _plain_issuer(cls, value: str) -> str:
        parts = urlsplit(value)
        if not parts.hostname or parts.path or parts.query or parts.fragment or parts.username or value.endswith("/"):
            raise ValueError("must be scheme and host alone, such as https://compte.caisse.example")
        if parts.scheme != "https" and not (parts.scheme == "http" and is_loopback(parts.hostname)):
            raise ValueError("must be https, except on a loopback address")
        return value

    @field_validator("trusted_proxies")
    @classmethod
    def _networks(cls, value: str) -> str:
        for part in filter(None, map(str.strip, value.split(","))):
            ipaddress.ip_network(part)
        return value

    @field_validator("letters_dir", mode="before")
    @classmethod
    def _no_folder(cls, value: object) -> object:
        return value or None

    @field_validator("registry_url")
    @classmethod
    def _plain_registry(cls, value: str | None) -> str | None:
        if value is None:
            return value
        parts = urlsplit(value)
        plain = not (parts.query or parts.fragment or parts.username)
        if not parts.hostname or not plain or parts.scheme not in ("https", "http"):
            raise ValueError("must be an address such as https://registre.caisse.example/v1")
        if parts.scheme == "http" and not is_loopback(parts.hostname):
            raise ValueError("must be https, except on a loopback address")
        return value.rstrip("/")

    @field_validator("franceconnect_issuer")
    @classmethod
    def _plain_upstream(cls, value: str | None) -> str | None:
        if value is None:
            return value
        parts = urlsplit(value)
        if not parts.hostname or parts.query or parts.fragment or parts.username or value.endswith("/"):
            raise ValueError("must be an issuer such as https://oidc.franceconnect.gouv.fr/api/v2")
        if parts.scheme != "https" and not (parts.scheme == "http" and is_loopback(parts.hostname)):
            raise ValueError("must be https, except on a loopback address")
        return value

    @model_validator(mode="after")
    def _upstream_is_whole(self) -> Settings:
        if self.franceconnect_issuer and not (self.franceconnect_client_id and self.franceconnect_client_secret):
            raise ValueError("IDP_FRANCECONNECT_ISSUER needs IDP_FRANCECONNECT_CLIENT_ID and …_CLIENT_SECRET")
        return self

    @model_validator(mode="after")
    def _registration_is_guarded(self) -> Settings:
        if self.registration == "open" and not is_loopback(urlsplit(self.issuer).hostname or ""):
            raise ValueError("IDP_REGISTRATION=open is for loopback issuers only")
        return self

    @model_validator(mode="after")
    def _mail_leaves(self) -> Settings:
        if self.smtp_url is None and not is_loopback(urlsplit(self.issuer).hostname or ""):
            raise ValueError("IDP_SMTP_URL is required unless the issuer is a loopback address")
        return self

    def path(self, relative: Path | str) -> Path:
        """Return a path below the home folder."""
        return (self.home / relative).resolve()

    @property
    def mail_folder(self) -> Path:
        """Where mails go as files when no SMTP server is named."""
        return self.path("var/mail")

    @property
    def database(self) -> str:
        """The database URL with a relative SQLite path below the home folder."""
        scheme, found, rest = self.database_url.partition(":///")
        if scheme == "sqlite" and found and not rest.startswith("/"):
            return f"sqlite:///{self.path(rest)}"
        return self.database_url

    @property
    def proxies(self) -> tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...]:
        """The trusted networks."""
        parts = filter(None, map(str.strip, self.trusted_proxies.split(",")))
        return tuple(ipaddress.ip_network(part) for part in parts)


def variables() -> dict[str, str]:
    """Return every environment variable with its description."""
    return {PREFIX + name.upper(): field.description or "" for name, field in Settings.model_fields.items()}


def load(environment: Mapping[str, str] | None = None) -> Settings:
    """Read the settings. Raises ``OperatorError`` naming the variable that is unknown or wrong."""
    known = variables()
    environment = os.environ if environment is None else environment
    for name in environment:
        if name.startswith(PREFIX) and name not in known:
            near = difflib.get_close_matches(name, known, 1)
            hint = f"; did you mean {near[0]}?" if near else ""
            raise OperatorError(f"unknown setting {name}{hint}")
    try:
        given = {name.removeprefix(PREFIX).lower(): value for name, value in environment.items() if name in known}
        return Settings.model_validate(given)
    except ValidationError as error:
        first = error.errors()[0]
        name = PREFIX + str(first["loc"][0]).upper() if first["loc"] else "settings"
        raise OperatorError(f"{name}: {first['msg'].removeprefix('Value error, ')}") from None
