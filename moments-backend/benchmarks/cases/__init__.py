"""One module per benchmark; `measure(bench)` returns its rows of the table."""
