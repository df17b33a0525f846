package io.paft.api.apiserver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import com.fasterxml.jackson.databind.JsonNode;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.client.dsl.FieldValidateable;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The server takes every object of every sample, and every pod in it, in a namespace that enforces restricted pods. */
@Tag("apiserver")
class SamplesTest {
    private static final Path SAMPLES = Path.of("../manifests/samples");

    /** A float that YAML 1.1 tools read as a string: an exponent without a dot before it. */
    private static final Pattern NO_DOT = Pattern.compile("(?m)^[^#]*:\\s*[0-9]+[eE]-?[0-9]+");

    private final ApiServer server = ApiServer.get();

    static List<Path> samples() throws IOException {
        return Manifests.files(SAMPLES);
    }

    @ParameterizedTest
    @MethodSource("samples")
    void theServerTakesEveryObject(Path file) throws IOException {
        List<GenericKubernetesResource> objects = Manifests.readAll(file);
        assertThat(objects).isNotEmpty().allSatisfy(object -> {
            createNamespace(object.getMetadata().getNamespace());
            assertThatCode(() -> server.client()
                            .resource(object)
                            .dryRun()
                            .fieldValidation(FieldValidateable.Validation.STRICT)
                            .serverSideApply())
                    .doesNotThrowAnyException();
        });
    }

    @ParameterizedTest
    @MethodSource("samples")
    void podsAreRestricted(Path file) throws IOException {
        for (GenericKubernetesResource object : Manifests.readAll(file)) {
            if (object.getKind().equals("Job")) {
                JsonNode template = Manifests.tree(object).at("/spec/template/spec");
                String namespace = object.getMetadata().getNamespace();
                createNamespace(namespace);
                assertThatCode(() -> server.client()
                                .resource(new PodBuilder()
                                        .withNewMetadata()
                                        .withName("pod")
                                        .withNamespace(namespace)
                                        .endMetadata()
                                        .withSpec(Serialization.unmarshal(template.toString(), PodSpec.class))
                                        .build())
                                .dryRun()
                                .create())
                        .doesNotThrowAnyException();
            }
        }
    }

    @ParameterizedTest
    @MethodSource("samples")
    void floatsHaveADot(Path file) throws IOException {
        assertThat(Files.readString(file)).doesNotContainPattern(NO_DOT);
    }

    private void createNamespace(String name) {
        if (name != null) {
            server.client()
                    .resource(new NamespaceBuilder()
                            .withNewMetadata()
                            .withName(name)
                            .addToLabels("pod-security.kubernetes.io/enforce", "restricted")
                            .endMetadata()
                            .build())
                    .serverSideApply();
        }
    }
}
