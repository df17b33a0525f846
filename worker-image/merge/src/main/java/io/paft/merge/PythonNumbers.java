package io.paft.merge;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.util.JsonGeneratorDelegate;
import java.io.IOException;
import java.math.BigDecimal;

/** Writes floating-point numbers as Python's json does, so that a configuration that was only copied stays as it was. */
final class PythonNumbers extends JsonGeneratorDelegate {
    private static final double SMALLEST_PLAIN = 1e-4;
    private static final double LARGEST_PLAIN = 1e16;

    PythonNumbers(JsonGenerator target) {
        super(target, false);
    }

    @Override
    public void writeNumber(double value) throws IOException {
        delegate.writeNumber(text(value));
    }

    /** The shortest digits that give the number, with an exponent of two digits below 1e-4 and from 1e16 on. */
    static String text(double value) {
        double size = Math.abs(value);
        if (value == 0 || !Double.isFinite(value)) {
            return Double.toString(value);
        }
        String shortest = Double.toString(value);
        if (size >= SMALLEST_PLAIN && size < LARGEST_PLAIN) {
            String plain = new BigDecimal(shortest).stripTrailingZeros().toPlainString();
            return plain.contains(".") ? plain : plain + ".0";
        }
        int mark = shortest.indexOf('E');
        String digits = shortest.substring(0, mark).replaceFirst("\\.0$", "");
        int exponent = Integer.parseInt(shortest.substring(mark + 1));
        return digits + (exponent < 0 ? "e-" : "e+") + (Math.abs(exponent) < 10 ? "0" : "") + Math.abs(exponent);
    }
}
