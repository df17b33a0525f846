package io.paft.merge.report;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.paft.merge.Json;
import java.util.List;

/** {@code merge-report.json}: what the deltas are like and what the merge kept of them. Its fields are in the README. */
public final class MergeReport {
    private static final int SCHEMA = 1;
    private static final List<String> LIMIT_NAMES = List.of("zero", "1e-6", "1e-5", "1e-4");

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
        ObjectNode root = Json.object();
        root.put("schema", SCHEMA);
        root.put("method", method);
        inputs.forEach(root.putArray("inputs")::add);
        root.set("model", statistics(total));
        ArrayNode list = root.putArray("tensors");
        for (Tensor tensor : tensors) {
            ObjectNode node = list.addObject();
            node.put("name", tensor.name());
            tensor.shape().forEach(node.putArray("shape")::add);
            node.put("dtype", tensor.dtype());
            node.setAll(statistics(tensor.statistics()));
        }
        return root;
    }

    private static ObjectNode statistics(MergeStatistics statistics) {
        ObjectNode node = Json.object();
        ArrayNode inputs = node.putArray("inputs");
        statistics.inputs().forEach(input -> inputs.add(input(input)));
        ArrayNode pairs = node.putArray("pairs");
        for (int second = 1; second < statistics.inputs().size(); second++) {
            for (int first = 0; first < second; first++) {
                PairStatistics pair = statistics.pair(first, second);
                ObjectNode item = pairs.addObject();
                item.putArray("inputs").add(first).add(second);
                item.set(
                        "cosine",
                        Json.number(pair.cosine(
                                statistics.inputs().get(first),
                                statistics.inputs().get(second))));
                item.set("signAgreement", Json.number(pair.agreement(false)));
                item.set("signConflict", Json.number(pair.conflict(false)));
                item.set("keptSignAgreement", Json.number(pair.agreement(true)));
                item.set("keptSignConflict", Json.number(pair.conflict(true)));
            }
        }
        if (!statistics.nonFinite().isNone()) {
            node.set("nonFinite", statistics.nonFinite().node());
        }
        return node;
    }

    private static ObjectNode input(DeltaStatistics input) {
        ObjectNode node = Json.object();
        node.put("elements", input.elements());
        node.set("density", Json.number(input.density()));
        ObjectNode small = node.putObject("small");
        for (int limit = 0; limit < LIMIT_NAMES.size(); limit++) {
            small.set(LIMIT_NAMES.get(limit), Json.number(input.within(limit)));
        }
        node.set("equalInBf16", Json.number(input.equalInBf16()));
        node.set("l1", Json.number(input.l1()));
        node.set("l2", Json.number(input.l2()));
        node.set("relativeL2", Json.number(input.relative()));
        return node;
    }
}
