package io.paft.operator.model;

import org.jspecify.annotations.Nullable;

/** Where steps come from; null when there are no more. */
interface Script {

    @Nullable
    Step next(boolean inside);

    /** A step that could not be taken is no step. */
    void taken(Step step, boolean possible);
}
