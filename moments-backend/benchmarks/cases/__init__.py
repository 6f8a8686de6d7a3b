"""One module for each benchmark: `measure(bench)` returns the rows of the table that it fills."""
