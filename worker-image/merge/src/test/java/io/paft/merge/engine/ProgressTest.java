package io.paft.merge.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ProgressTest {
    @Test
    void twoHearTheSame() {
        var one = new Recorder();
        var other = new Recorder();
        Progress both = one.and(other);
        both.kept(2, 3);
        both.scanned(4, 5);
        both.bytes(6);
        both.tensor();
        assertThat(one.heard).containsExactly("kept 2 3", "scanned 4 5", "bytes 6", "tensor");
        assertThat(other.heard).isEqualTo(one.heard);
    }

    private static final class Recorder implements Progress {
        private final List<String> heard = new ArrayList<>();

        @Override
        public void kept(int tensors, long bytes) {
            heard.add("kept " + tensors + " " + bytes);
        }

        @Override
        public void scanned(long elements, long total) {
            heard.add("scanned " + elements + " " + total);
        }

        @Override
        public void bytes(long written) {
            heard.add("bytes " + written);
        }

        @Override
        public void tensor() {
            heard.add("tensor");
        }
    }
}
