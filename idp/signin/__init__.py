"""Login and pending obligations: the one gate of the house.

    portal ──► /oidc/authorize ──► clear? ──yes──► code ──► portal
                       ▲             │no
                       │             ▼
                    resume ◄── one screen (/connexion | /mot-de-passe | /conditions)

It owns sessions, the policy with its two receipts (``Cleared``, ``Standing``), the prompts, sign-out, and the page that
freezes an account with a letter's code. It does not own protocols (``oidc``), how a member is proven (``enrollment``),
nor the pages behind the gate (``space``). A screen settles its fact and returns to the dispatcher; screens never link
to one another.
"""
