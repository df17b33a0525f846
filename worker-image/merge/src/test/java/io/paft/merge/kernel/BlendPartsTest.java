package io.paft.merge.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import io.paft.merge.TestModels;
import java.util.Arrays;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BlendPartsTest {
    /** Rows and columns of a matrix in tiles that end anywhere give what each of them gives as a tensor of its own. */
    @ParameterizedTest
    @CsvSource({"7, 11, 5", "7, 11, 11", "7, 11, 30", "1, 40, 16", "40, 1, 16", "13, 3, 100"})
    void isTheBlendOfEachPart(int height, int width, int tile) {
        float[] base = TestModels.normal(1, height * width, 1);
        float[][] inputs = {TestModels.normal(2, height * width, 1), TestModels.normal(3, height * width, 2)};
        for (boolean rows : new boolean[] {true, false}) {
            int parts = rows ? height : width;
            BlendParts.Rule rule = gram -> Blend.nuslerp(gram, new float[] {0.3f, 0.9f});
            BlendParts blend = new BlendParts(2, parts, width, rows, tile);
            float[] merged = new float[height * width];
            for (int start = 0; start < merged.length; start += tile) {
                blend.add(tile(inputs, start, tile), start, Math.min(tile, merged.length - start));
            }
            blend.choose(rule);
            for (int start = 0; start < merged.length; start += tile) {
                int count = Math.min(tile, merged.length - start);
                float[] part = new float[tile];
                blend.combine(tile(base, start, tile), true, tile(inputs, start, tile), start, count, part);
                System.arraycopy(part, 0, merged, start, count);
            }
            for (int part = 0; part < parts; part++) {
                int length = height * width / parts;
                double[][] gram = new double[2][2];
                for (int i = 0; i < length; i++) {
                    int at = rows ? part * width + i : i * width + part;
                    for (int a = 0; a < 2; a++) {
                        for (int b = 0; b < 2; b++) {
                            gram[a][b] += (double) inputs[a][at] * inputs[b][at];
                        }
                    }
                }
                double[] factors = rule.factors(gram);
                for (int i = 0; i < length; i++) {
                    int at = rows ? part * width + i : i * width + part;
                    assertThat(merged[at])
                            .isCloseTo(
                                    (float) (base[at] + factors[0] * inputs[0][at] + factors[1] * inputs[1][at]),
                                    org.assertj.core.api.Assertions.within(1e-5f));
                }
            }
        }
    }

    private static float[][] tile(float[][] inputs, int start, int tile) {
        return Arrays.stream(inputs).map(input -> tile(input, start, tile)).toArray(float[][]::new);
    }

    private static float[] tile(float[] input, int start, int tile) {
        return Arrays.copyOfRange(input, start, start + tile);
    }
}
