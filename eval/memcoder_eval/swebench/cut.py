"""A pulled image cut to what an agent may see: the base commit and its ancestors, and no later commit.

Published images hold whole repositories, the fix among them. What is kept is chosen, not what is removed: git fetches
the base commit into an empty repository, which then takes the place of the image's own.
"""

import hashlib
from typing import Any

from memcoder import FaultError, UsageError, connect, engine_faults, labels
from memcoder_eval.dataset import COMMIT
from memcoder_eval.swebench.images import LIMITS
from memcoder_eval.swebench.script import TESTBED

NAME = "memcoder-swebench-cut"
CUT = f"""set -e
export GIT_CONFIG_COUNT=2 GIT_CONFIG_KEY_0=safe.directory GIT_CONFIG_VALUE_0='*'
export GIT_CONFIG_KEY_1=core.hooksPath GIT_CONFIG_VALUE_1=/dev/null
cd {TESTBED}
git checkout --quiet --force --detach "$BASE"
rm -rf /tmp/cut && git init --quiet --template= /tmp/cut && cd /tmp/cut
upload='git -c uploadpack.allowAnySHA1InWant=true upload-pack'
git fetch --quiet --no-tags --upload-pack "$upload" file://{TESTBED} "$BASE"
git symbolic-ref HEAD refs/heads/main && git update-ref refs/heads/main "$BASE"
rm -rf {TESTBED}/.git .git/FETCH_HEAD .git/logs && mv .git {TESTBED}/.git && rm -rf /tmp/cut
cd {TESTBED}
git config core.logAllRefUpdates false && git config gc.auto 0
git reset --quiet --hard "$BASE"
"""


def cut(image: str, base: str) -> str:
    """The name of an image like this one whose repository holds the base commit's ancestors alone; made once.

    Files that git ignores stay as they are: they are what was built. Raises FaultError where the image does not hold
    the base commit.
    """
    if not COMMIT.fullmatch(base):
        raise UsageError(f"{base!r} is no full hash", "look at the dataset")
    client = connect()
    try:
        with engine_faults("cutting an image"):
            return _cut(client, image, base)
    finally:
        client.close()


def _cut(client: Any, image: str, base: str) -> str:
    from docker.errors import ImageNotFound

    whole = client.images.get(image)
    tag = f"{NAME}:{hashlib.sha256(f'{whole.id} {base} {CUT}'.encode()).hexdigest()[:20]}"
    try:
        client.images.get(tag)
        return tag
    except ImageNotFound:
        pass
    container = client.containers.create(whole.id, labels=labels(), **LIMITS)
    try:
        container.start()
        done = container.exec_run(["bash", "-c", CUT], environment={"BASE": base}, user="0")
        if done.exit_code:
            said = done.output.decode(errors="replace").strip()[-400:]
            raise FaultError(f"{image} cannot be cut to {base[:12]}: {said}", "does it hold that commit?")
        container.commit(*tag.split(":"))
    finally:
        container.remove(force=True, v=True)
    return tag
