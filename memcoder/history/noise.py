"""Paths and commits from which nothing is learnt: vendored, generated, enormous. Computed when asked, never stored.

What is noise costs nothing: its lines are counted and its commit is remembered, but no names are read from its hunks,
nothing of it is parsed, and no line of it is owned by anybody (`lineage.py`).
"""

import re

from memcoder.records import Commit, FileChange

FILES_LIMIT = 200
"""A commit that touches more is an import or a reformat: its files are listed up to here, its names are not read."""
LINES_LIMIT = 5_000
"""Added and deleted lines; a file that changes by more was generated, moved in or reformatted."""
VENDORED = re.compile(
    r"(?:^|/)(?:vendor|vendored|_vendor|third[_-]?party|extern|externals|node_modules|bower_components|site-packages)/"
    r"|(?:^|/)(?:jquery|bootstrap|underscore|backbone|xregexp|select2|mathjax)"
    r"(?:[.-][\d.]*\d)?(?:\.\w+)?\.(?:js|css)$"
)
GENERATED = re.compile(
    r"(?:^|/)(?:package-lock\.json|npm-shrinkwrap\.json|yarn\.lock|pnpm-lock\.yaml|poetry\.lock|Pipfile\.lock|uv\.lock"
    r"|pdm\.lock|Cargo\.lock|Gemfile\.lock|composer\.lock|go\.sum|flake\.lock|gradle\.lockfile|configure|aclocal\.m4)$"
    r"|\.min\.(?:js|css|mjs)$|\.(?:js|css)\.map$|-bundle\.js$"
    r"|_pb2(?:_grpc)?\.pyi?$|\.pb\.(?:go|cc|h)$|_pb\.(?:js|d\.ts)$|\.g\.(?:dart|cs)$|\.generated\.\w+$|_generated\.\w+$"
    r"|(?:^|/)(?:parsetab|lextab|parser\.out)\.?(?:py)?$|\.(?:po|pot|mo|ipynb|svg|snap|cassette|lock|sum)$"
    r"|(?:^|/)(?:dist|__snapshots__|__generated__|generated)/"
)
MIGRATIONS = re.compile(r"(?:^|/)migrations/(?:[^/]+/)*\d{4}\w*\.py$")
MIGRATION_LINES = 300
"""A migration of more lines was dumped by a tool; smaller ones are written or at least read."""


def is_vendored(path: str) -> bool:
    """Whether a path is somebody else's code that was copied in."""
    return VENDORED.search(path) is not None


def is_generated(path: str) -> bool:
    """Whether a path is made by a tool: lock files, minified and compiled files, catalogues, snapshots."""
    return GENERATED.search(path) is not None


def is_noise_path(path: str) -> bool:
    """Whether a path is vendored or generated."""
    return is_vendored(path) or is_generated(path)


def is_noise(change: FileChange) -> bool:
    """Whether a file's change teaches nothing: vendored, generated, enormous, or a dumped migration."""
    lines = change.added + change.deleted
    if lines > LINES_LIMIT or (lines > MIGRATION_LINES and MIGRATIONS.search(change.path)):
        return True
    return is_noise_path(change.path)


def is_noise_commit(commit: Commit) -> bool:
    """Whether a whole commit teaches nothing: a merge, too many files, or no file that is not noise.

    A commit without files (an empty one) says something by its message alone, and is none.
    """
    if len(commit.parents) > 1 or len(commit.files) >= FILES_LIMIT:
        return True
    return bool(commit.files) and all(is_noise(change) for change in commit.files)
