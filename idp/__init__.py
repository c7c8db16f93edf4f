"""An OpenID Connect provider for the members of an agricultural social security fund.

Law above all laws: a portal receives no token of any kind before the member's password change is complete.
Features (enrollment, signin, oidc, space) meet in three ways only: route names, facts in the store, and the
contributions listed in ``idp.app`` and ``idp.posting``. The import table is kept by import-linter (``pyproject.toml``).
"""
