package io.paft.operator.progress.tls;

import java.io.ByteArrayOutputStream;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Arrays;
import java.util.Locale;

/** Writes the few ASN.1 types that a certificate needs, in the distinguished encoding of ITU-T X.690. */
final class Der {

    /** From 2050 on, a certificate's times have four digits for the year (RFC 5280, 4.1.2.5). */
    private static final Instant LONG_YEARS = Instant.parse("2050-01-01T00:00:00Z");

    private Der() {}

    static byte[] sequence(byte[]... parts) {
        return value(0x30, join(parts));
    }

    static byte[] set(byte[] part) {
        return value(0x31, part);
    }

    static byte[] integer(BigInteger number) {
        return value(0x02, number.toByteArray());
    }

    static byte[] yes() {
        return value(0x01, new byte[] {(byte) 0xff});
    }

    static byte[] octets(byte[] content) {
        return value(0x04, content);
    }

    static byte[] utf8(String text) {
        return value(0x0c, text.getBytes(StandardCharsets.UTF_8));
    }

    /** @param unused bits at the end of the last byte that are none */
    static byte[] bits(int unused, byte[] content) {
        return value(0x03, join(new byte[] {(byte) unused}, content));
    }

    /** A tag of the enclosing type around a whole value. */
    static byte[] explicit(int tag, byte[] content) {
        return value(0xa0 | tag, content);
    }

    /** A tag of the enclosing type in place of a primitive value's own. */
    static byte[] implicit(int tag, byte[] content) {
        return value(0x80 | tag, content);
    }

    static byte[] time(Instant instant) {
        boolean isLong = !instant.isBefore(LONG_YEARS);
        String text = DateTimeFormatter.ofPattern(isLong ? "yyyyMMddHHmmss'Z'" : "yyMMddHHmmss'Z'", Locale.ROOT)
                .withZone(ZoneOffset.UTC)
                .format(instant);
        return value(isLong ? 0x18 : 0x17, text.getBytes(StandardCharsets.US_ASCII));
    }

    /** @param dotted such as 2.5.29.15; its first two numbers share a byte */
    static byte[] oid(String dotted) {
        int[] numbers = Arrays.stream(dotted.split("\\.", -1))
                .mapToInt(Integer::parseInt)
                .toArray();
        var content = new ByteArrayOutputStream();
        content.write(40 * numbers[0] + numbers[1]);
        for (int i = 2; i < numbers.length; i++) {
            for (int shift = 28; shift > 0; shift -= 7) {
                if (numbers[i] >> shift != 0) {
                    content.write(((numbers[i] >> shift) & 0x7f) | 0x80);
                }
            }
            content.write(numbers[i] & 0x7f);
        }
        return value(0x06, content.toByteArray());
    }

    private static byte[] value(int tag, byte[] content) {
        var bytes = new ByteArrayOutputStream();
        bytes.write(tag);
        if (content.length < 0x80) {
            bytes.write(content.length);
        } else {
            byte[] length = BigInteger.valueOf(content.length).toByteArray();
            int from = length[0] == 0 ? 1 : 0;
            bytes.write(0x80 | (length.length - from));
            bytes.write(length, from, length.length - from);
        }
        bytes.writeBytes(content);
        return bytes.toByteArray();
    }

    private static byte[] join(byte[]... parts) {
        var bytes = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            bytes.writeBytes(part);
        }
        return bytes.toByteArray();
    }
}
