"""``python -m wildtrade``."""

from wildtrade.cli import main

main()
