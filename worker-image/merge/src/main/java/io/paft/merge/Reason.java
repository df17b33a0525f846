package io.paft.merge;

/** Why a merge cannot be done, in the words and with the exit codes of docs/stage-contract.md. */
public enum Reason {
    /** The stage document is missing, not JSON, or lacks a field. */
    InvalidStage(78),
    /** A recipe or parameter that the engine does not accept. */
    InvalidParameter(78),
    /** No model at the place named. */
    ModelNotFound(65),
    /** A checkpoint that cannot be read. */
    ModelInvalid(65),
    /** Weights in a format that can run code when it is loaded. */
    UnsafeFormat(65),
    /** Tensors that do not fit each other. */
    ShapeMismatch(65),
    /** No space left for the output. */
    WorkspaceFull(75),
    /** The output cannot be written by this user. */
    WorkspaceReadOnly(78),
    /** The heap is too small. */
    OutOfMemory(137),
    /** Stopped by a signal. */
    Stopped(143),
    /** Anything else. */
    InternalError(1);

    private final int exitCode;

    Reason(int exitCode) {
        this.exitCode = exitCode;
    }

    /** The exit code of the process that ends for this reason. */
    public int exitCode() {
        return exitCode;
    }
}
