// Generated from the packages of all files by protoc-gen-homeward. Do not edit.

/// Messages and enums of `google.protobuf`.
public enum GoogleProtobuf {}

/// Messages and enums of `google.rpc`.
public enum GoogleRPC {}

/// Messages and enums of `grpc.channelz.v1`.
public enum ChannelzV1 {}

/// Messages and enums of `grpc.health.v1`.
public enum HealthV1 {}

/// Messages and enums of `grpc.reflection.v1`.
public enum ReflectionV1 {}

/// Messages and enums of `grpc.testing`.
public enum GRPCTesting {}

/// Messages and enums of `homeward.agent.v1`.
public enum AgentV1 {}

/// Messages and enums of `homeward.backup.v1`.
public enum BackupV1 {}

/// Messages and enums of `homeward.common.v1`.
public enum CommonV1 {}

/// Messages and enums of `homeward.configuration.v1`.
public enum ConfigurationV1 {}

/// Messages and enums of `homeward.platform.v1`.
public enum PlatformV1 {}

/// Messages and enums of `homeward.process.v1`.
public enum ProcessV1 {}

/// Messages and enums of `homeward.replication.v1`.
public enum ReplicationV1 {}

/// Messages and enums of `homeward.target.v1`.
public enum TargetV1 {}

/// Messages and enums of `homeward.testing.v1`.
public enum TestingV1 {}

/// Messages and enums of `homeward.vault.v1`.
public enum VaultV1 {}
