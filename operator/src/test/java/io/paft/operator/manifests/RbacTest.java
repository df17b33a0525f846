package io.paft.operator.manifests;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.rbac.ClusterRole;
import io.fabric8.kubernetes.api.model.rbac.ClusterRoleBinding;
import io.fabric8.kubernetes.api.model.rbac.PolicyRule;
import io.fabric8.kubernetes.api.model.rbac.Role;
import io.fabric8.kubernetes.api.model.rbac.RoleBinding;
import io.fabric8.kubernetes.api.model.rbac.Subject;
import io.paft.operator.manifests.Manifests.Entry;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class RbacTest {

    private static final Set<String> READ = Set.of("get", "list", "watch");

    @Test
    void theOperatorMayDoWhatItsCodeDoesAndNoMore() {
        ClusterRole role = Manifests.base(ClusterRole.class, "paft-operator");

        assertThat(verbs(role.getRules()))
                .isEqualTo(Map.of(
                        "paft.io/paftpipelines", READ,
                        "paft.io/paftpipelines/status", Set.of("update"),
                        "paft.io/paftpipelines/finalizers", Set.of("update"),
                        "batch/jobs", Set.of("get", "list", "watch", "create", "delete", "patch"),
                        "/pods", Set.of("get", "list", "watch", "delete"),
                        "/events", Set.of("create", "patch", "list")));
        assertThat(verbs(Manifests.base(ClusterRole.class, "paft-operator-cluster")
                        .getRules()))
                .isEqualTo(Map.of("authentication.k8s.io/tokenreviews", Set.of("create")));
    }

    @Test
    void theOneLeaseItMayWriteIsItsOwnAndItLabelsPodsOfItsOwnNamespaceOnly() {
        Role role = Manifests.base(Role.class, "paft-operator-leader");
        String lease = ApplicationProperties.load().getProperty("paft.leader-election.lease");

        assertThat(role.getMetadata().getNamespace()).isEqualTo("paft-system");
        assertThat(verbs(role.getRules()))
                .isEqualTo(Map.of(
                        "coordination.k8s.io/leases",
                        Set.of("create", "get", "update", "patch"),
                        "/pods",
                        Set.of("get", "patch")));
        assertThat(role.getRules())
                .filteredOn(rule -> rule.getVerbs().contains("update"))
                .allSatisfy(rule -> assertThat(rule.getResourceNames()).containsExactly(lease));
    }

    @Test
    void namedNamespacesGetTheSameRightsAndNoOthersDo() {
        Path overlay = Manifests.ROOT.resolve("overlays/namespaced");
        List<RoleBinding> bindings = Manifests.in(overlay).stream()
                .map(entry -> (RoleBinding) entry.object())
                .toList();
        Deployment patch = Manifests.read(overlay.resolve("namespaces.yaml"), Deployment.class);
        String namespaces = patch.getSpec()
                .getTemplate()
                .getSpec()
                .getContainers()
                .getFirst()
                .getEnv()
                .getFirst()
                .getValue();
        String taken = Manifests.text(overlay.resolve("not-everywhere.yaml"));

        assertThat(bindings).singleElement().satisfies(binding -> {
            assertThat(binding.getMetadata().getNamespace()).isEqualTo(namespaces);
            assertThat(binding.getRoleRef().getKind()).isEqualTo("ClusterRole");
            assertThat(binding.getRoleRef().getName()).isEqualTo("paft-operator");
            isTheOperators(binding.getSubjects());
        });
        assertThat(taken).contains("$patch: delete", "kind: ClusterRoleBinding", "name: paft-operator\n");
    }

    @Test
    void theOneSecretItMayReadIsItsOwn() {
        Role role = Manifests.base(Role.class, "paft-operator-progress");
        String name = ApplicationProperties.load().getProperty("paft.progress.secret");

        assertThat(verbs(role.getRules())).isEqualTo(Map.of("/secrets", Set.of("get", "update")));
        assertThat(role.getRules())
                .allSatisfy(rule -> assertThat(rule.getResourceNames()).containsExactly(name));
        assertThat(role.getMetadata().getNamespace()).isEqualTo("paft-system");
        assertThat(Manifests.base(Secret.class, name).getData()).isNullOrEmpty();
    }

    @Test
    void noRoleHasAWildcard() {
        assertThat(rules()).allSatisfy(rule -> {
            assertThat(rule.getApiGroups()).doesNotContain("*");
            assertThat(rule.getResources()).noneMatch(resource -> resource.contains("*"));
            assertThat(rule.getVerbs()).doesNotContain("*");
            assertThat(rule.getNonResourceURLs()).isEmpty();
        });
    }

    @Test
    void noOtherRoleReadsSecretsOrConfigMapsOrGrowsRights() {
        List<PolicyRule> own =
                Manifests.base(Role.class, "paft-operator-progress").getRules();
        assertThat(rules()).filteredOn(rule -> !own.contains(rule)).allSatisfy(rule -> {
            assertThat(rule.getResources())
                    .noneMatch(resource -> resource.startsWith("secrets")
                            || resource.startsWith("configmaps")
                            || resource.startsWith("serviceaccounts")
                            || resource.startsWith("pods/"));
            assertThat(rule.getVerbs()).doesNotContain("bind", "escalate", "impersonate");
        });
    }

    @Test
    void onlyTheOperatorsServiceAccountIsBound() {
        List<Entry> bindings = Manifests.in(Manifests.BASE).stream()
                .filter(entry -> entry.object() instanceof ClusterRoleBinding || entry.object() instanceof RoleBinding)
                .toList();

        assertThat(bindings).hasSize(4).allSatisfy(entry -> {
            switch (entry.object()) {
                case ClusterRoleBinding binding -> {
                    assertThat(binding.getRoleRef().getName())
                            .isEqualTo(binding.getMetadata().getName());
                    isTheOperators(binding.getSubjects());
                }
                case RoleBinding binding -> {
                    assertThat(binding.getRoleRef().getKind()).isEqualTo("Role");
                    assertThat(binding.getRoleRef().getName())
                            .isEqualTo(binding.getMetadata().getName());
                    isTheOperators(binding.getSubjects());
                }
                default -> throw new AssertionError(entry);
            }
        });
    }

    private static void isTheOperators(List<Subject> subjects) {
        assertThat(subjects).singleElement().satisfies(subject -> {
            assertThat(subject.getKind()).isEqualTo("ServiceAccount");
            assertThat(subject.getName()).isEqualTo("paft-operator");
            assertThat(subject.getNamespace()).isEqualTo("paft-system");
        });
    }

    @Test
    void namespaceUsersWritePipelinesButNeverTheirStatus() {
        ClusterRole edit = Manifests.base(ClusterRole.class, "paft-edit");
        ClusterRole view = Manifests.base(ClusterRole.class, "paft-view");

        assertThat(verbs(edit.getRules()))
                .isEqualTo(Map.of(
                        "paft.io/paftpipelines",
                        Set.of("get", "list", "watch", "create", "update", "patch", "delete", "deletecollection")));
        assertThat(edit.getMetadata().getLabels())
                .containsEntry("rbac.authorization.k8s.io/aggregate-to-edit", "true")
                .containsEntry("rbac.authorization.k8s.io/aggregate-to-admin", "true");
        assertThat(verbs(view.getRules())).isEqualTo(Map.of("paft.io/paftpipelines", READ));
        assertThat(view.getMetadata().getLabels()).containsEntry("rbac.authorization.k8s.io/aggregate-to-view", "true");
    }

    private static List<PolicyRule> rules() {
        List<PolicyRule> rules = Manifests.all().stream()
                .flatMap(entry -> switch (entry.object()) {
                    case ClusterRole role -> role.getRules().stream();
                    case Role role -> role.getRules().stream();
                    default -> Stream.<PolicyRule>empty();
                })
                .toList();
        assertThat(rules).isNotEmpty();
        return rules;
    }

    /** group/resource -> verbs. */
    private static Map<String, Set<String>> verbs(List<PolicyRule> rules) {
        Map<String, Set<String>> verbs = new TreeMap<>();
        for (PolicyRule rule : rules) {
            for (String group : rule.getApiGroups()) {
                for (String resource : rule.getResources()) {
                    verbs.computeIfAbsent(group + "/" + resource, name -> new TreeSet<>())
                            .addAll(rule.getVerbs());
                }
            }
        }
        return verbs;
    }
}
