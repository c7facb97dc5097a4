"""Past memory and past one machine: Parquet files, Dask clusters, and engines that hold their own data.

All three doors make the ledger that `Ledger.post` makes of the same table in memory: `post_parquet` and
`post_dask` to 1e-12, `post_lazy` to 1e-9. Memory follows the cells of the ledger, never the events.

What a full history costs, on paper
-----------------------------------
Measured by ``benchmarks/scale.py`` on two shared cores (50 actors, 360 months, 2.6 million cells): 100 million
rows of Parquet (432 MB) to a monthly ledger in 10 to 13 s of one core, 100 to 129 ns a row, at a peak of 0.7 GB;
10 million took 136 ns a row, since a new cell costs more than one met before. With 100 actors (9.5 million cells):
16 s, 1.3 GB. GDELT as published is text: its reader takes 4.7 microseconds of CPU a row.

A full GDELT history of 1e9 rows is then

- as published, read and cleaned file by file: 1e9 x 4.7 us = 4,700 s, 1.3 hours of one core, once; and for each row
  between two states some 20 us (files of 600 such rows) to compare it with those of the week before and screen it;
- as Parquet of the columns posted, some 4.3 GB at the measured 4.3 bytes a row: 1e9 x 100 to 129 ns, or 1.7 to
  2.2 minutes of one core, at the memory of the 100 million, since cells and not rows decide it;
- with event ids compared over all files, 8 GB more: leave ``event_id`` out (``duplicates="trust"``) or clean first;
- on a cluster of w workers, the first two divided by w; each partition sends back 56 bytes a cell.
"""

from alignscore.scale.dask_tables import post_dask
from alignscore.scale.engines import post_lazy
from alignscore.scale.parquet import post_parquet
from alignscore.scale.stream import Posted

__all__ = ["Posted", "post_dask", "post_lazy", "post_parquet"]
