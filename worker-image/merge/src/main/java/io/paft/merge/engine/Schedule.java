package io.paft.merge.engine;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Gives threads their next piece of work: a range of a tensor that is begun, else the next tensor. So threads work together
 * on a large tensor, and no more tensors are begun than threads would stand idle for.
 */
final class Schedule {
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final Deque<Piece> ready = new ArrayDeque<>();
    private final Iterator<Integer> tensors;
    private final int most;
    private int open;
    private int busy;

    /** Something to do. */
    sealed interface Piece {
        /** Of the tensor. */
        int index();

        /** Begin the tensor of this index. */
        record Tensor(int index) implements Piece {}

        /** Do the next pass on a range of a tensor. */
        record Range(int index, TensorRun run, int range) implements Piece {}
    }

    /**
     * What follows from a piece that is done.
     *
     * @param next what can be done now
     * @param closed the tensor is done
     */
    record After(List<Piece> next, boolean closed) {
        /** Others work on the tensor, and the last of them goes on. */
        static final After NOTHING = new After(List.of(), false);
        /** The tensor is done. */
        static final After CLOSED = new After(List.of(), true);

        After {
            next = List.copyOf(next);
        }
    }

    /**
     * A schedule.
     *
     * @param tensors indexes of tensors, in the order in which they are begun
     * @param most how many may be open at a time, at least 1
     */
    Schedule(List<Integer> tensors, int most) {
        this.tensors = tensors.iterator();
        this.most = most;
    }

    /** Waits for a piece; null when there is and will be nothing. Every piece taken is to be given to {@link #done}. */
    @Nullable
    Piece take() throws InterruptedException {
        lock.lock();
        try {
            while (true) {
                Piece piece = ready.poll();
                if (piece == null && open < most && tensors.hasNext()) {
                    open++;
                    piece = new Piece.Tensor(tensors.next());
                }
                if (piece != null) {
                    busy++;
                    return piece;
                }
                if (busy == 0) {
                    return null;
                }
                changed.await();
            }
        } finally {
            lock.unlock();
        }
    }

    /** A piece is done. */
    void done(After after) {
        lock.lock();
        try {
            busy--;
            open -= after.closed() ? 1 : 0;
            ready.addAll(after.next());
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }
}
