"""`memcoder eval repair DIR`: programs in QuixBugs' layout, one arm a configuration, in containers."""
