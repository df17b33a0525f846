/** Meters of stages, beside those of the controller runtime. */
@NullMarked
package io.paft.operator.metrics;

import org.jspecify.annotations.NullMarked;
