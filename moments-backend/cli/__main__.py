"""`python -m cli`: the same as `videomoments`, also where the script's folder was moved."""

from cli.main import main

main()
