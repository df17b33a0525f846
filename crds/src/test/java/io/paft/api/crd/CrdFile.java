package io.paft.api.crd;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.DoubleNode;
import com.fasterxml.jackson.databind.node.LongNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLGenerator;
import io.fabric8.crd.generator.annotation.AdditionalPrinterColumn;
import io.fabric8.crdv2.generator.CRDGenerator;
import io.fabric8.kubernetes.client.CustomResource;
import io.paft.api.v1alpha1.PaftPipeline;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/** The CRD as it is checked in: generated from the records, written the same way every time. */
final class CrdFile {
    static final Path CHECKED_IN = Path.of("paftpipelines.paft.io.yaml");

    private static final String HEADER = """
            # Generated from the records in crds/src/main/java: change those, then run
            #   mvn -f crds test -Dpaft.crd.update=true
            """;

    static final ObjectMapper YAML = new ObjectMapper(YAMLFactory.builder()
            .enable(YAMLGenerator.Feature.MINIMIZE_QUOTES)
            .enable(YAMLGenerator.Feature.ALWAYS_QUOTE_NUMBERS_AS_STRINGS)
            .enable(YAMLGenerator.Feature.LITERAL_BLOCK_STYLE)
            .disable(YAMLGenerator.Feature.WRITE_DOC_START_MARKER)
            .disable(YAMLGenerator.Feature.SPLIT_LINES)
            .build());

    static String generate() {
        try {
            return HEADER + YAML.writeValueAsString(tree(PaftPipeline.class));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The CRD of a resource as a tree; whole numbers are written as such (the generator prints {@code minimum: 1.0}). */
    static JsonNode tree(Class<? extends CustomResource<?, ?>> resource) throws IOException {
        var output = new InMemory();
        new CRDGenerator()
                .customResourceClasses(resource)
                .forCRDVersions("v1")
                .withOutput(output)
                .generate();
        JsonNode crd = YAML.readTree(output.bytes.toByteArray());
        wholeNumbers(crd);
        for (JsonNode version : crd.at("/spec/versions")) {
            inDeclaredOrder((ArrayNode) version.get("additionalPrinterColumns"), resource);
        }
        return crd;
    }

    /** The columns of kubectl get in the order of their annotations (the generator sorts them by path). */
    private static void inDeclaredOrder(ArrayNode columns, Class<?> resource) {
        Map<String, JsonNode> byName = new HashMap<>();
        columns.forEach(column -> byName.put(column.get("name").asText(), column));
        columns.removeAll();
        for (AdditionalPrinterColumn column : resource.getAnnotationsByType(AdditionalPrinterColumn.class)) {
            columns.add(byName.get(column.name()));
        }
    }

    private static void wholeNumbers(JsonNode node) {
        if (node instanceof ObjectNode object) {
            for (Map.Entry<String, JsonNode> field : object.properties()) {
                if (field.getValue() instanceof DoubleNode number && number.canConvertToExactIntegral()) {
                    field.setValue(LongNode.valueOf(number.longValue()));
                }
            }
        }
        node.forEach(CrdFile::wholeNumbers);
    }

    private static final class InMemory implements CRDGenerator.CRDOutput<OutputStream> {
        private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

        @Override
        public OutputStream outputFor(String crdName) {
            return bytes;
        }

        @Override
        public URI crdURI(String crdName) {
            return Path.of(crdName).toUri();
        }

        @Override
        public void close() {
            // Nothing to close.
        }
    }

    private CrdFile() {}
}
