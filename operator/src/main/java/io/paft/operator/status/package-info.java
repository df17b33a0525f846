/** The status of a pipeline: conditions, phase, summary and result from the statuses of its stages. Pure. */
@NullMarked
package io.paft.operator.status;

import org.jspecify.annotations.NullMarked;
