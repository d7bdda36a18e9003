// Generated from the packages of all files by protoc-gen-homeward. Do not edit.

/// Messages and enums of `google.protobuf`.
public enum GoogleProtobuf {}

/// Messages and enums of `google.rpc`.
public enum GoogleRPC {}

/// Messages and enums of `grpc.health.v1`.
public enum HealthV1 {}

/// Messages and enums of `homeward.testing.v1`.
public enum TestingV1 {}
