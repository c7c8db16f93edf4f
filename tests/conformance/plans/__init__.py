"""The certification plans: a test for each module of the OpenID Foundation's suite, by its name, over real HTTP.

``suite``, ``checks``, ``answers``, ``forms`` and ``site`` are the suite as a stranger writes it: they read the
specifications and import nothing of the provider. ``modules_*`` hold each module once; a plan's file lists its modules
and its ``VARIANTS``, and each module runs once for every variant it applies to.

::

   test_basic.py ─┐                                  ┌─► answers (where the answer stands, what it must not show)
   test_hybrid.py ├─► modules_*.py ──► suite.Suite ──┼─► checks  (tokens, claims, metadata, keys)
   …              ┘        ▲                         └─► site    (what a relying party serves and is sent)
                           └ variant (response type × mode)
"""

import pytest

for _name in ("answers", "checks", "metadata", "suite", "registering", "leaving"):
    pytest.register_assert_rewrite(f"{__name__}.{_name}")
for _name in ("claims", "codes", "discovery", "prompts", "requests", "responses"):
    pytest.register_assert_rewrite(f"{__name__}.modules_{_name}")
