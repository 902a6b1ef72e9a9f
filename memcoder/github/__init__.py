"""The Action: an issue in, a verified draft pull request out. All of it is deterministic; no model sees a token."""
