"""How a dataset's patches are graded, and where its instances are solved: by what its records say."""

from collections.abc import Sequence
from pathlib import Path

from memcoder import Settings
from memcoder_eval.dataset import Instance
from memcoder_eval.solving import own_tests
from memcoder_eval.solving.campaign import Grader
from memcoder_eval.stores import Report
from memcoder_eval.swebench import official
from memcoder_eval.swebench.check import Plan


def grader_of(
    instances: Sequence[Instance], clones: Path, settings: Settings, out: Path, timeout: float, report: Report
) -> tuple[Grader, dict[str, Settings]]:
    """The grader of these instances, and the settings of each one's environment.

    Tasks of a repository's own past are graded by their own tests, all others by the official harness.
    """
    if own_tests.have_own_tests(instances):
        own = {one.id: own_tests.environment_of(one, settings) for one in instances}
        return own_tests.OwnTests(clones, settings), own
    plan = Plan(clones, settings, timeout=timeout)
    return official.Official(plan, out), {one.id: official.environment_of(one, settings, report) for one in instances}
