package io.paft.api.crd;

import java.io.IOException;
import org.junit.jupiter.api.Test;

class CrdFileTest {
    @Test
    void theCheckedInCrdIsWhatTheRecordsSay() throws IOException {
        GeneratedFile.check(CrdFile.CHECKED_IN, CrdFile.generate());
    }
}
