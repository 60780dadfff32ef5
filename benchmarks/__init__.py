"""Every speed claim, measured side by side in one run and told as a ratio: machines differ and are noisy."""
