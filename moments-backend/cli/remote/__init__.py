"""Commands for a library on another machine, through its API."""
