"""`python -m tellerbot`"""

from tellerbot.cli.main import main

main()
