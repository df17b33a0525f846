/** The HTTPS endpoint at which stage pods say how far they are: who may, what they may say, and how often that is told on. */
@NullMarked
package io.paft.operator.progress;

import org.jspecify.annotations.NullMarked;
