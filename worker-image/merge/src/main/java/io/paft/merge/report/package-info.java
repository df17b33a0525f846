/** Statistics of deltas and the report that is made of them. */
@NullMarked
package io.paft.merge.report;

import org.jspecify.annotations.NullMarked;
