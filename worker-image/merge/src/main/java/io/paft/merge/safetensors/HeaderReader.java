package io.paft.merge.safetensors;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.paft.merge.Json;
import io.paft.merge.MergeException;
import io.paft.merge.Reason;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Parses and checks the header of a safetensors file: a little-endian u64 N, N bytes of JSON, then the data.
 *
 * <p>Checked: N against the limit and the file's size before anything is allocated; the JSON itself, duplicate names
 * included; every dtype, shape and offset; that the tensors' data is contiguous from 0 to the end of the file.
 */
final class HeaderReader {
    /** The format's own limit for the JSON, in bytes. */
    static final long LIMIT = 100_000_000;

    /** The bytes of N. */
    static final int PREFIX = 8;

    private final String file;
    private final long fileSize;

    /**
     * A reader for one file.
     *
     * @param file what to call it in messages
     * @param fileSize its size in bytes
     */
    HeaderReader(String file, long fileSize) {
        this.file = file;
        this.fileSize = fileSize;
    }

    /**
     * Checks N.
     *
     * @return the number of bytes of JSON, safe to allocate
     * @throws MergeException ModelInvalid
     */
    int checkLength(long length) {
        if (length < 0 || length > LIMIT) {
            throw invalid(
                    0, "the header would have " + Long.toUnsignedString(length) + " bytes; the format allows " + LIMIT);
        }
        if (length > fileSize - PREFIX) {
            throw invalid(
                    0,
                    "the header would have " + length + " bytes, but the file has only " + fileSize
                            + ": it is truncated or not a safetensors file");
        }
        return Math.toIntExact(length);
    }

    /**
     * Parses the JSON.
     *
     * @throws MergeException ModelInvalid
     */
    Header parse(byte[] json) {
        if (json.length == 0 || json[0] != '{') {
            throw invalid(PREFIX, "the header does not start with '{'");
        }
        ObjectNode root = tree(json);
        Map<String, String> metadata = new LinkedHashMap<>();
        List<TensorInfo> tensors = new ArrayList<>();
        for (Map.Entry<String, JsonNode> entry : root.properties()) {
            if (entry.getKey().equals("__metadata__")) {
                metadata.putAll(metadata(entry.getValue()));
            } else {
                tensors.add(tensor(entry.getKey(), entry.getValue()));
            }
        }
        tensors.sort(Comparator.comparingLong(TensorInfo::begin).thenComparingLong(TensorInfo::end));
        long dataStart = PREFIX + (long) json.length;
        checkContiguous(tensors, dataStart);
        return new Header(metadata, tensors, dataStart);
    }

    private ObjectNode tree(byte[] json) {
        try {
            if (Json.MAPPER.readTree(json) instanceof ObjectNode object) {
                return object;
            }
            throw invalid(PREFIX, "the header is not a JSON object");
        } catch (JsonProcessingException e) {
            long offset = PREFIX
                    + Math.max(0, e.getLocation() == null ? 0 : e.getLocation().getByteOffset());
            throw invalid(offset, "the header is not valid JSON (" + e.getOriginalMessage() + ")");
        } catch (IOException e) {
            throw invalid(PREFIX, "the header is not valid JSON (" + e.getMessage() + ")");
        }
    }

    private Map<String, String> metadata(JsonNode node) {
        if (!node.isObject()) {
            throw invalid(PREFIX, "__metadata__ is not an object");
        }
        Map<String, String> found = new LinkedHashMap<>();
        for (Map.Entry<String, JsonNode> entry : node.properties()) {
            if (!entry.getValue().isTextual()) {
                throw invalid(PREFIX, "__metadata__." + entry.getKey() + " is not a string");
            }
            found.put(entry.getKey(), entry.getValue().textValue());
        }
        return found;
    }

    private TensorInfo tensor(String name, JsonNode node) {
        JsonNode typeName = node.path("dtype");
        Dtype dtype = Dtype.parse(typeName.asText())
                .orElseThrow(() -> invalid(PREFIX, "tensor " + name + " has the unknown dtype " + typeName));
        JsonNode dimensions = node.path("shape");
        JsonNode offsets = node.path("data_offsets");
        if (!dimensions.isArray() || !offsets.isArray() || offsets.size() != 2) {
            throw invalid(PREFIX, "tensor " + name + " lacks its shape or its two data_offsets");
        }
        List<Long> sizes = new ArrayList<>();
        for (JsonNode dimension : dimensions) {
            sizes.add(count(dimension, name));
        }
        Shape shape = new Shape(sizes);
        TensorInfo info = new TensorInfo(name, dtype, shape, count(offsets.get(0), name), count(offsets.get(1), name));
        long bytes = bytes(name, dtype, shape);
        if (info.begin() > info.end() || info.bytes() != bytes) {
            throw invalid(
                    PREFIX,
                    "tensor " + name + " of shape " + shape + " and type " + dtype + " needs " + bytes
                            + " bytes, but its offsets are " + info.begin() + " and " + info.end());
        }
        return info;
    }

    private long bytes(String name, Dtype dtype, Shape shape) {
        try {
            long bits = Math.multiplyExact(shape.elements(), (long) dtype.bits());
            if (bits % 8 != 0) {
                throw invalid(PREFIX, "tensor " + name + " of " + dtype + " does not end at a whole byte");
            }
            return bits / 8;
        } catch (ArithmeticException e) {
            throw invalid(PREFIX, "tensor " + name + " of shape " + shape + " is larger than any file");
        }
    }

    private long count(JsonNode node, String name) {
        if (!node.isIntegralNumber() || !node.canConvertToLong() || node.longValue() < 0) {
            throw invalid(PREFIX, "tensor " + name + " has " + node + " where a size belongs");
        }
        return node.longValue();
    }

    private void checkContiguous(List<TensorInfo> tensors, long dataStart) {
        long expected = 0;
        for (TensorInfo info : tensors) {
            if (info.begin() != expected) {
                throw invalid(
                        dataStart + info.begin(),
                        "tensor " + info.name() + " starts at " + info.begin() + " of the data, "
                                + (info.begin() < expected ? "inside the tensor before it" : "after a hole")
                                + " that ends at " + expected);
            }
            expected = info.end();
        }
        if (dataStart + expected != fileSize) {
            throw invalid(
                    Math.min(fileSize, dataStart + expected),
                    "the tensors end at byte " + (dataStart + expected) + ", the file at " + fileSize
                            + (dataStart + expected > fileSize
                                    ? ": it is truncated"
                                    : ": there are bytes that belong to no tensor"));
        }
    }

    /** ModelInvalid with file, offset and reason. */
    MergeException invalid(long offset, String reason) {
        return new MergeException(Reason.ModelInvalid, file + ", offset " + offset + ": " + reason + ".");
    }
}
