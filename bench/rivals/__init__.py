"""Other engines doing the same unit of work, each in a process of a venv that is thrown away (see compare.py)."""
