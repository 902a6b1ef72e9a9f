"""Mine, store, recall, trust and transfer memories."""
