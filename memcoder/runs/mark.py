"""The line of a commit's message by which memcoder's own commits name their run."""

import re

MARK = "memcoder run "
"""What the line begins with."""
MADE_BY = re.compile(rf"^{MARK}([0-9a-f-]+)$", re.MULTILINE)
