package io.paft.merge.engine;

/** Hears nothing but what is overridden. */
public class SilentProgress implements Progress {
    /** Hears nothing at all. */
    public static final Progress NONE = new SilentProgress();

    @Override
    public void kept(int tensors, long bytes) {}

    @Override
    public void scanned(long elements, long total) {}

    @Override
    public void bytes(long written) {}

    @Override
    public void tensor() {}
}
