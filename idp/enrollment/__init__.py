"""From "who are you?" to a provisional password (S1–S15), and another one for whoever forgot theirs.

An enrollment is a frozen bag of facts; the current step is the first whose ``done`` is false. There is no state
column: resuming is a computation. Going back is answering an earlier question again: that clears every later fact, and
stops at an answered proof.

    profil → identifiant → documents → coordonnees → verification ─┬─ right ─→ messagerie → conditions → envoi (e-mail)
                                                                   ├─ wrong, no question ─────────────→ envoi (post)
                                                                   └─ left, deceased, no address ─────→ the contacts

    ``recovery``     numero → verification → envoi: nothing can be typed or changed on the way
    ``phone_desk``   a member who called: the agent hears, the record judges (S4)
    ``letters``      whether the records allow a letter, decided by the post's worker out of the visitor's sight
    ``disclosure``   what a visitor is told about a number

It owns its steps and their pages. It does not own the members (``members``), the secret (born in ``post``), nor the
sign-in and the freezing that may follow (``signin``).
"""
