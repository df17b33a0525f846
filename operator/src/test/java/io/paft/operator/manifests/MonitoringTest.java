package io.paft.operator.manifests;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** Alerts speak of metrics that there are, and scraping meets the pods. */
class MonitoringTest {

    private static final Path MONITORING = Manifests.ROOT.resolve("components/monitoring");
    private static final Path PAGE = Path.of("..", "docs", "metrics.md");
    private static final Pattern METRIC = Pattern.compile("\\b(?:paft|reconciliations)_[a-z_]+");

    private final List<Map<?, ?>> alerts = groups(read("alerts.yaml")).stream()
            .flatMap(group -> ((List<?>) Objects.requireNonNull(group.get("rules"))).stream())
            .<Map<?, ?>>map(rule -> (Map<?, ?>) rule)
            .toList();

    @Test
    void everyMetricOfAnAlertIsDocumented() {
        String page = Manifests.text(PAGE);
        List<String> metrics = alerts.stream()
                .flatMap(alert ->
                        METRIC.matcher(String.valueOf(alert.get("expr"))).results())
                .map(match -> match.group())
                .distinct()
                .toList();

        assertThat(metrics)
                .hasSizeGreaterThan(6)
                .allSatisfy(metric -> assertThat(page).containsPattern("\\| `" + metric + "\\*?` \\|"));
    }

    @Test
    void everyAlertSaysWhatToDo() {
        assertThat(alerts).hasSizeGreaterThan(5).allSatisfy(alert -> {
            assertThat(String.valueOf(alert.get("alert"))).startsWith("Paft");
            Map<?, ?> annotations = (Map<?, ?>) alert.get("annotations");
            assertThat(String.valueOf(annotations.get("summary"))).hasSizeGreaterThan(20);
            assertThat(String.valueOf(annotations.get("description"))).hasSizeGreaterThan(40);
            assertThat(((Map<?, ?>) alert.get("labels")).get("severity")).isIn("warning", "critical");
        });
        assertThat(alerts).extracting(alert -> alert.get("alert")).doesNotHaveDuplicates();
    }

    @Test
    void bracketsOfExpressionsMeet() {
        assertThat(alerts).allSatisfy(alert -> {
            String expression = String.valueOf(alert.get("expr"));
            for (String pair : List.of("()", "{}", "[]")) {
                assertThat(expression.chars().filter(c -> c == pair.charAt(0)).count())
                        .isEqualTo(expression
                                .chars()
                                .filter(c -> c == pair.charAt(1))
                                .count());
            }
        });
    }

    @Test
    void thePodsAreScrapedWhereTheyServe() {
        Deployment deployment = Manifests.base(Deployment.class, "paft-operator");
        Map<?, ?> spec = spec(read("pod-monitor.yaml"));

        assertThat(((Map<?, ?>) spec.get("selector")).get("matchLabels"))
                .isEqualTo(deployment.getSpec().getTemplate().getMetadata().getLabels());
        assertThat((List<?>) spec.get("podMetricsEndpoints")).singleElement().satisfies(endpoint -> {
            assertThat(((Map<?, ?>) endpoint).get("port")).isEqualTo("http");
            assertThat(((Map<?, ?>) endpoint).get("path")).isEqualTo("/q/metrics");
        });
    }

    private static GenericKubernetesResource read(String file) {
        return Manifests.read(MONITORING.resolve(file), GenericKubernetesResource.class);
    }

    private static Map<?, ?> spec(GenericKubernetesResource object) {
        return (Map<?, ?>)
                Objects.requireNonNull(object.getAdditionalProperties().get("spec"));
    }

    private static List<Map<?, ?>> groups(GenericKubernetesResource rule) {
        return ((List<?>) Objects.requireNonNull(spec(rule).get("groups")))
                .stream().<Map<?, ?>>map(group -> (Map<?, ?>) group).toList();
    }
}
