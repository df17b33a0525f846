"""Breaks the local cluster on purpose while pipelines run, and checks what came of them."""
