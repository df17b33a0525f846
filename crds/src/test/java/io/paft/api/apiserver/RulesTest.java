package io.paft.api.apiserver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fabric8.kubernetes.client.KubernetesClientException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** One file per rule: what is wrong is refused, with the sentence in the file's first line, and what is right is not. */
@Tag("apiserver")
class RulesTest {
    private static final String EXPECT = "# expect: ";

    static List<Path> invalid() throws IOException {
        return Manifests.files("invalid");
    }

    static List<Path> edits() throws IOException {
        return Manifests.files("edits");
    }

    static List<Path> valid() throws IOException {
        return Manifests.files("valid");
    }

    @ParameterizedTest
    @MethodSource
    void invalid(Path file) throws IOException {
        // Given
        String expected = Files.readAllLines(file).getFirst();
        var pipeline = Manifests.mergedIntoMinimal(file);

        // When, Then
        assertThat(expected).as(file.toString()).startsWith(EXPECT);
        assertThatThrownBy(() -> ApiServer.get().dryRunCreate(pipeline))
                .as(file.toString())
                .isInstanceOf(KubernetesClientException.class)
                .hasMessageContaining(expected.substring(EXPECT.length()));
    }

    @ParameterizedTest
    @MethodSource
    void edits(Path file) throws IOException {
        // Given
        String expected = Files.readAllLines(file).getFirst();
        ApiServer.get().create(Manifests.minimal());
        var edited = Manifests.mergedIntoMinimal(file);

        // When, Then
        try {
            assertThat(expected).as(file.toString()).startsWith(EXPECT);
            assertThatThrownBy(() -> ApiServer.get().dryRunUpdate(edited))
                    .as(file.toString())
                    .isInstanceOf(KubernetesClientException.class)
                    .hasMessageContaining(expected.substring(EXPECT.length()));
        } finally {
            ApiServer.get().delete(edited);
        }
    }

    @ParameterizedTest
    @MethodSource
    void valid(Path file) throws IOException {
        // Given
        var pipeline = Manifests.read(file);

        // When
        var stored = ApiServer.get().dryRunCreate(pipeline);

        // Then
        assertThat(stored.getMetadata().getUid()).isNotNull();
    }
}
