/** The operator's own certificate authority: one that pods trust for nothing but progress. */
@NullMarked
package io.paft.operator.progress.tls;

import org.jspecify.annotations.NullMarked;
