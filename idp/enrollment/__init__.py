"""From "who are you?" to a provisional password (S1–S15).

An enrollment is a frozen bag of facts; the current step is the first whose ``done`` is false. There is no state
column: resuming is a computation. Going back is answering an earlier question again: that clears every later fact, and
stops at an answered proof.

    profil → identifiant → documents → coordonnees → verification ─┬─ right ─→ messagerie → conditions → envoi (e-mail)
                                                                   └─ wrong, no question ─────────────→ envoi (post)

It owns its steps and their pages. It does not own the members (``members``), the secret (born in ``post``), nor the
sign-in that follows.
"""
