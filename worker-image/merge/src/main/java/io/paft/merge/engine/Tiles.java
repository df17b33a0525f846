package io.paft.merge.engine;

import java.lang.foreign.Arena;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Supplier;

/** Tiles for the ranges that are worked on, used again when a tensor is done. */
final class Tiles implements Supplier<Tile> {
    private final Queue<Tile> free = new ConcurrentLinkedQueue<>();
    private final int inputs;
    private final Arena arena;

    /**
     * None yet.
     *
     * @param inputs the largest number of inputs of a tensor
     * @param arena holds their buffers for output; several threads use it
     */
    Tiles(int inputs, Arena arena) {
        this.inputs = inputs;
        this.arena = arena;
    }

    @Override
    public Tile get() {
        Tile tile = free.poll();
        return tile == null ? new Tile(inputs, arena) : tile;
    }

    /** Takes tiles back. */
    void giveBack(List<Tile> tiles) {
        free.addAll(tiles);
    }
}
