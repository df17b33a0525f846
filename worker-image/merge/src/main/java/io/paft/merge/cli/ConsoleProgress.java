package io.paft.merge.cli;

import io.paft.merge.engine.MergePlan;
import io.paft.merge.engine.Progress;
import java.io.Console;
import java.io.PrintStream;
import java.util.Locale;
import java.util.Optional;

/** Shows how a merge goes on: a bar on a terminal, elsewhere a line every ten seconds. */
final class ConsoleProgress implements Progress {
    private static final long LINE_NANOS = 10_000_000_000L;
    private static final long BAR_NANOS = 100_000_000L;
    private static final int WIDTH = 30;

    private final PrintStream stream;
    private final boolean terminal;
    private final int tensors;
    private final long bytes;
    private long start = System.nanoTime();
    private long shown = start;
    private long scanned;
    private long written;
    private long keptBytes;
    private int finished;

    ConsoleProgress(MergePlan plan, PrintStream stream, boolean terminal) {
        this.stream = stream;
        this.terminal = terminal;
        this.tensors = plan.tensors().size();
        this.bytes = plan.bytes();
    }

    /** Progress on the standard error of this process. */
    static ConsoleProgress of(MergePlan plan) {
        return new ConsoleProgress(
                plan,
                System.err,
                Optional.ofNullable(System.console()).map(Console::isTerminal).orElse(false));
    }

    /** Counted as done, but not for the rate. */
    @Override
    public synchronized void kept(int keptTensors, long bytesBefore) {
        finished += keptTensors;
        keptBytes += bytesBefore;
    }

    @Override
    public synchronized void scanned(long elements, long total) {
        scanned += elements;
        long now = System.nanoTime();
        if (isDue(now) || (terminal && scanned == total)) {
            double left = (now - start) / 1e9 / scanned * (total - scanned);
            print((double) scanned / total, String.format(Locale.ROOT, "finding thresholds, %.0f s left", left));
        }
        if (scanned == total) {
            // The rate and the time left are those of the merge itself.
            start = now;
        }
    }

    @Override
    public synchronized void bytes(long count) {
        written += count;
        long now = System.nanoTime();
        if (isDue(now)) {
            show(now);
        }
    }

    private boolean isDue(long now) {
        boolean due = now - shown >= (terminal ? BAR_NANOS : LINE_NANOS);
        shown = due ? now : shown;
        return due;
    }

    @Override
    public synchronized void tensor() {
        finished++;
        if (terminal && finished == tensors) {
            show(System.nanoTime());
            stream.println();
        }
    }

    private void show(long now) {
        double seconds = Math.max(1e-3, (now - start) / 1e9);
        double rate = written / seconds;
        long done = keptBytes + written;
        double share = bytes == 0 ? 1 : (double) done / bytes;
        String text = String.format(
                Locale.ROOT,
                "%d of %d tensors, %s of %s, %s/s, %.0f s left",
                finished,
                tensors,
                Sizes.format(done),
                Sizes.format(bytes),
                Sizes.format((long) rate),
                (bytes - done) / Math.max(1, rate));
        print(share, text);
    }

    private void print(double share, String text) {
        if (terminal) {
            int filled = (int) (share * WIDTH);
            stream.print("\r[" + "#".repeat(filled) + "-".repeat(WIDTH - filled) + "] " + text + "\033[K");
            stream.flush();
        } else {
            stream.println(text);
        }
    }
}
