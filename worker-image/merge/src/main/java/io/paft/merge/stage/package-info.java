/** The merge stage of a pipeline: docs/stage-contract.md from the first lock to the termination message. */
@NullMarked
package io.paft.merge.stage;

import org.jspecify.annotations.NullMarked;
