package io.paft.merge.engine;

/** Hears how a merge goes on; called from several threads. */
public interface Progress {
    /** Before the first part, after all that is read for thresholds: an attempt before this one wrote so much of what is to be written. */
    void kept(int tensors, long bytes);

    /**
     * Before anything is written: so many more elements were read to find thresholds of whole models.
     *
     * @param total how many will be read for that, over all passes
     */
    void scanned(long elements, long total);

    /** So many more bytes of the output were written. */
    void bytes(long written);

    /** One more tensor is finished. */
    void tensor();

    /** Both hear of everything. */
    default Progress and(Progress other) {
        Progress one = this;
        return new Progress() {
            @Override
            public void kept(int tensors, long bytes) {
                one.kept(tensors, bytes);
                other.kept(tensors, bytes);
            }

            @Override
            public void scanned(long elements, long total) {
                one.scanned(elements, total);
                other.scanned(elements, total);
            }

            @Override
            public void bytes(long written) {
                one.bytes(written);
                other.bytes(written);
            }

            @Override
            public void tensor() {
                one.tensor();
                other.tensor();
            }
        };
    }
}
