"""The measures: one file a construct, each a set of functions of arrays and the doors to them."""
