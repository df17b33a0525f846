/** The thin shell around the plan: reads the cluster, writes the status, carries out actions. */
@NullMarked
package io.paft.operator.reconcile;

import org.jspecify.annotations.NullMarked;
