package io.paft.merge.cli;

/** How {@code --max-memory}, all that a merge takes besides the mapped files, is divided. */
final class Memory {
    /** 1 GiB. */
    static final long DEFAULT = 1L << 30;

    private Memory() {}

    /** For the heap of the process; the rest is for the Java machine itself. */
    static long heap(long all) {
        return Math.max(64L << 20, all / 4 * 3);
    }

    /** For the working memory of the engine; the rest of the heap is for headers, plans and reports. */
    static long working(long all) {
        return all / 5 * 3;
    }
}
