package io.paft.merge.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.paft.merge.report.MergeStatistics;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class RangeWriterTest {
    private final List<String> written = new ArrayList<>();
    private final Output output = new Output() {
        @Override
        public void write(String tensor, long offset, ByteBuffer part) {
            written.add(tensor + "@" + offset + ":" + StandardCharsets.US_ASCII.decode(part));
        }

        @Override
        public void complete(TensorPlan tensor, MergeStatistics statistics) {}
    };
    private final RangeWriter writer = new RangeWriter(
            "t", MemorySegment.ofArray(new byte[10]), new Sink(output, new SilentProgress(), () -> false));

    @Test
    void isWrittenWhenThereIsNoRoomForMoreAndAtTheEnd() throws Exception {
        put(100, "abcd");
        put(104, "efgh");
        assertThat(written).isEmpty();
        put(108, "ijkl");
        assertThat(written).containsExactly("t@100:abcdefgh");
        writer.flush();
        writer.flush();
        assertThat(written).containsExactly("t@100:abcdefgh", "t@108:ijkl");
    }

    @Test
    void isFullWithoutAByteLeft() throws Exception {
        put(0, "0123456789");
        put(10, "x");
        writer.flush();
        assertThat(written).containsExactly("t@0:0123456789", "t@10:x");
    }

    private void put(long start, String bytes) throws Exception {
        writer.room(start, bytes.length()).copyFrom(MemorySegment.ofArray(bytes.getBytes(StandardCharsets.US_ASCII)));
    }
}
