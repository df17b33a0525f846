"""All faults, by name."""

from suite.control_faults import (
    ApiErrors,
    ApiServerKilled,
    ApiServerStopped,
    ClockSkewed,
    EtcdKilled,
    KubeletKilled,
    OperatorKilled,
    TwoOperators,
    WatchesDropped,
)
from suite.fault import Fault
from suite.object_faults import CrdApplied, StatusLost, StatusOverwritten
from suite.pod_faults import Drain, Eviction, FinishedJobDeleted, JobDeleted, PodDeleted, PodKilled
from suite.workspace_faults import CheckpointDamaged, ManifestDamaged, OutputDamaged, WorkspaceFull

FAULTS: dict[str, Fault] = {
    fault.name: fault
    for fault in (
        OperatorKilled(),
        PodDeleted(),
        PodKilled(),
        JobDeleted(),
        FinishedJobDeleted(),
        Eviction(),
        Drain(),
        ApiServerKilled(),
        ApiServerStopped(),
        EtcdKilled(),
        KubeletKilled(),
        StatusOverwritten(),
        StatusLost(),
        CrdApplied(),
        OutputDamaged(),
        ManifestDamaged(),
        CheckpointDamaged(),
        WorkspaceFull(),
        ApiErrors(),
        WatchesDropped(),
        TwoOperators(),
        ClockSkewed(),
    )
}
