"""Session management (OpenID Connect Session Management 1.0): best effort, for certification alone.

::

   portal's page ─► its iframe ─ "client_id session_state" ─► our iframe: same hash over the cookie of now?
                              ◄─ "unchanged" | "changed" | "error" ─┘

The cookie is random, names nobody, and changes whenever the session's does. Browsers that keep cookies from pages
within pages of others answer *changed* for ever: a portal then asks with ``prompt=none`` and is told the truth.
"""

from __future__ import annotations

import hashlib

from idp.kernel.ids import new_id
from idp.web.links import origin


def session_state(client_id: str, origin: str, browser_state: str, salt: str) -> str:
    """Return the value that a portal keeps (section 3.2): a salted hash, and the salt. ``origin`` is the portal's."""
    whole = f"{client_id} {origin} {browser_state} {salt}"
    return f"{hashlib.sha256(whole.encode()).hexdigest()}.{salt}"


def new_session_state(client_id: str, redirect_uri: str, browser_state: str) -> str:
    """Return the value for the portal that an answer goes to."""
    return session_state(client_id, origin(redirect_uri), browser_state, new_id())


def script(cookie: str) -> str:
    """Return what our iframe does: ``session_state`` again, over the cookie of now (section 3.2)."""
    return f"""\
"use strict";
(function () {{
  var name = "{cookie}=";
  function state() {{
    var all = document.cookie.split("; ");
    for (var i = 0; i < all.length; i++) {{
      if (all[i].indexOf(name) === 0) {{ return all[i].slice(name.length); }}
    }}
    return "";
  }}
  function hex(buffer) {{
    return Array.prototype.map.call(new Uint8Array(buffer), function (byte) {{
      return ("0" + byte.toString(16)).slice(-2);
    }}).join("");
  }}
  window.addEventListener("message", function (event) {{
    var said = typeof event.data === "string" ? event.data.split(" ") : [];
    var known = said.length === 2 ? said[1].split(".") : [];
    function answer(word) {{ event.source.postMessage(word, event.origin); }}
    if (!event.source || event.origin === "null") {{ return; }}
    if (known.length !== 2 || !said[0] || !known[1] || !window.crypto.subtle) {{ answer("error"); return; }}
    var whole = [said[0], event.origin, state(), known[1]].join(" ");
    window.crypto.subtle.digest("SHA-256", new TextEncoder().encode(whole)).then(function (hash) {{
      answer(hex(hash) === known[0] ? "unchanged" : "changed");
    }}, function () {{ answer("error"); }});
  }}, false);
}})();
"""
