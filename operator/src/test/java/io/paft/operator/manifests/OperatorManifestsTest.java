package io.paft.operator.manifests;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerPort;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.IntOrString;
import io.fabric8.kubernetes.api.model.Namespace;
import io.fabric8.kubernetes.api.model.Probe;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.ServiceAccount;
import io.fabric8.kubernetes.api.model.ServicePort;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudget;
import io.fabric8.kubernetes.api.model.rbac.ClusterRole;
import io.fabric8.kubernetes.api.model.rbac.ClusterRoleBinding;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Properties;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The manifests and the operator's own settings agree. */
class OperatorManifestsTest {

    private static final String OPERATOR = "paft-operator";

    private final Deployment deployment = Manifests.base(Deployment.class, OPERATOR);
    private final Container container =
            deployment.getSpec().getTemplate().getSpec().getContainers().getFirst();
    private final Properties settings = ApplicationProperties.load();

    @Test
    void everythingIsInOneNamespace() {
        Manifests.base(Namespace.class, "paft-system");

        assertThat(Manifests.in(Manifests.BASE))
                .filteredOn(entry -> !(entry.object() instanceof Namespace
                        || entry.object() instanceof ClusterRole
                        || entry.object() instanceof ClusterRoleBinding))
                .isNotEmpty()
                .allSatisfy(entry ->
                        assertThat(entry.object().getMetadata().getNamespace()).isEqualTo("paft-system"));
    }

    @Test
    void theBaseListsEveryFile() {
        GenericKubernetesResource kustomization =
                Manifests.read(Manifests.BASE.resolve("kustomization.yaml"), GenericKubernetesResource.class);

        assertThat((List<?>) kustomization.getAdditionalProperties().get("resources"))
                .map(String::valueOf)
                .containsAll(Manifests.in(Manifests.BASE).stream()
                        .map(entry -> entry.file().getFileName().toString())
                        .distinct()
                        .toList())
                .contains("../../crds");
    }

    @Test
    void oneReplicaIsAlwaysThere() {
        assertThat(deployment.getSpec().getReplicas()).isEqualTo(2);
        assertThat(deployment.getSpec().getStrategy().getRollingUpdate().getMaxUnavailable())
                .isEqualTo(new IntOrString(0));
        PodDisruptionBudget budget = Manifests.base(PodDisruptionBudget.class, OPERATOR);
        assertThat(budget.getSpec().getMaxUnavailable())
                .as("a drain never waits for ever, not even for a single replica")
                .isEqualTo(new IntOrString(1));
        assertThat(budget.getSpec().getSelector())
                .isEqualTo(deployment.getSpec().getSelector());
    }

    @Test
    void theLeaseOutlivesTheLastWritesOfALeaderThatStops() {
        Duration writes = Duration.parse(settings.getProperty("quarkus.operator-sdk.termination-timeout"));
        Duration lease = Duration.parse(settings.getProperty("paft.leader-election.lease-duration"));
        Duration period = Duration.parse(settings.getProperty("paft.leader-election.retry-period"));

        assertThat(writes.plus(period)).isLessThan(lease);
    }

    @Test
    void progressGoesToTheLeaderAndMetricsComeFromEverybody() {
        Map<String, String> pod =
                deployment.getSpec().getTemplate().getMetadata().getLabels();
        Map<String, String> leader = new TreeMap<>(pod);
        leader.put("paft.io/leader", "true");

        assertThat(Manifests.base(Service.class, OPERATOR).getSpec().getSelector())
                .isEqualTo(leader);
        assertThat(Manifests.base(Service.class, "paft-operator-metrics")
                        .getSpec()
                        .getSelector())
                .isEqualTo(pod);
        assertThat(fields(container))
                .containsEntry("PAFT_PROGRESS_NAMESPACE", "metadata.namespace")
                .containsEntry("PAFT_LEADER_ELECTION_NAMESPACE", "metadata.namespace")
                .containsEntry("PAFT_LEADER_ELECTION_POD", "metadata.name");
    }

    /** Variables that the pod's own fields give. */
    private static Map<String, String> fields(Container container) {
        return container.getEnv().stream()
                .filter(variable -> variable.getValueFrom() != null)
                .collect(Collectors.toMap(
                        EnvVar::getName,
                        variable -> variable.getValueFrom().getFieldRef().getFieldPath()));
    }

    @Test
    void theOperatorRunsAsItsServiceAccountWhichGivesNobodyElseAToken() {
        String name = deployment.getSpec().getTemplate().getSpec().getServiceAccountName();

        assertThat(Manifests.base(ServiceAccount.class, name).getAutomountServiceAccountToken())
                .isFalse();
    }

    @Test
    void itsPodOutlivesTheEndOfItsLastWrites() {
        Duration writes = Duration.parse(settings.getProperty("quarkus.operator-sdk.termination-timeout"));

        assertThat(deployment.getSpec().getTemplate().getSpec().getTerminationGracePeriodSeconds())
                .isGreaterThan(writes.toSeconds());
    }

    @Test
    void servicePortsAndProbesMeetTheHttpPort() {
        int http = Integer.parseInt(settings.getProperty("quarkus.http.port"));
        int progress = Integer.parseInt(settings.getProperty("paft.progress.port"));

        assertThat(container.getPorts().stream()
                        .collect(Collectors.toMap(ContainerPort::getName, ContainerPort::getContainerPort)))
                .isEqualTo(Map.of("http", http, "progress", progress));
        assertThat(ports(OPERATOR))
                .as("stage pods use the same port of the Service")
                .isEqualTo(Map.of("progress", progress));
        assertThat(ports("paft-operator-metrics")).isEqualTo(Map.of("http", http));
        assertThat(settings.getProperty("paft.progress.service")).isEqualTo(OPERATOR);
        assertThat(Stream.of(container.getStartupProbe(), container.getLivenessProbe(), container.getReadinessProbe()))
                .extracting(Probe::getHttpGet)
                .allSatisfy(get -> {
                    assertThat(get.getPort().getStrVal()).isEqualTo("http");
                    assertThat(get.getPath()).startsWith("/q/health/");
                });
    }

    private static Map<String, Integer> ports(String service) {
        return Manifests.base(Service.class, service).getSpec().getPorts().stream()
                .collect(Collectors.toMap(port -> port.getTargetPort().getStrVal(), ServicePort::getPort));
    }

    @Test
    void everySettingOfTheStageImagesIsInTheEnvironment() {
        assertThat(imageSettings(container))
                .containsOnlyKeys(imageSettings(settings).keySet());
    }

    @Test
    void theLocalOverlayNamesTheImagesThatTheOperatorDefaultsTo() {
        Deployment patch = Manifests.read(Manifests.LOCAL.resolve("stage-images.yaml"), Deployment.class);
        Map<String, String> images = imageSettings(container);
        images.putAll(imageSettings(
                patch.getSpec().getTemplate().getSpec().getContainers().getFirst()));

        assertThat(images).isEqualTo(imageSettings(settings));
    }

    @Test
    void theLocalOverlayNamesTheOperatorsImageLikeTheOthers() {
        GenericKubernetesResource kustomization =
                Manifests.read(Manifests.LOCAL.resolve("kustomization.yaml"), GenericKubernetesResource.class);
        String name = Objects.requireNonNull(container.getImage()).split(":", 2)[0];
        String trainer = settings.getProperty("paft.images.trainer");

        assertThat((List<?>) kustomization.getAdditionalProperties().get("images"))
                .map(image -> (Map<?, ?>) image)
                .singleElement()
                .satisfies(image -> {
                    assertThat(image.get("name")).isEqualTo(name);
                    assertThat(image.get("newName") + ":" + image.get("newTag"))
                            .isEqualTo(trainer.replace("paft-trainer", name));
                });
    }

    /** PAFT_IMAGES_* -> value. */
    private static Map<String, String> imageSettings(Container container) {
        Map<String, String> images = new TreeMap<>();
        for (EnvVar variable : container.getEnv()) {
            if (variable.getName().startsWith("PAFT_IMAGES_")) {
                images.put(variable.getName(), variable.getValue());
            }
        }
        return images;
    }

    private static Map<String, String> imageSettings(Properties settings) {
        Map<String, String> images = new TreeMap<>();
        for (String name : settings.stringPropertyNames()) {
            if (name.startsWith("paft.images.")) {
                images.put(name.replaceAll("[.-]", "_").toUpperCase(Locale.ROOT), settings.getProperty(name));
            }
        }
        return images;
    }
}
