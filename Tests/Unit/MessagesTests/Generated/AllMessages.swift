// Generated from all files by protoc-gen-homeward. Do not edit.
import Messages

let allMessages: [any Sampled.Type] = [
    GoogleProtobuf.AnyMessage.self,
    GoogleProtobuf.Duration.self,
    GoogleRPC.ErrorInfo.self,
    GoogleRPC.RetryInfo.self,
    GoogleRPC.PreconditionFailure.self,
    GoogleRPC.PreconditionFailure.Violation.self,
    GoogleRPC.BadRequest.self,
    GoogleRPC.BadRequest.FieldViolation.self,
    GoogleRPC.Status.self,
    HealthV1.HealthCheckRequest.self,
    HealthV1.HealthCheckResponse.self,
    TestingV1.Scalars.self,
    TestingV1.Repeats.self,
    TestingV1.Maps.self,
    TestingV1.Choices.self,
    TestingV1.Choices.Inner.self,
    TestingV1.Tree.self,
    TestingV1.Branch.self,
    TestingV1.Words.self,
    TestingV1.Everything.self,
    TestingV1.Nothing.self,
    TestingV1.Note.self,
]
