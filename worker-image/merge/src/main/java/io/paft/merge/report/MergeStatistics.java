package io.paft.merge.report;

import io.paft.merge.kernel.Moments;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Everything measured of one tensor, or of a whole model.
 *
 * @param inputs one per input
 * @param pairs one per pair of inputs, in the order (0,1), (0,2), (1,2), ...: by the second, then by the first
 * @param decisions who decides the elements
 * @param nonFinite NaN and infinities
 */
public record MergeStatistics(
        List<DeltaStatistics> inputs, List<PairStatistics> pairs, DecisionStatistics decisions, NonFinite nonFinite) {
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
                new DecisionStatistics(inputs),
                new NonFinite(inputs));
    }

    /** Adds a tile of the deltas before sparsifying. */
    public void addBefore(TileMoments tile) {
        for (int i = 0; i < inputs.size(); i++) {
            inputs.get(i).add(tile.inputs().get(i), tile.base(), tile.count());
        }
        for (int i = 0; i < pairs.size(); i++) {
            pairs.get(i).addBefore(tile.pairs().get(i), tile.count());
        }
    }

    /** Adds elements 0 to count - 1 of the deltas after sparsifying, one for each input. */
    public void addAfter(Moments kernels, float[][] deltas, int count) {
        if (deltas.length == 2) {
            Moments.Pair pair = kernels.pair(deltas[0], deltas[1], count);
            pair(0, 1).addAfter(pair);
            inputs.get(0).addAfter(pair.squaresOfFirst());
            inputs.get(1).addAfter(pair.squaresOfSecond());
            return;
        }
        for (int i = 0; i < deltas.length; i++) {
            inputs.get(i).addAfter(kernels.norms(deltas[i], count).squares());
            for (int j = 0; j < i; j++) {
                pair(j, i).addAfter(kernels.pair(deltas[j], deltas[i], count));
            }
        }
    }

    /** Counts who decides where that is who changes an element, of two inputs that are measured to the end. */
    public void decideByChange() {
        decisions.addChanged(inputs.get(0), inputs.get(1), pair(0, 1));
    }

    /** Adds another tensor of the same number of inputs, which is sealed. */
    public void add(MergeStatistics other) {
        IntStream.range(0, inputs.size()).forEach(i -> inputs.get(i).add(other.inputs.get(i)));
        addShared(other);
    }

    /** Adds another range of the same tensor; {@link #seal} is to follow after the last one. */
    public void addRange(MergeStatistics other) {
        IntStream.range(0, inputs.size()).forEach(i -> inputs.get(i).addRange(other.inputs.get(i)));
        addShared(other);
    }

    /** Ends the statistics of a tensor: what is only needed while its elements pass is given back. */
    public void seal() {
        inputs.forEach(DeltaStatistics::seal);
    }

    private void addShared(MergeStatistics other) {
        IntStream.range(0, pairs.size()).forEach(i -> pairs.get(i).add(other.pairs.get(i)));
        decisions.add(other.decisions);
        nonFinite.add(other.nonFinite);
    }

    /**
     * The same among more inputs, of which the others have nothing.
     *
     * @param positions of these inputs among all
     * @param all their number
     */
    public MergeStatistics spread(int[] positions, int all) {
        MergeStatistics spread = empty(all);
        spread.decisions.add(decisions, positions);
        spread.nonFinite.add(nonFinite, positions);
        for (int second = 0; second < positions.length; second++) {
            spread.inputs.get(positions[second]).add(inputs.get(second));
            for (int first = 0; first < second; first++) {
                int low = Math.min(positions[first], positions[second]);
                int high = Math.max(positions[first], positions[second]);
                spread.pair(low, high).add(pair(first, second));
            }
        }
        return spread;
    }

    /** The pair of two inputs, {@code first < second}. */
    public PairStatistics pair(int first, int second) {
        return pairs.get(second * (second - 1) / 2 + first);
    }
}
