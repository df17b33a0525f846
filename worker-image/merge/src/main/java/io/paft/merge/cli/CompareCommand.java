package io.paft.merge.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.paft.merge.engine.Comparison;
import io.paft.merge.engine.ModelSet;
import io.paft.merge.report.MergeReport;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Prints the statistics of deltas as the JSON of merge-report.json, for the whole model and each tensor. */
final class CompareCommand {
    private final String first;
    private final String second;
    private final @Nullable String base;
    private final PrintStream out;

    CompareCommand(String first, String second, @Nullable String base, PrintStream out) {
        this.first = first;
        this.second = second;
        this.base = base;
        this.out = out;
    }

    int run() {
        try (ModelSet models = new ModelSet(Path.of(""))) {
            ObjectNode report = base == null
                    ? Comparison.of(first, List.of(second), models)
                    : Comparison.of(base, List.of(first, second), models);
            out.print(new String(MergeReport.encode(report), StandardCharsets.UTF_8));
        }
        return 0;
    }
}
