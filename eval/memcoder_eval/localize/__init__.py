"""`memcoder eval localize`: does recall find the files and functions that a reference patch changed?

The question is an instance's problem statement alone, asked as of its base commit. The parts, in the order in which
they are used: dataset, arms, benchmark (what is to do), pool (processes), work (one repository), ask (recall), gold,
functions, score, metrics, report.
"""
