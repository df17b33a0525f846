package io.paft.merge.report;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.paft.merge.Json;
import java.util.List;

/** The statistics of a tensor, a module or a model as JSON; a share of nothing is null. */
final class StatisticsNode {
    private static final List<String> LIMIT_NAMES = List.of("zero", "1e-6", "1e-5", "1e-4");

    private StatisticsNode() {}

    static ObjectNode of(MergeStatistics statistics) {
        ObjectNode node = Json.object();
        ArrayNode inputs = node.putArray("inputs");
        statistics.inputs().forEach(input -> inputs.add(input(input)));
        ArrayNode pairs = node.putArray("pairs");
        for (int second = 1; second < statistics.inputs().size(); second++) {
            for (int first = 0; first < second; first++) {
                pairs.add(pair(statistics, first, second));
            }
        }
        node.set("decided", decided(statistics));
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
        node.set("relativeL1", Json.number(input.relativeL1()));
        node.set("relativeL2", Json.number(input.relativeL2()));
        Magnitudes magnitudes = input.magnitudes();
        ObjectNode quantiles = node.putObject("quantiles");
        quantiles.put("sampled", magnitudes.sampled());
        for (int rank = 0; rank < Magnitudes.RANKS.size(); rank++) {
            quantiles.set(Magnitudes.RANKS.get(rank).toString(), Json.number(magnitudes.quantile(rank)));
        }
        quantiles.set("max", Json.number(magnitudes.largest()));
        return node;
    }

    private static ObjectNode pair(MergeStatistics statistics, int first, int second) {
        PairStatistics pair = statistics.pair(first, second);
        DeltaStatistics one = statistics.inputs().get(first);
        DeltaStatistics other = statistics.inputs().get(second);
        ObjectNode node = Json.object();
        node.putArray("inputs").add(first).add(second);
        node.set("cosine", Json.number(pair.cosine(one, other, false)));
        node.set("signAgreement", Json.number(pair.agreement(false)));
        node.set("signConflict", Json.number(pair.conflict(false)));
        node.set("keptCosine", Json.number(pair.cosine(one, other, true)));
        node.set("keptSignAgreement", Json.number(pair.agreement(true)));
        node.set("keptSignConflict", Json.number(pair.conflict(true)));
        return node;
    }

    private static ObjectNode decided(MergeStatistics statistics) {
        DecisionStatistics decisions = statistics.decisions();
        ObjectNode node = Json.object();
        ArrayNode inputs = node.putArray("inputs");
        for (int input = 0; input < statistics.inputs().size(); input++) {
            inputs.add(Json.number(decisions.alone(input)));
        }
        boolean measured = !statistics.inputs().isEmpty();
        node.set("several", Json.number(measured ? decisions.several() : Double.NaN));
        node.set("none", Json.number(measured ? decisions.none() : Double.NaN));
        return node;
    }
}
