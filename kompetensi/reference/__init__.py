"""The tables of Gorontalo that come with the package; README.md tells their sources and how sure we are of them."""
