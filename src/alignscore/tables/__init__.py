"""Tables in files: which files stand behind a path, how they are opened, and the account of their rows."""
