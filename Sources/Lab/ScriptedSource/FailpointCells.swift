/// The failpoints of the data path, each with the test that kills a process at it.
///
/// The tests of these lists fail where they do not pass a name, and a tidy test where the sources name one that is in
/// no list: a new failpoint is one more row of this table, and a kill.
public enum FailpointCells {
    /// A machine's stay at a site: `MobilityAgentTests.FailpointTests`.
    public static let agent: Set<String> = [
        "agent.assign.before", "agent.assign.reply", "agent.assign.stored", "agent.effect.after",
        "agent.effect.before", "agent.effect.reply", "agent.fence.refused", "agent.fence.stored",
        "agent.freeze.frozen", "agent.freeze.noted", "agent.freeze.thawed", "agent.freeze.thawing",
        "agent.merge.empty", "agent.merge.settled", "agent.merge.step", "agent.open.settled", "agent.raise.settled",
        "agent.raise.stored", "agent.readback.piece", "agent.readback.stored", "agent.session.applied",
        "agent.session.comparison", "agent.session.cut", "agent.session.pass", "agent.session.shipped",
        "agent.stop.synced",
        "mobility-agent.assign.after-commit", "mobility-agent.assign.before-commit",
        "mobility-agent.authority.after-commit", "mobility-agent.authority.before-commit",
        "mobility-agent.freeze.after-commit", "mobility-agent.freeze.before-commit",
        "mobility-agent.operation.begin.after-commit", "mobility-agent.operation.begin.before-commit",
        "mobility-agent.operation.done.after-commit", "mobility-agent.operation.done.before-commit",
        "mobility-agent.operation.refused.after-commit", "mobility-agent.operation.refused.before-commit",
        "mobility-agent.session.after-commit", "mobility-agent.session.before-commit", "nbd.reply.after",
        "nbd.reply.before", "tracking.close.marked", "tracking.settle.synced", "tracking.write.done",
        "tracking.write.hot",
    ]

    /// A relay from its opening to its end: `ProcessServerTests.FailpointTests`.
    public static let processServer: Set<String> = [
        "process-server.assign.after-commit", "process-server.assign.before", "process-server.assign.before-commit",
        "process-server.assign.reply", "process-server.assign.stored", "process-server.effect.reply",
        "process-server.job.forget.after-commit", "process-server.job.forget.before-commit",
        "process-server.operation.transact.after-commit", "process-server.operation.transact.before-commit",
        "process-server.relay.forget.after-commit", "process-server.relay.forget.before-commit",
        "process-server.relay.hello.after-commit", "process-server.relay.hello.before-commit",
        "process-server.spool.cached", "process-server.spool.end",
    ]

    /// A replica from its adoption to its commit: `MasterTargetTests.FailpointTests`.
    public static let masterTarget: Set<String> = [
        "master-target.assign.after-commit", "master-target.assign.before", "master-target.assign.before-commit",
        "master-target.assign.reply", "master-target.assign.stored", "master-target.branch.served",
        "master-target.effect.after", "master-target.effect.before", "master-target.effect.reply",
        "master-target.ended", "master-target.job.forget.after-commit", "master-target.job.forget.before-commit",
        "master-target.operation.begin.after-commit", "master-target.operation.begin.before-commit",
        "master-target.operation.done.after-commit", "master-target.operation.done.before-commit",
        "master-target.operation.refused.after-commit", "master-target.operation.refused.before-commit",
        "master-target.release.after", "master-target.release.before", "master-target.retention.after-commit",
        "master-target.retention.before-commit", "replica.apply.after", "replica.apply.before",
        "replica.apply.captured", "replica.apply.written", "replica.commit.after", "replica.commit.before",
        "replica.extents.after", "replica.extents.before", "replica.fence.after", "replica.fence.before",
        "replica.final.after", "replica.final.before", "replica.hello.after", "replica.hello.before",
        "replica.move.begin.after", "replica.move.begin.before", "replica.move.captured.after",
        "replica.move.captured.before", "replica.move.end.after", "replica.move.end.before", "replica.move.redo.after",
        "replica.move.redo.before", "replica.move.step.after", "replica.move.step.before",
        "replica.move.stepped.after", "replica.move.stepped.before", "replica.move.written", "replica.pin.after",
        "replica.pin.before", "replica.progress.after", "replica.progress.before", "replica.reclaim.after",
        "replica.reclaim.before", "replica.release.after", "replica.release.before", "replica.retention.after",
        "replica.retention.before", "replica.retention.file.after", "replica.retention.file.before",
        "replica.seal.after", "replica.seal.before", "replica.staged", "replica.staging.after",
        "replica.staging.before", "replica.synced.after", "replica.synced.before", "replica.underway.after",
        "replica.underway.before", "replica.unpin.after", "replica.unpin.before",
    ]

    /// The process server in a common cut: `GroupTests.FailpointTests`.
    public static let groups: Set<String> = [
        "process-server.effect.after", "process-server.effect.before", "process-server.group.before-freeze",
        "process-server.group.before-hold", "process-server.group.cut", "process-server.group.frozen",
        "process-server.group.held", "process-server.operation.begin.after-commit",
        "process-server.operation.begin.before-commit", "process-server.operation.done.after-commit",
        "process-server.operation.done.before-commit",
    ]

    /// In tests of other names, by the target that they are in.
    public static let elsewhere: [String: String] = [
        "agent.group.cut": "GroupTests",
        "agent.group.frozen": "GroupTests",
        "agent.group.held": "GroupTests",
        "agent.group.release": "GroupTests",
        "master-target.group.after": "GroupTests",
        "master-target.group.before": "GroupTests",
        "process-server.passed.end": "MobilityAgentTests",
        "replica.damage.after": "ReplicasTests",
        "replica.damage.before": "ReplicasTests",
        "replica.fallback.after": "ReplicasTests",
        "replica.fallback.before": "ReplicasTests",
        "replica.growth.after": "ReplicasTests",
        "replica.growth.before": "ReplicasTests",
        "replica.growth.begin.after": "ReplicasTests",
        "replica.growth.begin.before": "ReplicasTests",
        "replica.growth.resized": "ReplicasTests",
        "replica.growth.table": "ReplicasTests",
        "replica.growth.undone.after": "ReplicasTests",
        "replica.growth.undone.before": "ReplicasTests",
        "replica.group.after": "GroupTests",
        "replica.group.before": "GroupTests",
        "replica.overwrite.after": "ReplicasTests",
        "replica.overwrite.before": "ReplicasTests",
        "replica.release.cut": "ReplicasTests",
        "replica.rollback.after": "ReplicasTests",
        "replica.rollback.before": "ReplicasTests",
        "replica.withdraw.after": "ReplicasTests",
        "replica.withdraw.before": "ReplicasTests",
    ]

    /// Names that no process reaches, and why.
    public static let unreachable: [String: String] = [
        "master-target.operation.transact.after-commit": "it has no effect inside its store",
        "master-target.operation.transact.before-commit": "it has no effect inside its store",
        "mobility-agent.job.forget.after-commit": "nobody asks an agent to forget a job",
        "mobility-agent.job.forget.before-commit": "nobody asks an agent to forget a job",
        "mobility-agent.operation.transact.after-commit": "it has no effect inside its store",
        "mobility-agent.operation.transact.before-commit": "it has no effect inside its store",
        "process-server.operation.refused.after-commit": "its one effect outside the store fails for the moment only",
        "process-server.operation.refused.before-commit": "its one effect outside the store fails for the moment only",
    ]
}
