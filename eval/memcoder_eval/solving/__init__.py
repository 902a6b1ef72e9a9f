"""Does memory make the agent better? One agent on one instance, under the conditions that are compared.

`prepare_memory` makes what the arms remember, ahead and once; `solve_instance` solves one instance in one arm with it;
`summary` tells what came of all.
"""
