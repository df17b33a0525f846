/** Which of several operators works, and how progress posts find it. */
@NullMarked
package io.paft.operator.leader;

import org.jspecify.annotations.NullMarked;
