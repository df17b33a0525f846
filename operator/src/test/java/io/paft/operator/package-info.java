@NullMarked
package io.paft.operator;

import org.jspecify.annotations.NullMarked;
