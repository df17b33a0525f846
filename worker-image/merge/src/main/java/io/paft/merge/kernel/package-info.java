/** Pure arithmetic on arrays of float32: no input or output, no state, no threads. */
@NullMarked
package io.paft.merge.kernel;

import org.jspecify.annotations.NullMarked;
