"""The executor that a command's flags ask for."""

from memcoder_eval.batch.executor import Executor, Threads


def executor(workers: int | None, address: str | None = None) -> Executor:
    """Ray's workers where there is an address of a cluster, else threads of this process; one where no number is given.

    With Ray, no number means as many as the cluster has cores.
    """
    if address is None:
        return Threads(workers or 1)
    from memcoder_eval.batch.over_ray import Ray

    return Ray(address, workers)
