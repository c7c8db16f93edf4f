"""FranceConnect, or another upstream OpenID provider: sign in, link, prove, unlink, log out (C3, C6, S20).

It owns the client of the upstream provider (``franceconnect``), what is kept of it (``transactions``, links), the
comparison of an identity with the fund's record (``reconciling``) and the pages around. It does not own sessions nor
the gate (``signin``), the walk that a proof belongs to (``enrollment``), nor the other role, where FranceConnect is a
client of ours (``oidc``). No other part of the house waits for it: local sign-in and logout work without.

::

   button ──► transaction ──► upstream ──► /franceconnect/retour ──► taken once, checked, asked ──► settled
   (POST)     one browser     (their pages)                                                         │
                                                            sign in ◄── link ◄── prove ◄── by its purpose
                                                               │          └───┬────┘
                                                             session     upstream logout, then back to our page
"""
