"""Named faults: what goes wrong with an upstream provider, one name for each way that the mock can cause.

The number before the dash is the row of the table in `docs/mock-franceconnect.md`. What only the client's side can
cause (a lost cookie, a double click, two sessions) has no name here.
"""

from collections.abc import Mapping
from typing import Any, Final

from idp.demo.franceconnect.faults import Fault

_JSON: Final = {"Content-Type": "application/json"}
_HTML: Final = {"Content-Type": "text/html; charset=utf-8"}


def _answer(at: str, status: int, body: str, headers: Mapping[str, str] = _JSON) -> Fault:
    return {"at": at, "answer": {"status": status, "headers": dict(headers), "body": body}}


def _error(at: str, status: int, error: str, **headers: str) -> Fault:
    return _answer(at, status, f'{{"error":"{error}","error_description":"made on request"}}', {**_JSON, **headers})


def _redirect(at: str, status: int, location: str) -> Fault:
    return _answer(at, status, "", {"Location": location})


def _back(**params: Any) -> Fault:
    return {"at": "callback", "params": params}


def _id(**claims: Any) -> Fault:
    return {"at": "id_token", "claims": claims}


def _info(**claims: Any) -> Fault:
    return {"at": "userinfo_token", "claims": claims}


def _both(**how: Any) -> tuple[Fault, Fault]:
    return {"at": "id_token", **how}, {"at": "userinfo_token", **how}


_CALLBACK: Final[dict[str, Fault]] = {
    "01-state-missing": _back(state=None),
    "01-state-other": _back(state="another-state"),
    "01-state-undefined": _back(state="undefined"),
    "03-iss-missing": _back(iss=None),
    "03-iss-other": _back(iss="https://elsewhere.example/api/v2"),
    "04-code-and-error": _back(error="access_denied", error_description="User auth aborted"),
    "04-code-twice": _back(code=["$code", "another-code"]),
    "04-state-twice": _back(state=["$state", "another-state"]),
    "04-long-code": _back(code="c" * 8192),
    "04-control-characters": _back(code="a\r\nb\x00c\x1b"),
    "07-unknown-error": _back(code=None, error="Y000999", error_description="unheard of"),
    "07-script-in-description": _back(
        code=None, error="server_error", error_description="<script>document.title='x'</script>"
    ),
    "07-long-description": _back(code=None, error="server_error", error_description="d" * 100_000),
    "40-abort": _back(code=None, error="access_denied", error_description="User auth aborted"),
}

_ENDPOINT: Final[dict[str, Fault]] = {
    "09-invalid-grant": _error("token", 400, "invalid_grant"),
    "09-invalid-client": _error("token", 401, "invalid_client"),
    "09-forbidden": _answer("token", 403, "Forbidden", _HTML),
    "09-too-many": _error("token", 429, "slow_down", **{"Retry-After": "30"}),
    "09-error-500": _error("token", 500, "server_error"),
    "09-html-502": _answer("token", 502, "<h1>Bad Gateway</h1>", _HTML),
    "09-unavailable-503": _error("token", 503, "temporarily_unavailable", **{"Retry-After": "30"}),
    "10-hang": {"at": "token", "wire": "hang"},
    "10-drip": {"at": "token", "wire": "drip"},
    "10-close": {"at": "token", "wire": "close"},
    "10-reset": {"at": "token", "wire": "reset"},
    "10-truncate": {"at": "token", "wire": "truncate"},
    "11-html": _answer("token", 200, "<h1>Bonjour</h1>", _HTML),
    "11-empty": _answer("token", 200, ""),
    "11-truncated-json": {"at": "token", "text": {"keep": 60}},
    "11-array": _answer("token", 200, "[]"),
    "11-wrong-types": {"at": "token", "body": {"access_token": 12, "id_token": {"a": 1}, "token_type": ["Bearer"]}},
    "11-duplicate-keys": {"at": "token", "text": {"replace": ["{", '{"access_token":"first","id_token":"first",']}},
    "11-no-id-token": {"at": "token", "body": {"id_token": None}},
    "11-no-access-token": {"at": "token", "body": {"access_token": None}},
    "11-token-type-mac": {"at": "token", "body": {"token_type": "mac"}},
    "11-bom": {"at": "token", "text": {"replace": ["{", "\ufeff{"]}},
    "11-gzip-bomb": {"at": "token", "wire": "gzip_bomb"},
    "11-huge": {"at": "token", "wire": "huge"},
    "12-redirect-301": _redirect("token", 301, "/api/v2/jwks"),
    "12-redirect-302": _redirect("token", 302, "/api/v2/jwks"),
    "12-redirect-307": _redirect("token", 307, "/api/v2/elsewhere"),
    "12-redirect-loop": _redirect("token", 307, "/api/v2/token"),
    "12-redirect-private": _redirect("token", 307, "http://10.0.0.1/latest"),
    "12-userinfo-redirect": _redirect("userinfo", 302, "/api/v2/jwks"),
    "12-userinfo-redirect-private": _redirect("userinfo", 302, "http://169.254.169.254/latest"),
    "13-extra-members": {"at": "token", "body": {"extra": {"a": [1]}, "session_state": "x"}},
    "13-refresh-token": {"at": "token", "body": {"refresh_token": "r" * 43}},
    "13-expires-in-string": {"at": "token", "body": {"expires_in": "60"}},
    "13-expires-in-negative": {"at": "token", "body": {"expires_in": -1}},
    "30-userinfo-401": _error("userinfo", 401, "invalid_token"),
    "30-userinfo-500": _error("userinfo", 500, "server_error"),
    "30-userinfo-hang": {"at": "userinfo", "wire": "hang"},
    "30-userinfo-drip": {"at": "userinfo", "wire": "drip"},
    "30-userinfo-close": {"at": "userinfo", "wire": "close"},
    "30-userinfo-truncate": {"at": "userinfo", "wire": "truncate"},
    "30-userinfo-huge": {"at": "userinfo", "wire": "huge"},
    "30-wrong-content-type": {"at": "userinfo", "headers": {"Content-Type": "text/html"}},
    "30-no-charset": {"at": "userinfo", "headers": {"Content-Type": "application/jwt"}},
    "30-other-charset": {"at": "userinfo", "headers": {"Content-Type": 'Application/JWT;charset="UTF-8"'}},
    "34-issuer-other": {"at": "discovery", "members": {"issuer": "https://elsewhere.example/api/v2"}},
    "34-endpoints-elsewhere": {
        "at": "discovery",
        "members": {
            "token_endpoint": "https://elsewhere.example/token",
            "userinfo_endpoint": "https://elsewhere.example/userinfo",
            "jwks_uri": "https://elsewhere.example/jwks",
        },
    },
    "34-endpoints-http": {"at": "discovery", "members": {"token_endpoint": "http://elsewhere.example/token"}},
    "34-discovery-down": _answer("discovery", 503, "", _HTML),
    "34-discovery-garbage": _answer("discovery", 200, "not JSON"),
    "34-discovery-hang": {"at": "discovery", "wire": "hang"},
    "34-discovery-close": {"at": "discovery", "wire": "close"},
    "35-another-person": {"at": "citizen", "key": "un-prenom"},
    "38-same-email": {"at": "citizen", "key": "jumelle-2"},
    "41-state-missing": {"at": "logout_return", "params": {"state": None}},
    "41-state-other": {"at": "logout_return", "params": {"state": "another-state"}},
    "41-down": _answer("logout", 503, "", _HTML),
    "41-unregistered": _answer("logout", 400, "<h1>post_logout_redirect_uri not registered</h1>", _HTML),
}

_ID_TOKEN: Final[dict[str, Fault]] = {
    "14-iss-slash": _id(iss="$issuer/"),
    "14-iss-case": _id(iss="$issuer_upper"),
    "14-iss-v1": _id(iss="$base/api/v1"),
    "14-aud-other": _id(aud="another-client"),
    "14-aud-array": _id(aud=["$client_id", "another-client"]),
    "14-aud-array-other-azp": _id(aud=["$client_id", "another-client"], azp="another-client"),
    "15-nonce-missing": _id(nonce=None),
    "15-nonce-other": _id(nonce="n" * 64),
    "15-nonce-previous": _id(nonce="$previous_nonce"),
    "16-expired": {"at": "id_token", "shift": {"exp": -3600, "iat": -3600, "auth_time": -3600}},
    "16-expired-20s-ago": {"at": "id_token", "shift": {"iat": -80, "exp": -80, "auth_time": -80}},
    "16-iat-future": {"at": "id_token", "shift": {"iat": 3600, "exp": 3600}},
    "16-exp-far": {"at": "id_token", "shift": {"exp": 10 * 365 * 86400}},
    "16-skew-30s-slow": {"at": "id_token", "shift": {"iat": -30, "exp": -30, "auth_time": -30}},
    "16-skew-30s-fast": {"at": "id_token", "shift": {"iat": 30, "exp": 30, "auth_time": 30}},
    "16-skew-5min-slow": {"at": "id_token", "shift": {"iat": -300, "exp": -300, "auth_time": -300}},
    "16-skew-5min-fast": {"at": "id_token", "shift": {"iat": 300, "exp": 300, "auth_time": 300}},
    "16-nbf-future": {"at": "id_token", "shift": {"nbf": 3600}},
    "17-alg-none": {"at": "id_token", "sign": "none"},
    "17-hs256-secret": {"at": "id_token", "sign": "hs256_secret"},
    "17-hs256-public-key": {"at": "id_token", "sign": "hs256_public"},
    "17-rs256": {"at": "id_token", "sign": "rs256"},
    "17-alg-case": {"at": "id_token", "header": {"alg": "Es256"}},
    "18-broken-signature": {"at": "id_token", "sign": "broken"},
    "18-other-signature": {"at": "id_token", "sign": "other_signature"},
    "18-other-key": {"at": "id_token", "sign": "other_key"},
    "18-der-signature": {"at": "id_token", "sign": "der"},
    "18-zero-signature": {"at": "id_token", "sign": "zero"},
    "19-kid-unknown": {"at": "id_token", "header": {"kid": "nobody-knows-it"}, "sign": "other_key"},
    "19-kid-missing": {"at": "id_token", "header": {"kid": None}},
    "19-embedded-jwk": {"at": "id_token", "sign": "embedded"},
    "19-jku": {"at": "id_token", "sign": "other_key", "header": {"jku": "$base/jku"}},
    "19-x5u": {"at": "id_token", "sign": "other_key", "header": {"x5u": "$base/x5u"}},
    "19-crit": {"at": "id_token", "header": {"crit": ["exp"], "exp": 1}},
    "22-acr-missing": _id(acr=None),
    "22-acr-eidas0": _id(acr="eidas0"),
    "22-acr-unknown": _id(acr="urn:elsewhere:high"),
    "23-sub-missing": _id(sub=None),
    "23-sub-empty": _id(sub=""),
    "23-sub-number": _id(sub=12345),
    "23-sub-long": _id(sub="a" * 300),
    "23-sub-spaces": _id(sub="a b c"),
    "23-sub-unicode": _id(sub="é\u202e\u0000"),
    "25-jwe": {"at": "id_token", "shape": "jwe"},
    "25-nested": {"at": "id_token", "shape": "nested"},
    "25-five-parts": {"at": "id_token", "shape": "five_parts"},
    "25-padded": {"at": "id_token", "shape": "padded"},
    "25-whitespace": {"at": "id_token", "shape": "whitespace"},
    "29-userinfo-as-id-token": {"at": "id_token", "shape": "swap"},
}

_USERINFO: Final[dict[str, Fault]] = {
    "26-json": {"at": "userinfo_token", "shape": "json"},
    "27-broken-signature": {"at": "userinfo_token", "sign": "broken"},
    "27-other-key": {"at": "userinfo_token", "sign": "other_key"},
    "27-alg-none": {"at": "userinfo_token", "sign": "none"},
    "27-hs256-secret": {"at": "userinfo_token", "sign": "hs256_secret"},
    "27-aud-other": _info(aud="another-client"),
    "27-iss-other": _info(iss="https://elsewhere.example/api/v2"),
    "27-expired": {"at": "userinfo_token", "shift": {"exp": -3600, "iat": -3600}},
    "28-sub-other": _info(sub="$other_sub"),
    "28-sub-missing": _info(sub=None),
    "29-id-token-as-userinfo": {"at": "userinfo_token", "shape": "swap"},
    "31-claims-missing": _info(given_name=None, given_name_array=None, family_name=None, birthdate=None),
    "31-claims-null": {"at": "userinfo_token", "nulls": ["given_name", "given_name_array", "family_name", "birthdate"]},
    "31-wrong-types": _info(given_name_array="Camille Louise", family_name=["VASSEUR"], birthdate=19850314),
    "31-long-name": _info(family_name="N" * 10_000),
    "31-direction-marks": _info(family_name="VAS\u202eRUES"),
    "31-control-characters": _info(family_name="VAS\x1b[31mSEUR\r\n"),
    "31-nul": _info(family_name="VAS\x00SEUR"),
    "32-day-unknown": _info(birthdate="1985-03-01", idp_birthdate="1985-03-00"),
    "32-day-and-month-unknown": _info(birthdate="1985-01-01", idp_birthdate="1985-00-00"),
    "32-29-february": _info(birthdate="1984-02-29", idp_birthdate="1984-02-29"),
    "32-30-february": _info(birthdate="1985-02-30", idp_birthdate="1985-02-30"),
    "32-year-0000": _info(birthdate="0000-01-01", idp_birthdate="0000-00-00"),
    "32-year-1900": _info(birthdate="1900-01-01", idp_birthdate="1900-01-01"),
    "32-future": _info(birthdate="2985-03-14", idp_birthdate="2985-03-14"),
    "33-birthplace-empty": _info(birthplace=""),
    "33-birthplace-text": _info(birthplace="Alger"),
    "33-birthplace-unknown": _info(birthplace="00000"),
}

_KEYS: Final[dict[str, Fault]] = {
    "20-down": _answer("jwks", 503, "", _HTML),
    "20-garbage": {"at": "jwks", "keys": "garbage"},
    "20-not-json": _answer("jwks", 200, "not JSON"),
    "20-huge": {"at": "jwks", "keys": "huge"},
    "20-private": {"at": "jwks", "keys": "private"},
    "20-off-curve": {"at": "jwks", "keys": "off_curve"},
    "20-use-enc": {"at": "jwks", "keys": "use_enc"},
    "20-empty": {"at": "jwks", "keys": "empty"},
    "20-hang": {"at": "jwks", "wire": "hang"},
    "19-duplicate-kid": {"at": "jwks", "keys": "duplicate_kid"},
}

_SEVERAL: Final[dict[str, tuple[Fault, ...]]] = {
    "19-kid-missing-two-keys": ({"at": "jwks", "keys": "two_candidates"}, _ID_TOKEN["19-kid-missing"]),
    "21-random-kid": ({"at": "id_token", "header": {"kid": "$random"}, "sign": "other_key"},),
    "24-other-issuer": _both(claims={"iss": "https://elsewhere.example/api/v2"}),
    "37-sub-changed": _both(claims={"sub": "$other_sub"}),
    "42-clock-90s-slow": _both(shift={"iat": -90, "exp": -90}),
    "42-clock-90s-fast": _both(shift={"iat": 90, "exp": 90}),
}

_ALONE: Final = {**_CALLBACK, **_ENDPOINT, **_ID_TOKEN, **_USERINFO, **_KEYS}

CATALOGUE: Final[Mapping[str, tuple[Fault, ...]]] = dict(
    sorted([*((name, (fault,)) for name, fault in _ALONE.items()), *_SEVERAL.items()])
)
"""Every named fault, each the faults that it is made of."""
