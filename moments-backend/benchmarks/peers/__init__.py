"""The programs that ours are measured against."""
