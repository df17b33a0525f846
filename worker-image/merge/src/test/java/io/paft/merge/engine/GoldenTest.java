package io.paft.merge.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.paft.merge.checkpoint.Weights.Stored;
import io.paft.merge.recipe.Method;
import io.paft.merge.recipe.Recipe;
import io.paft.merge.recipe.RecipeReader;
import io.paft.merge.safetensors.Dtype;
import io.paft.merge.safetensors.SafetensorsFile;
import io.paft.merge.safetensors.TensorInfo;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Holds merges against files that mergekit 0.1.5 made (src/test/python/make_golden.py), element by element; those that
 * are exactly at a threshold are left out, because mergekit's choice among them is arbitrary.
 *
 * <p>With {@code -Dpaft.golden=DIRECTORY} the files of that directory are taken: dev/parity/merge makes them afresh.
 */
class GoldenTest {
    private static final Path GOLDEN = Path.of(System.getProperty("paft.golden", "src/test/resources/golden"));
    private static final Path TABLE = Path.of("target/parity.txt");

    /** Methods that sum over a whole tensor: in float64 here, in float32 there. */
    private static final Set<Method> WITH_SUMS =
            Set.of(Method.SLERP, Method.NUSLERP, Method.MULTISLERP, Method.MODEL_STOCK, Method.SCE);

    /**
     * By how much mergekit's result may differ beyond the rounding to the output's type, in float32 units of the largest addend. A
     * result is the sum of two addends, and each goes through up to eight roundings of half a unit: two sums over the tensor, two
     * quotients, two functions of an angle, the product and the sum.
     */
    private static final double ROUNDING = 8;

    @TempDir
    Path scratch;

    @BeforeAll
    static void start() throws IOException {
        Files.deleteIfExists(TABLE);
    }

    static List<Path> cases() throws IOException {
        List<Path> found = new ArrayList<>();
        for (String dtype : List.of("float32", "bfloat16", "float16")) {
            try (Stream<Path> recipes = Files.list(GOLDEN.resolve(dtype).resolve("expected"))) {
                recipes.sorted().forEach(found::add);
            }
        }
        return found;
    }

    static List<Path> casesInFloat64() throws IOException {
        return cases().stream()
                .filter(expected -> root(expected).endsWith("float32"))
                .filter(expected -> Files.exists(expected.resolve("float64.safetensors")))
                .toList();
    }

    /**
     * Where nothing is summed over a tensor, equal to the bit. Else one unit of the output's type apart at most, and the float32
     * rounding of what was added up; in 16 bits nearly all are equal. See the next tests for whose fault that is.
     */
    @ParameterizedTest
    @MethodSource("cases")
    void equalsMergekit(Path expected) throws IOException {
        Recipe recipe = recipe(expected);
        ParityDistance distance = distance(expected, recipe);
        write(root(expected).getFileName() + " " + expected.getFileName() + ": " + distance.text());
        assertThat(distance.elements()).isGreaterThan(3500);
        if (!sums(recipe)) {
            assertThat(distance.equal()).isEqualTo(distance.elements());
            return;
        }
        assertThat(distance.worstRounding()).isLessThanOrEqualTo(ROUNDING);
        if (recipe.outputDtype() != Dtype.F32) {
            assertThat(distance.equal()).isGreaterThan((long) (0.999 * distance.elements()));
        }
    }

    /** Where sums over a tensor decide the last places: ours are nearer to what mergekit itself gives in float64. */
    @ParameterizedTest
    @MethodSource("casesInFloat64")
    void isNearerToFloat64ThanMergekit(Path expected) throws IOException {
        Recipe recipe = recipe(expected);
        ParityError ours = new ParityError();
        ParityError theirs = new ParityError();
        try (ModelSet models = new ModelSet(root(expected));
                Arena arena = Arena.ofConfined()) {
            Map<String, float[]> merged = merged(expected, arena);
            Map<String, float[]> golden = tensors(expected.resolve("model.safetensors"), arena);
            SafetensorsFile exact = SafetensorsFile.open(expected.resolve("float64.safetensors"), "float64", arena);
            Map<String, TensorPlan> plans = new HashMap<>();
            Planner.plan(recipe, models).tensors().forEach(plan -> plans.put(plan.name(), plan));
            for (TensorInfo info : exact.header().tensors()) {
                double[] values = exact.segment(info).toArray(ValueLayout.JAVA_DOUBLE_UNALIGNED);
                TensorPlan plan = get(plans, info.name());
                ours.add(get(merged, info.name()), values, plan);
                theirs.add(get(golden, info.name()), values, plan);
            }
        }
        write("float64 " + expected.getFileName() + ": ours " + ours.text() + "; mergekit " + theirs.text());
        assertThat(ours.elements()).isGreaterThan(3500);
        assertThat(ours.rounded()).isGreaterThan(theirs.rounded());
        assertThat(ours.sum()).isLessThan(theirs.sum());
        // Of single elements chance decides which is nearer: deltas and factors are float32 numbers on both sides.
        assertThat(ours.worst()).isLessThan(16);
        if (recipe.method() == Method.SLERP || (recipe.method() == Method.NUSLERP && recipe.baseModel() == null)) {
            // One rounding, of a float64 number: nearly always the float32 number that is nearest to the exact one.
            assertThat(ours.rounded()).isGreaterThan((long) (0.999 * ours.elements()));
        }
    }

    /** In 16 bits: where the two are more than one unit apart, ours is nearer. Needs files that only dev/parity/merge makes. */
    @ParameterizedTest
    @MethodSource("cases")
    @EnabledIfSystemProperty(named = "paft.golden", matches = ".+", disabledReason = "dev/parity/merge runs it")
    void in16BitsOursIsNearer(Path expected) throws IOException {
        Path file = expected.resolve("float64.safetensors");
        Recipe recipe = recipe(expected);
        Dtype dtype = Objects.requireNonNull(recipe.outputDtype());
        if (dtype == Dtype.F32 || !sums(recipe)) {
            return;
        }
        ParityNearest nearest = new ParityNearest();
        try (ModelSet models = new ModelSet(root(expected));
                Arena arena = Arena.ofConfined()) {
            Map<String, float[]> merged = merged(expected, arena);
            Map<String, float[]> golden = tensors(expected.resolve("model.safetensors"), arena);
            SafetensorsFile exact = SafetensorsFile.open(file, "float64", arena);
            for (TensorPlan plan : Planner.plan(recipe, models).tensors()) {
                TensorInfo info = exact.header().tensors().stream()
                        .filter(each -> each.name().equals(plan.name()))
                        .findFirst()
                        .orElseThrow();
                nearest.add(
                        get(merged, plan.name()),
                        get(golden, plan.name()),
                        exact.segment(info).toArray(ValueLayout.JAVA_DOUBLE_UNALIGNED),
                        plan);
            }
        }
        write("nearest " + expected.getFileName() + " " + nearest.text(dtype));
        assertThat(nearest.fartherByMore()).isZero();
    }

    private ParityDistance distance(Path expected, Recipe recipe) throws IOException {
        ParityDistance distance = new ParityDistance();
        try (ModelSet models = new ModelSet(root(expected));
                Arena arena = Arena.ofConfined()) {
            Map<String, float[]> ours = merged(expected, arena);
            Map<String, float[]> theirs = tensors(expected.resolve("model.safetensors"), arena);
            assertThat(ours.keySet()).isEqualTo(theirs.keySet());
            for (TensorPlan plan : Planner.plan(recipe, models).tensors()) {
                distance.add(get(ours, plan.name()), get(theirs, plan.name()), plan);
            }
        }
        return distance;
    }

    private static <T> T get(Map<String, T> map, String key) {
        T found = map.get(key);
        if (found == null) {
            throw new AssertionError(key);
        }
        return found;
    }

    private Map<String, float[]> merged(Path expected, Arena arena) throws IOException {
        Path output = scratch.resolve("out");
        MergeTesting.merge(root(expected), Files.readString(expected.resolve("recipe.yaml")), output, 2);
        return tensors(output.resolve("model.safetensors"), arena);
    }

    private static Map<String, float[]> tensors(Path file, Arena arena) {
        SafetensorsFile opened = SafetensorsFile.open(file, file.toString(), arena);
        Map<String, float[]> found = new TreeMap<>();
        for (TensorInfo info : opened.header().tensors()) {
            float[] values = new float[Math.toIntExact(info.shape().elements())];
            new Stored(info.name(), opened.segment(info), info.dtype(), info.shape()).read(0, values.length, values);
            found.put(info.name(), values);
        }
        return found;
    }

    private static boolean sums(Recipe recipe) {
        return recipe.parameters().containsKey("rescale") || WITH_SUMS.contains(recipe.method());
    }

    private static Recipe recipe(Path expected) throws IOException {
        return RecipeReader.read(Files.readString(expected.resolve("recipe.yaml")), "recipe");
    }

    private static Path root(Path expected) {
        return expected.resolve("../..").normalize();
    }

    private static void write(String line) throws IOException {
        Files.writeString(TABLE, line + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    }
}
