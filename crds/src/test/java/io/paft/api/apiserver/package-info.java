/** The CRD on a real API server: schema, rules, defaults, server-side apply. Run with {@code mvn -f crds test -Papiserver}. */
@NullMarked
package io.paft.api.apiserver;

import org.jspecify.annotations.NullMarked;
