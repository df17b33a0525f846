package io.paft.merge.report;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.paft.merge.Json;
import java.util.Arrays;

/** Counts of NaN and infinities in a merge that was told to go on in spite of them. */
public final class NonFinite {
    private long[] inputs;
    private long result;

    /** Counts of nothing, for this number of inputs that have deltas. */
    public NonFinite(int inputs) {
        this.inputs = new long[inputs];
    }

    /** For the journal, which fills in the fields. */
    private NonFinite() {
        this(0);
    }

    /** Counts elements of one input's delta: those of the base count for every input. */
    public void addInput(int input, long count) {
        inputs[input] += count;
    }

    /** Counts elements that were written. */
    public void addResult(long count) {
        result += count;
    }

    /** Adds the counts of another tensor. */
    public void add(NonFinite other) {
        Arrays.setAll(inputs, input -> inputs[input] + other.inputs[input]);
        result += other.result;
    }

    /** Adds the counts of a tensor that has some of the inputs, at these positions among all. */
    void add(NonFinite other, int[] positions) {
        for (int i = 0; i < positions.length; i++) {
            inputs[positions[i]] += other.inputs[i];
        }
        result += other.result;
    }

    /** Elements that were written. */
    public long result() {
        return result;
    }

    /** True when there was none. */
    public boolean isNone() {
        return result == 0 && Arrays.stream(inputs).allMatch(count -> count == 0);
    }

    /** As the report has it. */
    ObjectNode node() {
        ObjectNode node = Json.object();
        ArrayNode list = node.putArray("inputs");
        Arrays.stream(inputs).forEach(list::add);
        node.put("result", result);
        return node;
    }
}
