package io.paft.operator.apiserver;

import io.fabric8.kubernetes.client.KubernetesClient;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What an API server was asked, by verb and resource, from its own metrics. */
final class Requests {

    private static final Pattern RESOURCE = Pattern.compile("[{,]resource=\"([^\"]*)\"");
    private static final Pattern SUBRESOURCE = Pattern.compile("[{,]subresource=\"([^\"]*)\"");
    private static final Pattern VERB = Pattern.compile("[{,]verb=\"([^\"]*)\"");

    private Requests() {}

    static Map<String, Long> count(KubernetesClient client) {
        var counts = new TreeMap<String, Long>();
        client.raw("/metrics")
                .lines()
                .filter(line -> line.startsWith("apiserver_request_total{"))
                .forEach(line -> {
                    String resource = group(RESOURCE, line);
                    if (resource.equals("paftpipelines")
                            || resource.equals("jobs")
                            || resource.equals("pods")
                            || resource.equals("events")
                            || resource.equals("leases")) {
                        String sub = group(SUBRESOURCE, line);
                        String name = group(VERB, line) + " " + resource + (sub.isEmpty() ? "" : "/" + sub);
                        counts.merge(
                                name, (long) Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)), Long::sum);
                    }
                });
        return counts;
    }

    /** What came in between. */
    static Map<String, Long> between(Map<String, Long> before, Map<String, Long> after) {
        var difference = new TreeMap<String, Long>();
        after.forEach((name, count) -> {
            long more = count - before.getOrDefault(name, 0L);
            if (more > 0) {
                difference.put(name, more);
            }
        });
        return difference;
    }

    private static String group(Pattern pattern, String line) {
        Matcher match = pattern.matcher(line);
        return match.find() ? match.group(1) : "";
    }
}
