"""What portals talk to: an OpenID Connect provider with one front door and one gate behind it.

    POST       /oidc/register             a portal registers itself, where the operator lets it
    GET, PUT, DELETE  …/{id}              and manages that
    POST       /oidc/par                  a portal says beforehand what it will ask
    GET, POST  /oidc/authorize            a portal asks; answered at once, or parked
    GET, POST  /oidc/authorize/{request}  goes on with a parked request, after each screen; a POST is *cancel*
    GET, POST  /autorisation              the member agrees to what a portal would be told
    POST       /oidc/device               a device asks for a code to show
    GET, POST  /appareil                  the member types it
    POST       /oidc/token                a code, a refresh token or a device's code for tokens; a client's own
    GET, POST  /oidc/userinfo             claims for an access token
    POST       /oidc/introspect           what a token is worth now
    POST       /oidc/revoke               a client gives a token back
    GET, POST  /oidc/logout               a portal asks to end the session
    GET        /oidc/session              the iframe of session management, for certification alone
    GET        /oidc/logo/{client}        its logo, as we keep it
    GET        /oidc/jwks                 the public keys
    GET        /.well-known/openid-configuration, /.well-known/oauth-authorization-server

It owns clients, consents, signing keys, codes, grants, tokens, pairwise subjects and the protocol's errors. It does
not own sessions, prompts or the parked rows (``signin``), nor what a member must do before a portal hears of them.

The law (law 1): a code is made from a ``Cleared`` alone, tokens and userinfo from a ``Standing`` alone, and both are
built in ``signin/policy.py`` and nowhere else. A session with a provisional password never gets one.
"""
