package io.paft.merge.report;

import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Everything measured of one tensor, or of a whole model.
 *
 * @param inputs one per input
 * @param pairs one per pair of inputs, in the order (0,1), (0,2), (1,2), ...: by the second, then by the first
 * @param nonFinite NaN and infinities
 */
public record MergeStatistics(List<DeltaStatistics> inputs, List<PairStatistics> pairs, NonFinite nonFinite) {
    public MergeStatistics {
        inputs = List.copyOf(inputs);
        pairs = List.copyOf(pairs);
    }

    /** Sums of nothing, for this number of inputs. */
    public static MergeStatistics empty(int inputs) {
        return new MergeStatistics(
                Stream.generate(DeltaStatistics::new).limit(inputs).toList(),
                Stream.generate(PairStatistics::new)
                        .limit((long) inputs * (inputs - 1) / 2)
                        .toList(),
                new NonFinite(inputs));
    }

    /** Adds another tensor of the same number of inputs. */
    public void add(MergeStatistics other) {
        IntStream.range(0, inputs.size()).forEach(i -> inputs.get(i).add(other.inputs.get(i)));
        IntStream.range(0, pairs.size()).forEach(i -> pairs.get(i).add(other.pairs.get(i)));
        nonFinite.add(other.nonFinite);
    }

    /** The pair of two inputs, {@code first < second}. */
    public PairStatistics pair(int first, int second) {
        return pairs.get(second * (second - 1) / 2 + first);
    }
}
