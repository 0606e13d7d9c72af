"""The contract of a channel."""
