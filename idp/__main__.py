"""``python -m idp`` is the same program as ``idp``."""

from idp.cli import main

main()
