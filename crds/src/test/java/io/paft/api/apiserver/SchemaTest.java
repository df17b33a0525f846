package io.paft.api.apiserver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.ConditionBuilder;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.paft.api.v1alpha1.PaftPipeline;
import io.paft.api.v1alpha1.PaftPipelineStatus;
import io.paft.api.v1alpha1.StageState;
import io.paft.api.v1alpha1.StageStatus;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What the API server makes of the schema as a whole. */
@Tag("apiserver")
class SchemaTest {
    private static final Path MINIMAL = Path.of("src/test/resources/valid/minimal.yaml");
    private static final Path EVERYTHING = Path.of("src/test/resources/valid/everything.yaml");

    private final ApiServer server = ApiServer.get();

    @AfterEach
    void deleteAll() {
        server.client()
                .resources(PaftPipeline.class)
                .inNamespace(ApiServer.NAMESPACE)
                .delete();
    }

    @Test
    void theServerAcceptsTheSchemaAsStructural() {
        assertThat(server.client().resource(server.crd()).get().getStatus().getConditions())
                .extracting(condition -> condition.getType() + "=" + condition.getStatus())
                .containsExactlyInAnyOrder("NamesAccepted=True", "Established=True");
    }

    @Test
    void aNewPipelineIsNotObservedYet() throws IOException {
        // When
        PaftPipeline created = create(MINIMAL);

        // Then
        assertThat(created.getStatus().observedGeneration()).isEqualTo(-1L);
        assertThat(created.getMetadata().getGeneration()).isEqualTo(1L);
    }

    @Test
    void theServerAddsNothingToTheSpec() throws IOException {
        // Given
        var written = Manifests.read(EVERYTHING);

        // When
        var stored = server.client()
                .resource(written)
                .inNamespace(ApiServer.NAMESPACE)
                .create();

        // Then
        assertThat(spec(stored)).isEqualTo(spec(written));
    }

    @Test
    void theRecordsReadEveryFieldAndWriteItBack() throws IOException {
        // Given
        var written = Manifests.read(EVERYTHING);

        // When
        PaftPipeline typed = create(EVERYTHING);

        // Then
        assertThat(Manifests.sameNumbers(Manifests.tree(typed.getSpec()))).isEqualTo(spec(written));
    }

    @Test
    void applyingAgainChangesNothing() throws IOException, InterruptedException {
        // Given
        long generation = apply(EVERYTHING).getMetadata().getGeneration();
        // The server stores the status with its default at the first write after the creation.
        String settled = apply(EVERYTHING).getMetadata().getResourceVersion();

        // When
        var again = apply(EVERYTHING).getMetadata();

        // Then
        assertThat(again.getGeneration()).isEqualTo(generation);
        assertThat(again.getResourceVersion()).isEqualTo(settled);
        assertThat(server.kubectl("diff", "--server-side", "-n", ApiServer.NAMESPACE, "-f", EVERYTHING.toString()))
                .isEmpty();
    }

    @Test
    void theStatusIsWrittenApartFromTheSpec() throws IOException {
        // Given
        PaftPipeline created = create(MINIMAL);
        created.setStatus(status(List.of(condition("Succeeded", "Unknown"), condition("Reconciling", "True"))));

        // When
        PaftPipeline updated = server.client().resource(created).patchStatus();

        // Then
        assertThat(updated.getMetadata().getGeneration()).isEqualTo(1L);
        assertThat(updated.getStatus().stages()).hasSize(1);
        assertThat(updated.getStatus().conditions()).hasSize(2);
    }

    @Test
    void aConditionTypeOccursOnce() throws IOException {
        // Given
        PaftPipeline created = create(MINIMAL);
        created.setStatus(status(List.of(condition("Succeeded", "Unknown"), condition("Succeeded", "True"))));

        // When, Then
        assertThatThrownBy(() -> server.client().resource(created).patchStatus())
                .isInstanceOf(KubernetesClientException.class)
                .hasMessageContaining("status.conditions[1]: Duplicate value: {\"type\":\"Succeeded\"}");
    }

    @Test
    void anUnknownFieldIsRefusedByName() throws IOException {
        // Given
        var pipeline = Manifests.read(MINIMAL);
        pipeline.setAdditionalProperty(
                "spec", Manifests.with(pipeline.getAdditionalProperties().get("spec"), "hyperparameters", "{lr: 1}"));

        // When, Then
        assertThatThrownBy(() -> server.dryRunCreate(pipeline))
                .isInstanceOf(KubernetesClientException.class)
                .hasMessageContaining("unknown field \"spec.hyperparameters\"");
    }

    @Test
    void kubectlExplainsTheFields() throws IOException, InterruptedException {
        assertThat(server.kubectl("explain", "paftpipelines.spec.sft.hyperparameters.learningRate"))
                .contains("<number>")
                .contains("Peak learning rate.");
        assertThat(server.kubectl("explain", "paft.spec.merge.candidates"))
                .contains("Name of the recipe")
                .contains("-required-")
                .contains("enum: Breadcrumbs, BreadcrumbsTIES, DARELinear, DARETIES");
    }

    @Test
    void kubectlPrintsTheColumns() throws IOException, InterruptedException {
        // Given
        create(MINIMAL);

        // When
        String table = server.kubectl("get", "paft", "-n", ApiServer.NAMESPACE);

        // Then
        assertThat(table.lines().findFirst().orElseThrow().split(" +", -1))
                .containsExactly("NAME", "PHASE", "SFT", "PREFERENCE", "MERGE", "EVAL", "SCORE", "AGE");
    }

    private static JsonNode spec(GenericKubernetesResource pipeline) {
        return Manifests.sameNumbers(
                Manifests.tree(pipeline.getAdditionalProperties().get("spec")));
    }

    private PaftPipeline create(Path file) {
        return server.client()
                .resources(PaftPipeline.class)
                .inNamespace(ApiServer.NAMESPACE)
                .load(file.toFile())
                .create();
    }

    /** Server-side apply, as kubectl and Argo CD do it. */
    private GenericKubernetesResource apply(Path file) throws IOException {
        return server.client()
                .resource(Manifests.read(file))
                .inNamespace(ApiServer.NAMESPACE)
                .patch(new PatchContext.Builder()
                        .withPatchType(PatchType.SERVER_SIDE_APPLY)
                        .withFieldManager("kubectl")
                        .build());
    }

    private static PaftPipelineStatus status(List<Condition> conditions) {
        var stage = new StageStatus(
                "sft",
                StageState.Running,
                null,
                "step 10 of 500",
                "a".repeat(64),
                false,
                1,
                "minimal-sft-aaaaaaaa",
                "2026-01-01T00:00:00Z",
                null,
                null,
                null,
                null,
                null);
        return new PaftPipelineStatus(
                1L,
                "Training",
                "2026-01-01T00:00:00Z",
                null,
                conditions,
                List.of(stage),
                null,
                null,
                null,
                null,
                null,
                null);
    }

    private static Condition condition(String type, String status) {
        return new ConditionBuilder()
                .withType(type)
                .withStatus(status)
                .withReason("Training")
                .withMessage("sft runs")
                .withObservedGeneration(1L)
                .withLastTransitionTime("2026-01-01T00:00:00Z")
                .build();
    }
}
