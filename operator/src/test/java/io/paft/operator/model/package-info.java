/** Checks the operator's decisions against a simulated cluster: seeded steps, invariants after each, shortest traces. */
@NullMarked
package io.paft.operator.model;

import org.jspecify.annotations.NullMarked;
