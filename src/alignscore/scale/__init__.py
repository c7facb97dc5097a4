"""Past memory and past one machine: Parquet files, Dask clusters, and engines that hold their own data.

All three doors make the ledger that `Ledger.post` makes of the same table in memory: `post_parquet` and
`post_dask` to 1e-12, `post_lazy` to 1e-9. Memory follows the cells of the ledger, never the events.
"""

from alignscore.scale.dask_tables import post_dask
from alignscore.scale.engines import post_lazy
from alignscore.scale.parquet import post_parquet
from alignscore.scale.stream import Posted

__all__ = ["Posted", "post_dask", "post_lazy", "post_parquet"]
