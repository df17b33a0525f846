package io.paft.merge.cli;

import io.paft.merge.MergeException;
import io.paft.merge.Reason;
import io.paft.merge.checkpoint.Checkpoint;
import io.paft.merge.checkpoint.Model;
import io.paft.merge.checkpoint.TensorOrder;
import io.paft.merge.checkpoint.Weights;
import io.paft.merge.engine.ModelSet;
import java.io.PrintStream;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Lists the tensors of a model. */
final class InspectCommand {
    private final String reference;
    private final PrintStream out;

    InspectCommand(String reference, PrintStream out) {
        this.reference = reference;
        this.out = out;
    }

    int run() {
        Path directory = Path.of(reference);
        if (Files.isRegularFile(directory.resolve("adapter_config.json"))) {
            try (Arena arena = Arena.ofConfined()) {
                print(Checkpoint.openAdapter(directory, reference, arena));
            }
        } else {
            try (ModelSet models = new ModelSet(Path.of(""))) {
                print(models.open(reference));
            }
        }
        return 0;
    }

    private void print(Model model) {
        Map<String, Long> types = new TreeMap<>();
        long elements = 0;
        long bytes = 0;
        List<String> names =
                model.tensorNames().stream().sorted(TensorOrder.BY_DEPTH).toList();
        for (String name : names) {
            Weights weights = model.find(name);
            if (weights == null) {
                throw new MergeException(Reason.InternalError, "no tensor " + name);
            }
            String adapted = weights instanceof Weights.Adapted lora
                    ? " + LoRA of rank " + lora.delta().rank()
                    : "";
            out.println(name + "  " + weights.dtype() + "  " + weights.shape() + adapted);
            long count = weights.shape().elements();
            elements += count;
            bytes += count * weights.dtype().bits() / 8;
            types.merge(weights.dtype().name(), count, Long::sum);
        }
        out.println(names.size() + " tensors, " + elements + " elements " + types + ", " + Sizes.format(bytes));
    }
}
