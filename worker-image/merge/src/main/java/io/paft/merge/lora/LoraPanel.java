package io.paft.merge.lora;

/** The delta of an adapter, read from the first element to the last: some whole rows at a time, as they multiply fastest. */
public final class LoraPanel {
    /** What of the other factor is in the nearest cache is read once for so many rows. */
    private static final int ROWS = 16;

    private final LoraFactors factors;
    private final float[] panel;
    private long first;
    private int length;

    /** A panel for one thread. */
    public LoraPanel(LoraFactors factors) {
        this.factors = factors;
        this.panel = new float[length(factors.columns())];
    }

    /** Elements of a panel. */
    static int length(int columns) {
        return ROWS * columns;
    }

    /** Elements {@code start} to {@code start + count - 1} of the delta, row-major. */
    public void read(long start, int count, float[] target) {
        int done = 0;
        while (done < count) {
            long at = start + done;
            if (at < first || at >= first + length) {
                first = at / panel.length * panel.length;
                length = (int) Math.min(panel.length, factors.elements() - first);
                factors.read(first, length, panel);
            }
            int offset = (int) (at - first);
            int part = Math.min(count - done, length - offset);
            System.arraycopy(panel, offset, target, done, part);
            done += part;
        }
    }
}
