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

    /** Of the tensors with these indexes, in this order. */
    Schedule(List<Integer> tensors) {
        this.tensors = tensors.iterator();
    }

    /** Waits for a piece; null when there is and will be nothing. Every piece taken is to be given to {@link #done}. */
    @Nullable
    Piece take() throws InterruptedException {
        lock.lock();
        try {
            while (true) {
                Piece piece = ready.poll();
                if (piece == null && tensors.hasNext()) {
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

    /** A piece is done, and these can be done now. */
    void done(List<? extends Piece> next) {
        lock.lock();
        try {
            busy--;
            ready.addAll(next);
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }
}
