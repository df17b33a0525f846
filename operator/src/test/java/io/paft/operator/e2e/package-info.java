/** Stories on a real cluster, where a real kubelet runs the real images: {@code dev/e2e/run}. */
@NullMarked
package io.paft.operator.e2e;

import org.jspecify.annotations.NullMarked;
