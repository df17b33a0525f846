package io.paft.operator.progress.tls;

import java.nio.charset.StandardCharsets;
import java.util.Base64;

/** The textual encoding of RFC 7468. */
final class Pem {

    static final String CERTIFICATE = "CERTIFICATE";
    static final String PRIVATE_KEY = "PRIVATE KEY";

    private Pem() {}

    static String write(String label, byte[] der) {
        String lines = Base64.getMimeEncoder(64, "\n".getBytes(StandardCharsets.US_ASCII))
                .encodeToString(der);
        return "-----BEGIN " + label + "-----\n" + lines + "\n-----END " + label + "-----\n";
    }

    /** @throws IllegalArgumentException when the text is not exactly one block of this label */
    static byte[] read(String label, String text) {
        String begin = "-----BEGIN " + label + "-----";
        String end = "-----END " + label + "-----";
        String stripped = text.strip();
        if (!stripped.startsWith(begin) || !stripped.endsWith(end)) {
            throw new IllegalArgumentException("no PEM block of a " + label);
        }
        String base64 = stripped.substring(begin.length(), stripped.length() - end.length());
        return Base64.getDecoder().decode(base64.replaceAll("\\s", ""));
    }
}
