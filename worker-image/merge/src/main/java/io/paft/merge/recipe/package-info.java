/** Recipes in mergekit's format: reading, refusing what is not supported, resolving parameters per tensor. */
@NullMarked
package io.paft.merge.recipe;

import org.jspecify.annotations.NullMarked;
