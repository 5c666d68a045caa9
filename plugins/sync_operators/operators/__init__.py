"""The custom operators, thin: one verb each over a plain function of the core."""
