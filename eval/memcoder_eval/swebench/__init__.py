"""SWE-bench (Jimenez et al., ICLR 2024): from an instance of a dataset to the official grade of a patch."""
