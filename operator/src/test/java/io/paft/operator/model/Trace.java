package io.paft.operator.model;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** Tells what happens, where anybody listens. What happens in a calm is only worth telling when it ends badly. */
final class Trace {

    private final Consumer<String> lines;
    private final boolean wanted;
    private final List<String> held = new ArrayList<>();
    private boolean holding;

    /** @param wanted whether to make lines at all: that takes longer than the steps do */
    Trace(Consumer<String> lines, boolean wanted) {
        this.lines = lines;
        this.wanted = wanted;
    }

    @SuppressWarnings("AnnotateFormatMethod") // The annotation would be a dependency of its own.
    void say(String format, Object... arguments) {
        if (!wanted) {
            return;
        }
        String line = format.formatted(arguments);
        if (holding) {
            held.add("calm: " + line);
        } else {
            lines.accept(line);
        }
    }

    /** Keeps what follows back. */
    void hold() {
        holding = true;
    }

    /** Tells what was kept back after all. */
    void tell() {
        held.forEach(lines);
        forget();
    }

    void forget() {
        held.clear();
        holding = false;
    }
}
