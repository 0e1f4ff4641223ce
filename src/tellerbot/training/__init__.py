"""What every trainer shares: the run folder, seeds, the optimisation loop, curves and the model card."""
