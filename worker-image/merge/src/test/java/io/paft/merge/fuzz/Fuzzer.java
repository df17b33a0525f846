package io.paft.merge.fuzz;

import com.sun.management.ThreadMXBean;
import io.paft.merge.MergeException;
import io.paft.merge.Reason;
import java.io.IOException;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;

/**
 * Damages one file a round and reads it. What must hold: it is read, or refused with the documented exception, which names
 * the file; nothing outside is read; memory and time are in proportion to a small file.
 */
public final class Fuzzer {
    private static final Set<Reason> DOCUMENTED = EnumSet.of(
            Reason.ModelInvalid,
            Reason.ModelNotFound,
            Reason.ShapeMismatch,
            Reason.UnsafeFormat,
            Reason.InvalidParameter);
    private static final List<Target> TARGETS = List.of(Target.values());
    /** Generous: a round takes about a millisecond and a megabyte. */
    private static final long BYTES = 64L << 20;

    private static final long NANOS = 5_000_000_000L;

    private final Path root;
    private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    /** A fuzzer that works in {@code directory}, which is empty. */
    public Fuzzer(Path directory) {
        this.root = directory.resolve("root");
        Target.prepare(root);
    }

    /**
     * One round.
     *
     * @param seed decides everything
     * @return what did not hold, with the file that shows it
     */
    public Optional<String> round(long seed) throws IOException {
        Random random = new Random(seed);
        Target target = TARGETS.get(random.nextInt(TARGETS.size()));
        Path file = root.resolve(target.file);
        byte[] good = Files.readAllBytes(file);
        byte[] bad = new Mutator(random).damage(target.good(root, random.nextInt(100)));
        Files.write(file, bad);
        long allocated = threads.getCurrentThreadAllocatedBytes();
        long start = System.nanoTime();
        Optional<String> finding = finding(target);
        long took = System.nanoTime() - start;
        long bytes = threads.getCurrentThreadAllocatedBytes() - allocated;
        if (finding.isEmpty() && bytes > BYTES) {
            finding = Optional.of("allocates " + bytes + " bytes");
        }
        if (finding.isEmpty() && took > NANOS) {
            finding = Optional.of("takes " + took / 1_000_000 + " ms");
        }
        Files.write(file, good);
        return finding.map(text -> "seed " + seed + ", " + target + ": " + text + "\nfile " + target.file + " in hex: "
                + HexFormat.of().formatHex(bad));
    }

    private Optional<String> finding(Target target) throws IOException {
        try {
            target.read(root);
            return Optional.empty();
        } catch (MergeException e) {
            if (!DOCUMENTED.contains(e.reason())) {
                return Optional.of("undocumented reason " + e.reason() + ": " + e.sentence());
            }
            String name = String.valueOf(Path.of(target.file).getFileName());
            boolean aboutFile = e.reason() == Reason.ModelInvalid;
            if (aboutFile
                    && !(e.sentence().contains(", offset ") || e.sentence().startsWith("tensor "))) {
                return Optional.of("an error without file and offset (" + name + "): " + e.sentence());
            }
            return e.sentence().isBlank() || e.sentence().contains("(null)")
                    ? Optional.of("no reason: " + e.sentence())
                    : Optional.empty();
        } catch (RuntimeException | Error e) {
            StackTraceElement[] trace = e.getStackTrace();
            return Optional.of(e + (trace.length == 0 ? "" : " at " + trace[0] + " " + where(trace)));
        }
    }

    private static String where(StackTraceElement[] trace) {
        for (StackTraceElement element : trace) {
            if (element.getClassName().startsWith("io.paft.merge")
                    && !element.getClassName().contains(".fuzz.")) {
                return "in " + element;
            }
        }
        return "";
    }

    /**
     * Rounds until the time is over or there are many findings.
     *
     * @param minutes at least one round is done
     * @param seed of the first round; each has the next
     * @param out gets every finding as it is found
     * @return the number of findings
     */
    public int campaign(double minutes, long seed, PrintStream out) throws IOException {
        long end = System.nanoTime() + (long) (minutes * 60e9);
        out.println("begins with seed " + seed);
        long rounds = 0;
        int findings = 0;
        do {
            Optional<String> finding = round(seed + rounds);
            if (finding.isPresent()) {
                findings++;
                out.println("FINDING " + finding.get());
                out.println("again: dev/fuzz/merge replay " + (seed + rounds));
            }
            rounds++;
        } while (System.nanoTime() < end && findings < 20);
        out.println(rounds + " rounds, " + findings + (findings == 1 ? " finding" : " findings"));
        return findings;
    }
}
