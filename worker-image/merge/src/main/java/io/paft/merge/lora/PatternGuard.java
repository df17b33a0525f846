package io.paft.merge.lora;

import io.paft.merge.MergeException;
import io.paft.merge.Reason;
import java.util.regex.Pattern;

/** Matches patterns that came with an adapter: some regular expressions would take years on a name of some length. */
final class PatternGuard {
    private static final int STEPS = 1_000_000;

    private PatternGuard() {}

    /**
     * True when the pattern matches the whole name.
     *
     * @throws MergeException ModelInvalid when that takes too long
     */
    static boolean matches(Pattern pattern, String name) {
        try {
            return pattern.matcher(new Counted(name, new int[1])).matches();
        } catch (StackOverflowError | TooManyException e) {
            throw new MergeException(
                    Reason.ModelInvalid,
                    "adapter_config.json, offset 0: the pattern " + pattern + " takes too long on the module " + name
                            + ": write it without nested repetition.",
                    e);
        }
    }

    private static final class TooManyException extends RuntimeException {
        private static final long serialVersionUID = 1;
    }

    /** Text that counts how often it is looked at. */
    private static final class Counted implements CharSequence {
        private final String text;
        private final int[] looks;

        Counted(String text, int[] looks) {
            this.text = text;
            this.looks = looks;
        }

        @Override
        public char charAt(int index) {
            looks[0]++;
            if (looks[0] > STEPS) {
                throw new TooManyException();
            }
            return text.charAt(index);
        }

        @Override
        public int length() {
            return text.length();
        }

        @Override
        public CharSequence subSequence(int start, int end) {
            return new Counted(text.substring(start, end), looks);
        }

        @Override
        public String toString() {
            return text;
        }
    }
}
