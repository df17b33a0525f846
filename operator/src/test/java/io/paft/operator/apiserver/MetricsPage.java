package io.paft.operator.apiserver;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The tables of docs/metrics.md.
 *
 * @param ours names that are always there once pipelines run, and their labels
 * @param platform beginnings of names, from rows such as {@code jvm_*}
 */
record MetricsPage(Map<String, Set<String>> ours, List<String> platform) {

    private static final Pattern ROW = Pattern.compile("\\| `([a-z_]+)(\\*?)` \\|([^|]*)\\|.*");
    private static final Pattern CODE = Pattern.compile("`([a-z_]+)`");
    private static final Pattern LABEL = Pattern.compile("[{,]([a-z_]+)=\"");

    static MetricsPage read(Path file) throws IOException {
        var ours = new TreeMap<String, Set<String>>();
        var platform = new TreeSet<String>();
        for (String line : Files.readAllLines(file)) {
            Matcher row = ROW.matcher(line);
            if (row.matches() && row.group(2).isEmpty()) {
                ours.put(row.group(1), new TreeSet<>(all(CODE, row.group(3))));
            } else if (row.matches()) {
                platform.add(row.group(1));
            }
        }
        return new MetricsPage(ours, List.copyOf(platform));
    }

    boolean knows(String name) {
        return ours.containsKey(name) || platform.stream().anyMatch(name::startsWith);
    }

    /** Names of the labels in a line of Prometheus' text, without that of histograms. */
    static List<String> labels(String line) {
        return all(LABEL, line).stream().filter(label -> !label.equals("le")).toList();
    }

    private static List<String> all(Pattern pattern, String text) {
        return pattern.matcher(text)
                .results()
                .map(match -> match.group(1))
                .distinct()
                .toList();
    }
}
