/** What the CRD generator cannot say by annotation alone; runs in the generator only, never in the operator. */
@NullMarked
package io.paft.api.schema;

import org.jspecify.annotations.NullMarked;
