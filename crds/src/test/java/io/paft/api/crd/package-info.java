/** The CRD file and its documentation: how they are made from the records, and the tests that keep them true. */
@NullMarked
package io.paft.api.crd;

import org.jspecify.annotations.NullMarked;
