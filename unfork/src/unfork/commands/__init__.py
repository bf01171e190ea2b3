"""One file a command: a plain function that returns a result. Nothing here prints."""
