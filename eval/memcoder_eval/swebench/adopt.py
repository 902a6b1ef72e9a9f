"""A published image as the ground of attempts: what its publisher installed is taken over, its repository is not.

Published images hold whole repositories, the fix among them. So the image is a base, on which memcoder puts the base
commit and its ancestors as it does everywhere. Of the publisher's work tree only what git ignores is carried over: that
is what was built there.
"""

from memcoder import Recipe, Settings
from memcoder_eval.swebench.script import TESTBED

VENV, CONDA = "/opt/venv", "/opt/miniconda3/envs/testbed"
ADOPT = f"""set -e
export GIT_CONFIG_COUNT=2 GIT_CONFIG_KEY_0=safe.directory GIT_CONFIG_VALUE_0='*'
export GIT_CONFIG_KEY_1=core.hooksPath GIT_CONFIG_VALUE_1=/dev/null
here=$(pwd)
git -C {TESTBED} ls-files --others --ignored --exclude-standard -z > /tmp/built
tar -C {TESTBED} --null --no-recursion -T /tmp/built -cf - | tar -C "$here" --no-same-owner -xf -
tr '\\0' '\\n' < /tmp/built | (cd "$here" && xargs -r -d '\\n' chown --no-dereference --reference=.)
rm -rf {TESTBED} /tmp/built && ln -s "$here" {TESTBED}
if [ -x {CONDA}/bin/python ]; then rm -rf {VENV} && ln -s {CONDA} {VENV}; fi
{VENV}/bin/python -c 'import pytest' 2>/dev/null || {VENV}/bin/python -m pip install --quiet pytest || true
"""
"""Run in the work tree that attempts get. An editable install keeps knowing its project where it was; the environment
that the publisher's scripts activate takes the place of ours; and existing tests need pytest more often than not."""


def adopting(image: str, settings: Settings) -> Settings:
    """The settings with which attempts run in what a published image has installed."""
    return settings.model_copy(update={"base_image": image, "recipe": Recipe(install=(ADOPT,))})
