/** The manifests say what the code needs, and no more. */
@NullMarked
package io.paft.operator.manifests;

import org.jspecify.annotations.NullMarked;
