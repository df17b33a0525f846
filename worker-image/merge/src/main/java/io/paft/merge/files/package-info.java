/** Directories as outputs: listing with digests, durability, removal. */
@NullMarked
package io.paft.merge.files;

import org.jspecify.annotations.NullMarked;
