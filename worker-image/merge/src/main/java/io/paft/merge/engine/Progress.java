package io.paft.merge.engine;

/** Hears how a merge goes on; called from several threads. */
public interface Progress {
    /** Hears nothing. */
    Progress NONE = new Progress() {
        @Override
        public void bytes(long written) {}

        @Override
        public void tensor() {}
    };

    /** So many more bytes of the output were written. */
    void bytes(long written);

    /** One more tensor is finished. */
    void tensor();

    /** Both hear of everything. */
    default Progress and(Progress other) {
        Progress one = this;
        return new Progress() {
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
