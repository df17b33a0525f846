package io.paft.api.v1alpha1;

/** CEL rules, patterns and sentences that several fields share; constants, because annotations need them. */
final class Rules {
    /** An object name of Kubernetes (DNS subdomain). */
    static final String OBJECT_NAME = "^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$";

    static final int OBJECT_NAME_LENGTH = 253;

    /** A path below the workspace or below a claim: segments that never start at the root or climb. */
    private static final String SEGMENTS = "[A-Za-z0-9._@+=-]+(/[A-Za-z0-9._@+=-]+)*$";

    private static final String NO_CLIMBING = "!self.split('/').exists(s, s == '..' || s == '.')";

    static final String URI_SCHEME = "!self.contains('://') || self.startsWith('hf://') || self.startsWith('pvc://')";
    static final String URI_SCHEME_SENTENCE =
            "'unknown scheme in \"' + self + '\": write hf://org/name@<40-hex commit>, pvc://claim/path, or a path relative to the workspace such as data/train.jsonl'";

    static final String URI_PINNED =
            "!self.startsWith('hf://') || self.matches('^hf://[A-Za-z0-9][A-Za-z0-9._-]*/[A-Za-z0-9][A-Za-z0-9._-]*@[0-9a-f]{40}$')";
    static final String URI_PINNED_SENTENCE =
            "'pin a commit: write hf://org/name@<40 hex digits> instead of \"' + self + '\"; a branch or a tag may change under a finished stage'";

    static final String URI_CLAIM =
            "!self.startsWith('pvc://') || (self.matches('^pvc://[a-z0-9]([-a-z0-9.]*[a-z0-9])?/" + SEGMENTS + "') && "
                    + NO_CLIMBING + ")";
    static final String URI_CLAIM_SENTENCE =
            "'write pvc://claim/path instead of \"' + self + '\": the name of a PersistentVolumeClaim and a path in it of letters, digits and . _ @ + = -, without .. and without a slash at the end'";

    static final String URI_RELATIVE =
            "self.contains('://') || (self.matches('^" + SEGMENTS + "') && " + NO_CLIMBING + ")";
    static final String URI_RELATIVE_SENTENCE =
            "'write a path relative to the workspace instead of \"' + self + '\", such as data/train.jsonl: letters, digits and . _ @ + = -, no slash at the start or the end, no ..'";

    static final int URI_LENGTH = 512;

    static final String DEADLINE =
            "self.matches('^([0-9]{1,6}h)?([0-9]{1,6}m)?([0-9]{1,6}s)?$') && self.matches('[1-9]')";
    static final String DEADLINE_SENTENCE =
            "'write the deadline as hours, minutes and seconds, such as 12h, 90m or 1h30m, instead of \"' + self + '\"'";
    static final int DEADLINE_LENGTH = 21;

    static final String STALL_SENTENCE =
            "'write the stallTimeout as hours, minutes and seconds, such as 30m or 1h30m, instead of \"' + self + '\"'";
    static final String STALL_MINIMUM = "!(" + DEADLINE + ") || duration(self) >= duration('1m')";
    static final String STALL_MINIMUM_SENTENCE =
            "'the stallTimeout \"' + self + '\" is too short for pods to report in: write at least a minute, such as 15m'";
    static final String STALL_TEXT =
            "Longest time that a running pod of the stage may stand still: nothing done, by what it reports to the operator itself."
                    + " Then the pod is stopped, and that is an attempt that failed. Longer than the longest step, the writing of"
                    + " a checkpoint or the hashing of the result may take. A pod that never reported is never stopped for it, and"
                    + " silence counts only while the operator listens. Hours, minutes and seconds, such as 30m. Default: none. Not part of"
                    + " the stage's identity.";
    static final String DEADLINE_TEXT =
            "Longest time that the stage may take, retries included, from the start of its Job: hours, minutes and seconds,"
                    + " such as 12h, 90m or 1h30m. The stage fails when it is over. It starts anew when a suspended pipeline goes on. Default: none. Not part of the stage's identity.";

    static final String FETCH_DEADLINE = "!has(self.deadline) || self.uri.startsWith('hf://')";
    static final String FETCH_DEADLINE_SENTENCE =
            "deadline is the longest time of a download, and only hf:// is downloaded: remove deadline, or write an hf:// uri";
    static final String FETCH_DEADLINE_TEXT =
            "Longest time that the download of an hf:// uri may take, retries included: hours, minutes and seconds, such as 2h."
                    + " Default: none. Not part of the stage's identity.";

    static final String CHECKPOINT_INTERVAL_SENTENCE =
            "'write the checkpointInterval as hours, minutes and seconds, such as 10m, 90s or 1h30m, instead of \"' + self + '\"'";
    static final String CHECKPOINT_INTERVAL_TEXT =
            "Time between two checkpoints: hours, minutes and seconds, such as 10m, 90s or 1h30m. A training that is killed does at"
                    + " most this much again; one that is told to stop (drain, eviction) saves a checkpoint first and loses nothing. The"
                    + " newest two are kept in the workspace until the stage is done. Default: 10m. Not part of the stage's identity.";

    static final String RETRIES_TEXT =
            "How often the pod is started again after a failure that a retry can cure (killed, out of memory, no space left,"
                    + " the hub did not answer). Bad data and bad configuration are never retried, and a pod that the cluster"
                    + " preempts, drains or evicts does not count. 0 to 10. Default: 2. Not part of the stage's identity.";

    static final String RERUN = "^[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?$";
    static final String RERUN_TEXT =
            "Any word that was not here before, such as \"2\" or \"2026-03-01\", asks for a fresh run. It is part of the stage's"
                    + " identity, so the stage and everything that depends on it run again, once. Going back to an earlier word goes"
                    + " back to its result.";

    static final String FETCH_RERUN = "!has(self.rerun) || self.uri.startsWith('hf://')";
    static final String FETCH_RERUN_SENTENCE =
            "'rerun downloads again, and \"' + self.uri + '\" is not downloaded: leave it out, and set rerun of the stage that shall read the new content'";
    static final String FETCH_RERUN_TEXT =
            "Any word that was not here before asks for a fresh download of an hf:// uri. Part of the identity of the stage that"
                    + " downloads, so everything that reads it runs again too, once.";

    static final int WORD_LENGTH = 63;

    static final String EXTRA_ARGS_TEXT =
            " Keys are in TRL's own spelling (snake_case), such as adam_beta2. The worker refuses a key that TRL does not have or"
                    + " that a field of this API already sets (reason UnknownArgument). Write numbers with a dot (5.0e-7). Default: none.";

    static final String WITH_DOT =
            " Write it with a dot, 5.0e-7: kubectl reads 5e-7 as a number too, but YAML 1.1 tools such as PyYAML make a string of it,"
                    + " which the API server refuses.";

    private Rules() {}
}
