/** The PaftPipeline API: records whose fields are the fields of the custom resource. */
@NullMarked
package io.paft.api.v1alpha1;

import org.jspecify.annotations.NullMarked;
