/** The command line. */
@NullMarked
package io.paft.merge.cli;

import org.jspecify.annotations.NullMarked;
