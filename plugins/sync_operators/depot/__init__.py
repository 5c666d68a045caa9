"""Our lasting store of command files and products."""
