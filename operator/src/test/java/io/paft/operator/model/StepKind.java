package io.paft.operator.model;

/** What may happen next, and how often it does compared with the others: while no operator is at work, and while one is. */
enum StepKind {
    RECONCILE(120, 8, false),
    PROCEED(0, 240, false),
    CRASH(0, 6, true),
    UNAVAILABLE(0, 8, true),
    ANSWER_LOST(0, 8, true),
    REFUSED(0, 8, true),
    QUOTA_CONFLICT(0, 4, true),
    JOBS_SEEN(64, 24, false),
    PODS_SEEN(64, 24, false),
    PIPELINES_SEEN(40, 16, false),
    RESTART(1, 0, true),
    CLOCK_JUMP(1, 1, true),
    TIME(20, 4, false),
    JOB_SYNC(96, 24, false),
    POD_ADVANCES(128, 32, false),
    POD_FAILS(14, 4, false),
    /** A running pod does nothing any more, and does not end. */
    POD_HANGS(60, 10, true),
    POD_DISRUPTED(8, 4, true),
    POD_DELETED(4, 4, true),
    POD_REMOVED(8, 4, true),
    COLLECT(48, 12, false),
    PROGRESS(32, 8, false),
    JOB_DELETED(2, 2, true),
    EDIT(2, 2, true),
    /** Takes over what another pipeline asks for. */
    COPY(1, 1, true),
    INVALID(1, 1, true),
    /** Suspends a pipeline, or lets it go on. */
    SUSPEND(4, 2, true),
    /** Asks for another try of what has failed. */
    RETRY(80, 20, true),
    REVERT(4, 2, true),
    PIPELINE_DELETED(1, 1, true),
    PIPELINE_APPLIED(80, 20, false),
    FOREIGN_CONDITION(2, 2, true),
    /** Nothing goes wrong any more until everything is quiet: the pipeline must then be where it belongs. */
    CALM(1, 0, false),
    /** Everything goes on for a while and nothing goes wrong, so that late stages are met too. */
    QUIET(0, 0, false);

    final int outside;
    final int inside;

    /** Whether it is worth a look whether everything still comes right after it alone. */
    final boolean fault;

    StepKind(int outside, int inside, boolean fault) {
        this.outside = outside;
        this.inside = inside;
        this.fault = fault;
    }
}
