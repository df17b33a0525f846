package io.paft.merge.safetensors;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.paft.merge.Json;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/** Lays out a safetensors file as the official writer does: by dtype, widest first, then by name; header padded to 8. */
public final class HeaderWriter {
    private static final int ALIGNMENT = 8;

    private HeaderWriter() {}

    /**
     * The tensors in the order of their data, with their offsets.
     *
     * @param tensors names, types and shapes; their offsets are ignored
     */
    public static List<TensorInfo> layout(List<TensorInfo> tensors) {
        List<TensorInfo> ordered = tensors.stream()
                .sorted(Comparator.comparing(TensorInfo::dtype).reversed().thenComparing(TensorInfo::name))
                .toList();
        TensorInfo[] placed = new TensorInfo[ordered.size()];
        long offset = 0;
        for (int i = 0; i < placed.length; i++) {
            TensorInfo info = ordered.get(i);
            long end = offset + info.shape().elements() * info.dtype().bits() / 8;
            placed[i] = new TensorInfo(info.name(), info.dtype(), info.shape(), offset, end);
            offset = end;
        }
        return List.of(placed);
    }

    /** Everything before the data: the length and the JSON, padded with spaces. */
    public static byte[] header(List<TensorInfo> placed) {
        ObjectNode root = Json.object();
        root.putObject("__metadata__").put("format", "pt");
        for (TensorInfo info : placed) {
            ObjectNode entry = root.putObject(info.name());
            entry.put("dtype", info.dtype().name());
            info.shape().dimensions().forEach(entry.putArray("shape")::add);
            entry.putArray("data_offsets").add(info.begin()).add(info.end());
        }
        byte[] json = Json.compact(root);
        int padded = (json.length + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
        byte[] all = new byte[Long.BYTES + padded];
        Arrays.fill(all, (byte) ' ');
        ByteBuffer.wrap(all).order(ByteOrder.LITTLE_ENDIAN).putLong(padded).put(json);
        return all;
    }
}
