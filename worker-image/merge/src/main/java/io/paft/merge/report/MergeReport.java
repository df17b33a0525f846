package io.paft.merge.report;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.paft.merge.Json;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** {@code merge-report.json}: what the deltas are like and what the merge kept of them. Its fields are in docs/merge-report.md. */
public final class MergeReport {
    private static final int SCHEMA = 2;

    private MergeReport() {}

    /**
     * One tensor for the report.
     *
     * @param name in the output
     * @param shape dimensions
     * @param dtype written
     * @param statistics what was measured
     */
    public record Tensor(String name, List<Long> shape, String dtype, MergeStatistics statistics) {
        public Tensor {
            shape = List.copyOf(shape);
        }
    }

    /**
     * The report.
     *
     * @param method of the merge
     * @param inputs names of the inputs that have deltas
     * @param tensors in the order of the output
     * @param total of the whole model
     */
    public static ObjectNode of(String method, List<String> inputs, List<Tensor> tensors, MergeStatistics total) {
        List<String> names = tensors.stream().map(Tensor::name).toList();
        List<Place> places = names.stream().map(Place.in(names)).toList();
        ObjectNode root = Json.object();
        root.put("schema", SCHEMA);
        root.put("method", method);
        inputs.forEach(root.putArray("inputs")::add);
        root.set("model", StatisticsNode.of(total));
        modules(root.putArray("modules"), tensors, places);
        ArrayNode list = root.putArray("tensors");
        for (int i = 0; i < tensors.size(); i++) {
            Tensor tensor = tensors.get(i);
            ObjectNode node = list.addObject();
            node.put("name", tensor.name());
            place(node, places.get(i));
            tensor.shape().forEach(node.putArray("shape")::add);
            node.put("dtype", tensor.dtype());
            node.setAll(StatisticsNode.of(tensor.statistics()));
        }
        return root;
    }

    /** The report as JSON for a file: each module and each tensor on a line of its own, ends with a line feed. */
    public static byte[] encode(ObjectNode report) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        String before = "{\n";
        for (Map.Entry<String, JsonNode> field : report.properties()) {
            bytes.writeBytes((before + '"' + field.getKey() + "\": ").getBytes(StandardCharsets.UTF_8));
            before = ",\n";
            switch (field.getKey()) {
                case "modules", "tensors" -> lines(field.getValue(), bytes);
                default -> bytes.writeBytes(Json.compact(field.getValue()));
            }
        }
        bytes.writeBytes("\n}\n".getBytes(StandardCharsets.UTF_8));
        return bytes.toByteArray();
    }

    private static void lines(JsonNode list, ByteArrayOutputStream bytes) {
        String before = "[\n";
        for (JsonNode item : list) {
            bytes.writeBytes(before.getBytes(StandardCharsets.UTF_8));
            bytes.writeBytes(Json.compact(item));
            before = ",\n";
        }
        bytes.writeBytes((list.isEmpty() ? "[]" : "\n]").getBytes(StandardCharsets.UTF_8));
    }

    /** Sums over the tensors of each place, in the order in which the places come up; the places are those of the tensors. */
    private static void modules(ArrayNode list, List<Tensor> tensors, List<Place> places) {
        Map<Place, List<MergeStatistics>> members = new LinkedHashMap<>();
        for (int i = 0; i < tensors.size(); i++) {
            members.computeIfAbsent(places.get(i), place -> new ArrayList<>())
                    .add(tensors.get(i).statistics());
        }
        members.forEach((place, statistics) -> {
            MergeStatistics sum =
                    MergeStatistics.empty(statistics.getFirst().inputs().size());
            statistics.forEach(sum::add);
            ObjectNode node = list.addObject();
            place(node, place);
            node.put("tensors", statistics.size());
            node.setAll(StatisticsNode.of(sum));
        });
    }

    private static void place(ObjectNode node, Place place) {
        if (place.layer().isPresent()) {
            node.put("layer", place.layer().getAsInt());
        } else {
            node.putNull("layer");
        }
        node.put("module", place.module());
    }
}
