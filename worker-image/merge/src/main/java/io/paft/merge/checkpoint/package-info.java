/** Model directories: finding and reading their tensors, and writing new ones in the layout of transformers. */
@NullMarked
package io.paft.merge.checkpoint;

import org.jspecify.annotations.NullMarked;
