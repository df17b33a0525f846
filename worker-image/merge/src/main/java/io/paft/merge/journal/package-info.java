/** What a merge has finished, written down so that it can go on after any end, and be done in parts. */
@NullMarked
package io.paft.merge.journal;

import org.jspecify.annotations.NullMarked;
