/** Turns a stage into its batch/v1 Job. Pure: the same stage and settings give the same Job. */
@NullMarked
package io.paft.operator.jobs;

import org.jspecify.annotations.NullMarked;
