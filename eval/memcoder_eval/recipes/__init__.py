"""How the tests of an instance run in our environment: recipes by project and version, as data.

The environments are memcoder's own: Debian bookworm with Python 3.11, or bullseye with Python 3.9.
"""

from memcoder import MissingError
from memcoder_eval.recipes.ground import PYTEST, Ground
from memcoder_eval.recipes.table import GROUNDS

__all__ = ["GROUNDS", "PYTEST", "Ground", "ground"]


def ground(repo: str, version: str) -> Ground:
    """What a version of `owner/name` needs. Raises MissingError where nobody wrote it down."""
    versions = GROUNDS.get(repo, {})
    if version not in versions:
        known = "; ".join(f"{name} {', '.join(each)}" for name, each in GROUNDS.items())
        raise MissingError(f"there is no recipe for {repo} {version or '(no version)'}", f"known: {known}")
    return versions[version]
