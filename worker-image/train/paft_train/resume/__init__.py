"""Checkpoints of a training: when they are written, what is in them, and how a training goes on from one."""
