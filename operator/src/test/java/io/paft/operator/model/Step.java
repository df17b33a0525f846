package io.paft.operator.model;

/** One step of a run: what, and the seed of the choices in it. */
record Step(StepKind kind, long seed) {}
