"""A batch: many units of work on several workers, kept as they end, resumed where a fault cut them off."""
