/** What an administrator sets, and how the parts are put together. */
@NullMarked
package io.paft.operator.config;

import org.jspecify.annotations.NullMarked;
