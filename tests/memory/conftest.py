"""A small repository and its store are what most tests of memory stand on."""

from tests.shops import SETTINGS, repo, shop, store

__all__ = ["SETTINGS", "repo", "shop", "store"]
