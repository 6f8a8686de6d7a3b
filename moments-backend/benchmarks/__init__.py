"""Speed and memory of the library, compared with well-known programs that do the same work.

`python -m benchmarks` runs the benchmarks of `catalogue.py`. Each figure is measured in turns with a peer's
on the same machine; only their ratio is meaningful.
"""
