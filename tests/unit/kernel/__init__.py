"""The kernel: what everybody stands on."""
