"""`python -m cli`: the same as `videomoments`; works after the virtual environment was moved."""

from cli.main import main

main()
