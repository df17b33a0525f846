"""Demonstrations: a base model, data and evaluation tasks, made in a workspace without any download."""
