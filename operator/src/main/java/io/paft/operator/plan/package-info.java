/** The pure core: what a pipeline consists of, what identifies each part, and what to do next. No client, no clock. */
@NullMarked
package io.paft.operator.plan;

import org.jspecify.annotations.NullMarked;
