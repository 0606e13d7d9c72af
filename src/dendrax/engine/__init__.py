"""What runs: membrane, cable equation, steppers, the scan over time. JAX only; no tables, no concrete channel."""
