"""The stage `evaluate`: lm-eval tasks, preference accuracy on held-out pairs, and greedy answers to prompts."""
