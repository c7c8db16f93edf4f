"""The supervisor names a taken port, keeps the portal's secret, and says which process failed."""

import json
import os
import signal
import socket
import sys
from pathlib import Path

import pytest

from idp.demo import run
from idp.demo.portal import client_metadata
from idp.demo.processes import Failed, Family, base_environment


def family(tmp_path: Path, program: str) -> Family:
    return Family(dict(os.environ), tmp_path, (sys.executable, "-c", program))


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_a_taken_port_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert run.main(port - 2, tmp_path / "home") == 1
    assert f"{port} (le portail)" in capsys.readouterr().out.replace("\n", " ")
    assert not (tmp_path / "home").exists()


def test_each_port_has_data_of_its_own() -> None:
    assert run.default_home(8000) == Path("var/demo")
    assert run.default_home(9000) == Path("var/demo-9000")


def test_the_portals_secret_is_made_once_and_is_the_owners_alone(tmp_path: Path) -> None:
    path = tmp_path / "demo-portal.json"
    run._kept_client(path, client_metadata("http://localhost:8002"))
    first = json.loads(path.read_text(encoding="utf-8"))
    assert path.stat().st_mode & 0o777 == 0o600
    assert len(first["client_secret"]) >= 43
    run._kept_client(path, client_metadata("http://localhost:9002"))
    second = json.loads(path.read_text(encoding="utf-8"))
    assert second["client_secret"] == first["client_secret"]
    assert second["redirect_uris"] == ["http://localhost:9002/callback"]
    assert path.stat().st_mode & 0o777 == 0o600


def test_the_provider_is_tied_to_the_mock_franceconnect(tmp_path: Path) -> None:
    metadata = run.franceconnect_metadata("http://localhost:9000")
    client = run._kept_client(tmp_path / "demo-franceconnect.json", metadata)
    assert client["redirect_uris"] == ["http://localhost:9000/franceconnect/retour"]
    assert client["post_logout_redirect_uris"] == ["http://localhost:9000/franceconnect/deconnexion"]
    assert run._upstream(9000, client) == {
        "IDP_FRANCECONNECT_ISSUER": "http://localhost:9001/api/v2",
        "IDP_FRANCECONNECT_CLIENT_ID": "demo-espace-prive",
        "IDP_FRANCECONNECT_CLIENT_SECRET": client["client_secret"],
        "IDP_FRANCECONNECT_ALG": "ES256",
    }


def test_the_provider_is_pointed_at_the_demos_folder(tmp_path: Path) -> None:
    environment = base_environment(tmp_path, "http://localhost:9000")
    assert environment["IDP_HOME"] == str(tmp_path)
    assert environment["IDP_ISSUER"] == "http://localhost:9000"


def test_a_failed_step_says_what_it_last_wrote(tmp_path: Path) -> None:
    with pytest.raises(Failed, match=r"« Clés » a échoué \(code 3\)\.\nno key"):
        family(tmp_path, "print('no key'); raise SystemExit(3)").step("Clés", ("keys", "init"))


def test_a_child_that_dies_at_start_is_named(tmp_path: Path) -> None:
    with pytest.raises(Failed, match="« portail » s’est arrêté"):
        family(tmp_path, "raise SystemExit(1)").child(
            "portail", ("demo",), f"http://localhost:{free_port()}/"
        )


SERVER = """
import http.server, sys
class Quiet(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200); self.end_headers()
    def log_message(self, *words): pass
http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Quiet).serve_forever()
"""


def test_a_child_that_dies_later_is_named_and_a_wish_to_stop_ends_the_others(tmp_path: Path) -> None:
    port = free_port()
    children = family(tmp_path, SERVER)
    children.child("portail", (str(port),), f"http://127.0.0.1:{port}/")
    try:
        children.check()
        children._stop.set()
        children.watch()
        os.kill(children._children[0].process.pid, signal.SIGKILL)
        children._children[0].process.wait()
        with pytest.raises(Failed, match="« portail » s’est arrêté"):
            children.check()
    finally:
        children.stop()
