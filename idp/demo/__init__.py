"""The demo: made-up members, a partner portal, a mock FranceConnect, a mail catcher, and the supervisor of them all.

Owns: the processes of `idp demo` and what they need. Does not own: anything of the provider. It starts
the provider by its command line, talks to it over the network, reads the files that it writes, and imports
none of its packages, so that the portal stays an ordinary relying party and the mock FranceConnect a stranger.

    run ──starts──► franceconnect (8001)   idp serve (8000)   portal (8002)   catcher (8003)
     │                    ▲ OpenID Connect   │      ▲             │ OpenID Connect
     │                    └──────────────────┘      │◄────────────┘
     └─ members, portal, by the CLI ────────────────┘
"""
