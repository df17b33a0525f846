package io.paft.merge.stage;

import io.paft.merge.report.DecisionStatistics;
import io.paft.merge.report.DeltaStatistics;
import io.paft.merge.report.MergeStatistics;
import java.util.Locale;

/** The report of a merge in two sentences, of bounded length, for the termination message. */
final class MergeSummary {
    private MergeSummary() {}

    /**
     * The sentences.
     *
     * @param method its name
     * @param tensors number of tensors written
     * @param total of the whole model; of sft and preference, in this order, or of the way from the one to the other
     */
    static String of(String method, int tensors, MergeStatistics total) {
        String text = measured(method, tensors, total);
        return total.nonFinite().isNone()
                ? text
                : text + ". NaN or infinite in the merged model: "
                        + total.nonFinite().result() + " elements; merge-report.json has the tensors";
    }

    private static String measured(String method, int tensors, MergeStatistics total) {
        if (total.inputs().size() == 1) {
            return between(method, tensors, total.inputs().getFirst());
        }
        DeltaStatistics sft = total.inputs().get(0);
        DeltaStatistics preference = total.inputs().get(1);
        boolean whole = sft.density() == 1 && preference.density() == 1;
        StringBuilder text = new StringBuilder("merged " + tensors + " tensors with " + method);
        if (sft.elements() == 0) {
            return text + ": none has a delta to measure";
        }
        if (whole) {
            text.append(": all of both deltas; their signs conflict in "
                    + percent(total.pair(0, 1).conflict(false)) + " of the elements");
        } else {
            text.append(": kept " + percent(sft.density()) + " of the sft delta and " + percent(preference.density())
                    + " of the preference delta; their signs conflict in "
                    + percent(total.pair(0, 1).conflict(false)) + " of the elements before and "
                    + percent(total.pair(0, 1).conflict(true)) + " after trimming");
        }
        DecisionStatistics decisions = total.decisions();
        return text + ". sft alone decides " + percent(decisions.alone(0)) + " of the elements, preference alone "
                + percent(decisions.alone(1)) + ", both together " + percent(decisions.several()) + ", neither "
                + percent(decisions.none());
    }

    private static String between(String method, int tensors, DeltaStatistics way) {
        String text =
                "merged " + tensors + " tensors with " + method + ", from the sft model towards the preference model";
        return way.elements() == 0
                ? text + ": none has a delta to measure"
                : text
                        + String.format(
                                Locale.ROOT,
                                ": they differ by %.2g of the norm of the sft model, and ",
                                way.relativeL2())
                        + percent(way.equalInBf16()) + " of the elements are equal in bfloat16";
    }

    private static String percent(double share) {
        return String.format(Locale.ROOT, "%.1f %%", 100 * share);
    }
}
