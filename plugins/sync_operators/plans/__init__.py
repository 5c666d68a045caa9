"""Planning, guarding and applying: from a command file to what became of each of its rows."""
