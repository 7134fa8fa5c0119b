"""python -m catnet"""

from catnet.cli.main import main

if __name__ == "__main__":
    main()
