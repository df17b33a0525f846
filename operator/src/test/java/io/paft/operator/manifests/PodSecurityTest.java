package io.paft.operator.manifests;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.Namespace;
import io.fabric8.kubernetes.api.model.PodSecurityContext;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.SecurityContext;
import io.fabric8.kubernetes.api.model.Volume;
import io.paft.operator.manifests.Manifests.Entry;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The restricted Pod Security Standard, and what this project asks for beyond it. */
class PodSecurityTest {

    static List<Entry> pods() {
        return Manifests.all().stream()
                .filter(entry -> Manifests.podSpec(entry.object()).isPresent())
                .toList();
    }

    static List<Entry> namespaces() {
        return Manifests.all().stream()
                .filter(entry -> entry.object() instanceof Namespace)
                .toList();
    }

    @ParameterizedTest
    @MethodSource("namespaces")
    void everyNamespaceEnforcesTheRestrictedLevel(Entry namespace) {
        assertThat(namespace.object().getMetadata().getLabels())
                .containsEntry("pod-security.kubernetes.io/enforce", "restricted");
    }

    @ParameterizedTest
    @MethodSource("pods")
    void everyPodMeetsIt(Entry entry) {
        PodSpec pod = Manifests.podSpec(entry.object()).orElseThrow();

        assertThat(pod.getHostNetwork()).isNotEqualTo(true);
        assertThat(pod.getHostPID()).isNotEqualTo(true);
        assertThat(pod.getHostIPC()).isNotEqualTo(true);
        PodSecurityContext context = pod.getSecurityContext();
        assertThat(context.getRunAsNonRoot()).isTrue();
        assertThat(context.getRunAsUser()).isNotEqualTo(0L);
        assertThat(context.getSeccompProfile().getType()).isEqualTo("RuntimeDefault");
        assertThat(pod.getVolumes()).allSatisfy(PodSecurityTest::isAllowed);
        assertThat(containers(pod)).allSatisfy(PodSecurityTest::isRestricted);
    }

    @ParameterizedTest
    @MethodSource("pods")
    void everyPodSaysWhatItNeeds(Entry entry) {
        PodSpec pod = Manifests.podSpec(entry.object()).orElseThrow();

        assertThat(containers(pod)).allSatisfy(container -> {
            assertThat(container.getSecurityContext().getReadOnlyRootFilesystem())
                    .isTrue();
            assertThat(container.getResources().getRequests()).containsKeys("cpu", "memory");
            assertThat(container.getResources().getLimits()).containsKey("memory");
        });
    }

    @ParameterizedTest
    @MethodSource("pods")
    void onlyTheOperatorGetsAToken(Entry entry) {
        PodSpec pod = Manifests.podSpec(entry.object()).orElseThrow();
        boolean operator = entry.object().getMetadata().getName().equals("paft-operator");

        assertThat(pod.getAutomountServiceAccountToken()).isEqualTo(operator);
    }

    @Test
    void thereArePodsToLookAt() {
        assertThat(pods()).anyMatch(entry -> entry.file().startsWith(Manifests.BASE));
    }

    private static void isAllowed(Volume volume) {
        assertThat(volume.getHostPath()).isNull();
        assertThat(Stream.of(
                        volume.getEmptyDir(),
                        volume.getPersistentVolumeClaim(),
                        volume.getConfigMap(),
                        volume.getSecret(),
                        volume.getProjected(),
                        volume.getDownwardAPI(),
                        volume.getCsi(),
                        volume.getEphemeral()))
                .as("volume %s is of a kind that restricted pods may have", volume.getName())
                .anyMatch(source -> source != null);
    }

    private static void isRestricted(Container container) {
        SecurityContext context = container.getSecurityContext();
        assertThat(context.getAllowPrivilegeEscalation()).isFalse();
        assertThat(context.getPrivileged()).isNotEqualTo(true);
        assertThat(context.getRunAsNonRoot()).isNotEqualTo(false);
        assertThat(context.getCapabilities().getDrop()).contains("ALL");
        assertThat(context.getCapabilities().getAdd()).isEmpty();
        assertThat(container.getPorts())
                .allSatisfy(port -> assertThat(port.getHostPort()).isNull());
    }

    private static List<Container> containers(PodSpec pod) {
        return Stream.concat(pod.getInitContainers().stream(), pod.getContainers().stream())
                .toList();
    }
}
