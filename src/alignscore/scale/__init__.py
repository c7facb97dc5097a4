"""Past memory and past one machine: Parquet files, Dask clusters, and engines that hold their own data."""

from alignscore.scale.cluster import post_dask
from alignscore.scale.lazy import post_lazy
from alignscore.scale.parquet import post_parquet
from alignscore.scale.stream import Posted

__all__ = ["Posted", "post_dask", "post_lazy", "post_parquet"]
