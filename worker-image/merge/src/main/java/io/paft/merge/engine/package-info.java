/** The streaming engine: plans a merge, runs it tensor by tensor, gathers the statistics in the same pass. */
@NullMarked
package io.paft.merge.engine;

import org.jspecify.annotations.NullMarked;
