"""How the tests of an instance run in our environment: recipes by project and version, as data.

The environments are memcoder's own: Debian bookworm with Python 3.11, or bullseye with Python 3.9.
"""

from memcoder import MissingError
from memcoder_eval.recipes.ground import PYTEST, Ground
from memcoder_eval.recipes.table import GROUNDS

__all__ = ["GROUNDS", "PYTEST", "Ground", "ground", "is_known"]


def ground(repo: str, version: str) -> Ground:
    """What a version of `owner/name` needs. Raises MissingError where nobody wrote it down, or it cannot run here."""
    versions = GROUNDS.get(repo, {})
    if version not in versions:
        known = "; ".join(f"{name} {', '.join(each)}" for name, each in GROUNDS.items())
        raise MissingError(f"there is no recipe for {repo} {version or '(no version)'}", f"known: {known}")
    if reason := versions[version].unsupported:
        raise MissingError(f"{repo} {version} cannot be run: {reason}", "leave its instances out")
    return versions[version]


def is_known(repo: str, version: str) -> bool:
    """Whether somebody wrote down what a version needs, or that it cannot be run."""
    return version in GROUNDS.get(repo, {})
