"""The command line as `python -m tellerbot`."""

from tellerbot.cli.main import main

main()
