/** Benches of the merge engine's kernels: the same calls with the Vector API and, without its module, with the scalar references. */
@NullMarked
package io.paft.bench;

import org.jspecify.annotations.NullMarked;
