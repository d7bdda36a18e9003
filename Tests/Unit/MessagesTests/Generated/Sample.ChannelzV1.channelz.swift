// Generated from grpc/channelz/v1/channelz.proto by protoc-gen-homeward. Do not edit.
import Messages

extension ChannelzV1.ServerRef: Sampled {
    static var protoFile: String { "grpc/channelz/v1/channelz.proto" }
    static var fieldNumbers: [Int] { [5, 6] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.serverID = source.number() as Int64 }
        if source.fills() { message.name = source.text() }
        return message
    }
}

extension ChannelzV1.SocketRef: Sampled {
    static var protoFile: String { "grpc/channelz/v1/channelz.proto" }
    static var fieldNumbers: [Int] { [3, 4] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.socketID = source.number() as Int64 }
        if source.fills() { message.name = source.text() }
        return message
    }
}

extension ChannelzV1.Server: Sampled {
    static var protoFile: String { "grpc/channelz/v1/channelz.proto" }
    static var fieldNumbers: [Int] { [1, 2] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fillsMessage() {
            message.ref = ChannelzV1.ServerRef.sample(&source)
            source.leave()
        }
        if source.fillsMessage() {
            message.data = ChannelzV1.ServerData.sample(&source)
            source.leave()
        }
        return message
    }
}

extension ChannelzV1.ServerData: Sampled {
    static var protoFile: String { "grpc/channelz/v1/channelz.proto" }
    static var fieldNumbers: [Int] { [2, 3, 4] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.callsStarted = source.number() as Int64 }
        if source.fills() { message.callsSucceeded = source.number() as Int64 }
        if source.fills() { message.callsFailed = source.number() as Int64 }
        return message
    }
}

extension ChannelzV1.Socket: Sampled {
    static var protoFile: String { "grpc/channelz/v1/channelz.proto" }
    static var fieldNumbers: [Int] { [1, 2, 3, 4, 6] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fillsMessage() {
            message.ref = ChannelzV1.SocketRef.sample(&source)
            source.leave()
        }
        if source.fillsMessage() {
            message.data = ChannelzV1.SocketData.sample(&source)
            source.leave()
        }
        if source.fillsMessage() {
            message.local = ChannelzV1.Address.sample(&source)
            source.leave()
        }
        if source.fillsMessage() {
            message.remote = ChannelzV1.Address.sample(&source)
            source.leave()
        }
        if source.fills() { message.remoteName = source.text() }
        return message
    }
}

extension ChannelzV1.SocketData: Sampled {
    static var protoFile: String { "grpc/channelz/v1/channelz.proto" }
    static var fieldNumbers: [Int] { [1, 2, 3] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.streamsStarted = source.number() as Int64 }
        if source.fills() { message.streamsSucceeded = source.number() as Int64 }
        if source.fills() { message.streamsFailed = source.number() as Int64 }
        return message
    }
}

extension ChannelzV1.Address: Sampled {
    static var protoFile: String { "grpc/channelz/v1/channelz.proto" }
    static var fieldNumbers: [Int] { [3] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fillsMessage() {
            message.otherAddress = ChannelzV1.Address.OtherAddress.sample(&source)
            source.leave()
        }
        return message
    }
}

extension ChannelzV1.Address.OtherAddress: Sampled {
    static var protoFile: String { "grpc/channelz/v1/channelz.proto" }
    static var fieldNumbers: [Int] { [1] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.name = source.text() }
        return message
    }
}

extension ChannelzV1.GetServersRequest: Sampled {
    static var protoFile: String { "grpc/channelz/v1/channelz.proto" }
    static var fieldNumbers: [Int] { [1, 2] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.startServerID = source.number() as Int64 }
        if source.fills() { message.maxResults = source.number() as Int64 }
        return message
    }
}

extension ChannelzV1.GetServersResponse: Sampled {
    static var protoFile: String { "grpc/channelz/v1/channelz.proto" }
    static var fieldNumbers: [Int] { [1, 2] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        message.server = source.messages { ChannelzV1.Server.sample(&$0) }
        if source.fills() { message.end = source.flag() }
        return message
    }
}

extension ChannelzV1.GetServerRequest: Sampled {
    static var protoFile: String { "grpc/channelz/v1/channelz.proto" }
    static var fieldNumbers: [Int] { [1] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.serverID = source.number() as Int64 }
        return message
    }
}

extension ChannelzV1.GetServerResponse: Sampled {
    static var protoFile: String { "grpc/channelz/v1/channelz.proto" }
    static var fieldNumbers: [Int] { [1] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fillsMessage() {
            message.server = ChannelzV1.Server.sample(&source)
            source.leave()
        }
        return message
    }
}

extension ChannelzV1.GetServerSocketsRequest: Sampled {
    static var protoFile: String { "grpc/channelz/v1/channelz.proto" }
    static var fieldNumbers: [Int] { [1, 2, 3] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.serverID = source.number() as Int64 }
        if source.fills() { message.startSocketID = source.number() as Int64 }
        if source.fills() { message.maxResults = source.number() as Int64 }
        return message
    }
}

extension ChannelzV1.GetServerSocketsResponse: Sampled {
    static var protoFile: String { "grpc/channelz/v1/channelz.proto" }
    static var fieldNumbers: [Int] { [1, 2] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        message.socketRef = source.messages { ChannelzV1.SocketRef.sample(&$0) }
        if source.fills() { message.end = source.flag() }
        return message
    }
}

extension ChannelzV1.GetSocketRequest: Sampled {
    static var protoFile: String { "grpc/channelz/v1/channelz.proto" }
    static var fieldNumbers: [Int] { [1] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.socketID = source.number() as Int64 }
        return message
    }
}

extension ChannelzV1.GetSocketResponse: Sampled {
    static var protoFile: String { "grpc/channelz/v1/channelz.proto" }
    static var fieldNumbers: [Int] { [1] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fillsMessage() {
            message.socket = ChannelzV1.Socket.sample(&source)
            source.leave()
        }
        return message
    }
}
