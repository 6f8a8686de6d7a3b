"""Actions on many videos at once."""
