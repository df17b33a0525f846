package io.paft.merge.journal;

import static io.paft.merge.TestModels.normal;
import static org.assertj.core.api.Assertions.assertThat;

import io.paft.merge.kernel.Moments;
import io.paft.merge.report.MagnitudeSample;
import io.paft.merge.report.MergeStatistics;
import io.paft.merge.report.TileMoments;
import java.io.IOException;
import java.lang.reflect.Array;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class JournalJsonTest {
    @Test
    void statisticsSurviveToTheBit() throws IOException {
        MergeStatistics statistics = MergeStatistics.empty(3);
        float[][] deltas = {normal(0, 1000, 1e-3), normal(1, 1000, 1e-3), normal(2, 1000, 1e-3)};
        TileMoments tile = TileMoments.of(
                new Moments(1000),
                normal(9, 1000, 0.02),
                deltas,
                1000,
                new TileMoments.Stored(false, List.of(false, false, false)));
        statistics.addBefore(tile);
        for (int i = 0; i < 3; i++) {
            MagnitudeSample sample = new MagnitudeSample(1000, 10, 0, 1000);
            sample.add(deltas[i], 1000, tile.largest(i));
            statistics.inputs().get(i).end(333, sample, false);
        }
        statistics.seal();
        assertSame(statistics);
    }

    /** Every number that a statistics class holds, whatever it is called, set to something hard to write down. */
    @Test
    void everyFieldOfStatisticsSurvives() throws Exception {
        Random random = new Random(2);
        for (int round = 0; round < 50; round++) {
            MergeStatistics statistics = MergeStatistics.empty(2);
            List<Object> filled = new ArrayList<>();
            fill(statistics, random, filled);
            assertThat(filled).hasSizeGreaterThan(20);
            assertSame(statistics);
        }
    }

    private static void assertSame(MergeStatistics statistics) throws IOException {
        byte[] json = JournalJson.write(statistics);
        MergeStatistics back = JournalJson.read(json, MergeStatistics.class);
        List<Object> before = new ArrayList<>();
        List<Object> after = new ArrayList<>();
        collect(statistics, before);
        collect(back, after);
        assertThat(after).isEqualTo(before);
    }

    private static void fill(Object target, Random random, List<Object> filled) {
        visit(target, new Visitor() {
            @Override
            public Object number(Object old) {
                double value = switch (random.nextInt(12)) {
                    case 0 -> Double.NaN;
                    case 1 -> Double.POSITIVE_INFINITY;
                    case 2 -> Double.MIN_VALUE;
                    case 3 -> -0.0;
                    default -> Double.longBitsToDouble(random.nextLong());
                };
                Object made = switch (old) {
                    case Long any -> random.nextLong();
                    case Integer any -> random.nextInt();
                    case Double any -> value;
                    case Float any -> Float.intBitsToFloat(random.nextInt());
                    default -> old;
                };
                filled.add(made);
                return made;
            }
        });
    }

    private static void collect(Object target, List<Object> found) {
        visit(target, old -> {
            found.add(
                    switch (old) {
                        case Double value -> Double.doubleToLongBits(value);
                        case Float value -> Float.floatToIntBits(value);
                        default -> old;
                    });
            return old;
        });
    }

    private interface Visitor {
        Object number(Object old);
    }

    private static void visit(Object target, Visitor visitor) {
        if (target instanceof List<?> list) {
            list.forEach(item -> visit(item, visitor));
            return;
        }
        for (Field field : target.getClass().getDeclaredFields()) {
            if (Modifier.isStatic(field.getModifiers())) {
                continue;
            }
            try {
                field.setAccessible(true);
                Object value = field.get(target);
                if (value instanceof Number) {
                    field.set(target, visitor.number(value));
                } else if (value != null && value.getClass().isArray()) {
                    for (int i = 0; i < Array.getLength(value); i++) {
                        Array.set(value, i, visitor.number(Array.get(value, i)));
                    }
                } else if (value != null
                        && !(value instanceof String)
                        && !value.getClass().isEnum()) {
                    visit(value, visitor);
                }
            } catch (IllegalAccessException e) {
                throw new AssertionError(field.toString(), e);
            }
        }
    }
}
