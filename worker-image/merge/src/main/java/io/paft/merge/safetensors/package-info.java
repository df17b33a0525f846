/** The safetensors format: reading with every check that the format asks for, and writing. */
@NullMarked
package io.paft.merge.safetensors;

import org.jspecify.annotations.NullMarked;
