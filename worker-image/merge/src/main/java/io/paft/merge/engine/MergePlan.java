package io.paft.merge.engine;

import io.paft.merge.checkpoint.Model;
import io.paft.merge.checkpoint.SideFiles;
import io.paft.merge.safetensors.Dtype;
import io.paft.merge.safetensors.TensorInfo;
import java.util.List;

/**
 * A merge, ready to run: every model open and checked, every tensor planned.
 *
 * @param method name of the method
 * @param template the model whose configuration the output gets
 * @param reported names of the inputs that have deltas, in the order of the statistics
 * @param tensors in the order in which they are written
 * @param dtype what config.json says of the output
 * @param untied the output has its own lm_head although the template shares the embedding's
 * @param origins where each layer comes from when the output is made of slices; empty otherwise
 * @param text where tokenizer and chat template come from
 */
public record MergePlan(
        String method,
        Model template,
        List<String> reported,
        List<TensorPlan> tensors,
        Dtype dtype,
        boolean untied,
        List<LayerOrigin> origins,
        TextSources text) {
    public MergePlan {
        origins = List.copyOf(origins);
        reported = List.copyOf(reported);
        tensors = List.copyOf(tensors);
    }

    /** The same merge with other plans of its tensors. */
    MergePlan with(List<TensorPlan> others) {
        return new MergePlan(method, template, reported, others, dtype, untied, origins, text);
    }

    /** Names, types and shapes of the output, without offsets. */
    public List<TensorInfo> outputs() {
        return tensors.stream()
                .map(tensor -> new TensorInfo(tensor.name(), tensor.dtype(), tensor.shape(), 0, bytes(tensor)))
                .toList();
    }

    /** The plan of some of the tensors. */
    MergePlan of(List<TensorPlan> some) {
        return new MergePlan(method, template, reported, some, dtype, untied, origins, text);
    }

    /** What the output has beside its weights. */
    SideFiles sideFiles() {
        return new SideFiles(
                OutputConfig.of(this), template.directory(), text.tokenizer().directory(), text.chatTemplate());
    }

    /** Bytes of all tensors of the output. */
    public long bytes() {
        return tensors.stream().mapToLong(MergePlan::bytes).sum();
    }

    /** Elements of all tensors of the output. */
    public long elements() {
        return tensors.stream().mapToLong(tensor -> tensor.shape().elements()).sum();
    }

    private static long bytes(TensorPlan tensor) {
        return tensor.shape().elements() * tensor.dtype().bits() / 8;
    }
}
