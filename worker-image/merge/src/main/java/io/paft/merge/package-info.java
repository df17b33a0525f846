/** The merge engine: sparsifies and fuses checkpoints of language models. Here: what can go wrong, and small helpers. */
@NullMarked
package io.paft.merge;

import org.jspecify.annotations.NullMarked;
