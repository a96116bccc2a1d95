"""`python -m thalsafety`."""

from thalsafety.cli import main

if __name__ == "__main__":
    main()
