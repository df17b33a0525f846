package io.paft.merge.fuzz;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;

/** Damages a file in ways that parsers dislike; everything follows from the random numbers that it is given. */
final class Mutator {
    private static final String[] TOKENS = {
        "{",
        "}",
        "[",
        "]",
        "[[",
        ",",
        ":",
        "\"",
        "null",
        "true",
        "false",
        "0",
        "-1",
        "1e999",
        "1e-400",
        "NaN",
        "Infinity",
        "9223372036854775807",
        "9223372036854775808",
        "-9223372036854775808",
        "4294967296",
        "2147483648",
        "65536",
        "1.5",
        "0x7f",
        "\"\"",
        "\"a\":",
        "\"\\u0000\"",
        "\"\\ud800\"",
        "\"F64\"",
        "\"U8\"",
        "\"F4\"",
        "\"BOOL\"",
        "\"I64\"",
        "[0,0]",
        // Products that are 0, 2 and negative in 64 bits.
        "[4294967296,4294967296]",
        "[6148914691236517206,3]",
        "[3037000500,3037000500]",
        "[]",
        "{}",
        "[0]",
        "\"__metadata__\":{}",
        "\"shape\":",
        "\"data_offsets\":",
        "\"dtype\":",
        "\"../outside/model.safetensors\"",
        "\"/dev/zero\"",
        "\"..\"",
        "\".\"",
        "\"model.safetensors\"",
        "../outside",
        "/",
        "\\",
        "\n",
        "\n  ",
        "- ",
        "? ",
        "&a ",
        "*a",
        "<<: *a",
        "!!int ",
        "!!timestamp 2001-99-99",
        "!!java.lang.String ",
        "!!binary ",
        "!!set {a}",
        "!!float ",
        "1:99:99",
        "0b2",
        "0o9",
        "~",
        "|",
        ">",
        "%YAML 9.9\n",
        "---\n",
        "...",
        "merge_method: ",
        "ties",
        "slerp",
        "linear",
        "passthrough",
        "model_stock",
        "parameters: ",
        "density: ",
        "weight: ",
        "filter: ",
        "value: ",
        "t: ",
        "lambda: ",
        "slices: ",
        "sources: ",
        "layer_range: ",
        "[0, 2147483647]",
        "[1, 0]",
        "base_model: ",
        "scale: ",
        "sparsify: ",
        "scope: model",
        "tokenizer: ",
        "tokenizer_source: union",
        "chat_template: ",
        "auto",
        "\"vocab\":",
        "\"merges\":",
        "\"added_tokens\":",
        "\"chat_template\":",
        "\"num_hidden_layers\":",
        "\"layer_types\":",
        "{{",
        "{%",
        "(a+)+$",
        "(a|b|ab)*c",
        "\".*(.*)*x\"",
        "\"lora_A\"",
        "base+adapter",
        "\u00e9",
        "\ud83d\ude00",
        "\t",
        "#",
        "@",
        "`",
        "%"
    };

    private final Random random;

    Mutator(Random random) {
        this.random = random;
    }

    /** A damaged copy: one to eight changes, most near the start of the file. */
    byte[] damage(byte[] content) {
        byte[] bytes = content;
        for (int changes = 1 + random.nextInt(random.nextBoolean() ? 2 : 8); changes > 0; changes--) {
            bytes = change(bytes);
        }
        return bytes;
    }

    private byte[] change(byte[] bytes) {
        int at = position(bytes);
        return switch (random.nextInt(9)) {
            case 0 -> replace(bytes, at, at + 1, new byte[] {(byte) random.nextInt(256)});
            case 1 -> Arrays.copyOf(bytes, at);
            case 2 -> Arrays.copyOf(bytes, Math.min(1 << 16, bytes.length + random.nextInt(64)));
            case 3 -> replace(bytes, at, at + random.nextInt(40), new byte[0]);
            case 4 -> replace(bytes, at, at, copy(bytes));
            case 5 -> replace(bytes, at, at + random.nextInt(12), token());
            case 6 -> number(bytes);
            case 7 -> repeated(bytes, at);
            default -> replace(bytes, at, at, token());
        };
    }

    /** Half of the time in the first 600 bytes, where headers are. */
    private int position(byte[] bytes) {
        int most = random.nextBoolean() ? bytes.length : Math.min(bytes.length, 600);
        return random.nextInt(most + 1);
    }

    private byte[] token() {
        return TOKENS[random.nextInt(TOKENS.length)].getBytes(StandardCharsets.UTF_8);
    }

    private byte[] copy(byte[] bytes) {
        int from = position(bytes);
        return Arrays.copyOfRange(bytes, from, Math.min(bytes.length, from + random.nextInt(80)));
    }

    /** Another number in place of one that is there. */
    private byte[] number(byte[] bytes) {
        int start = position(bytes);
        while (start < bytes.length && (bytes[start] < '0' || bytes[start] > '9')) {
            start++;
        }
        int end = start;
        while (end < bytes.length && bytes[end] >= '0' && bytes[end] <= '9') {
            end++;
        }
        long value = random.nextBoolean() ? random.nextInt(300) : random.nextLong() >> random.nextInt(64);
        return replace(bytes, start, end, Long.toString(value).getBytes(StandardCharsets.UTF_8));
    }

    /** A token many times: depth and length. */
    private byte[] repeated(byte[] bytes, int at) {
        ByteArrayOutputStream many = new ByteArrayOutputStream();
        byte[] token = token();
        for (int i = random.nextInt(random.nextInt(10) == 0 ? 3000 : 60); i >= 0; i--) {
            many.writeBytes(token);
        }
        return replace(bytes, at, at, many.toByteArray());
    }

    private static byte[] replace(byte[] bytes, int from, int to, byte[] by) {
        int start = Math.min(from, bytes.length);
        int end = Math.max(start, Math.min(to, bytes.length));
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        all.write(bytes, 0, start);
        all.writeBytes(by);
        all.write(bytes, end, bytes.length - end);
        return all.toByteArray();
    }
}
