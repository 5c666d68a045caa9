"""The doctor: looks at everything a site needs, changes nothing, and says what is still lacking."""
