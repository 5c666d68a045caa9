"""From the drop into the depot: each complete file exactly once."""
