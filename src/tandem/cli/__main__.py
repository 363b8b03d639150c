"""python -m tandem.cli"""

from tandem.cli.main import main

main()
