package io.paft.merge.engine;

import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;

/** The same work by several workers, each on a thread of its own. */
final class Parallel {
    private Parallel() {}

    /** Returns when all are done; throws what the first that failed threw. */
    static <W> void run(List<W> workers, Consumer<W> work) {
        AtomicReference<Throwable> first = new AtomicReference<>();
        try (ExecutorService pool = Executors.newFixedThreadPool(workers.size())) {
            for (W worker : workers) {
                pool.execute(() -> {
                    try {
                        work.accept(worker);
                    } catch (RuntimeException | Error e) {
                        first.compareAndSet(null, e);
                    }
                });
            }
        }
        switch (first.get()) {
            case null -> {}
            case RuntimeException e -> throw e;
            case Error e -> throw e;
            case Throwable e -> throw new IllegalStateException(e);
        }
    }
}
