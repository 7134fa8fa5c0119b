"""python -m catnet"""

from catnet.cli.main import main

main()
