"""`python -m fwnew` is `fwnew`."""

from fwnew.cli import main

main()
