internal import CMessages
internal import MessageCoding

func decodedString(_ data: ProtobufCBinaryData, _ field: String) throws(WireError) -> String {
    guard data.len > 0 else { return "" }
    let utf8 = UnsafeBufferPointer(start: data.data, count: data.len)
    guard let text = String(validating: utf8, as: UTF8.self) else { throw .invalidString(field) }
    return text
}

func decodedBytes(_ data: ProtobufCBinaryData) -> [UInt8] { UnpackMemory.bytes(data) }

func decodedNumbers<Value>(_ values: UnsafeMutablePointer<Value>?, _ count: Int) -> [Value] {
    guard let values, count > 0 else { return [] }
    return [Value](UnsafeBufferPointer(start: values, count: count))
}

func decodedStrings(
    _ values: UnsafeMutablePointer<ProtobufCBinaryData>?, _ count: Int, _ field: String
) throws(WireError) -> [String] {
    var result: [String] = []
    guard let values else { return result }
    result.reserveCapacity(count)
    for index in 0..<count { result.append(try decodedString(values[index], field)) }
    return result
}

func decodedBlobs(_ values: UnsafeMutablePointer<ProtobufCBinaryData>?, _ count: Int) -> [[UInt8]] {
    decodedNumbers(values, count).map(decodedBytes)
}

func decodedMessages<Message: StructBacked>(
    _ values: UnsafeMutablePointer<UnsafeMutablePointer<Message.CStruct>?>?, _ count: Int
) throws(WireError) -> [Message] {
    var result: [Message] = []
    guard let values else { return result }
    result.reserveCapacity(count)
    for index in 0..<count {
        guard let value = values[index] else { continue }
        result.append(try Message(value))
    }
    return result
}
