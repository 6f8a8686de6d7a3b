"""Programs that ours are compared with."""
