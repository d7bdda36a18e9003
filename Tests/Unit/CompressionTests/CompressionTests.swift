import Compression
import Testing

struct CompressionTests {
    private static let compressing: [MessageEncoding] = [.gzip, .deflate, .zstd]

    @Test(arguments: MessageEncoding.allCases, [0, 1, 1_000, 300_000])
    func `what is compressed comes back`(_ encoding: MessageEncoding, _ size: Int) throws {
        let bytes = (0..<size).map { UInt8(truncatingIfNeeded: $0 / 7 ^ $0 >> 9) }
        #expect(try encoding.decompress(encoding.compress(bytes), limit: max(size, 1)) == bytes)
    }

    @Test(arguments: compressing) func `zeros shrink`(_ encoding: MessageEncoding) throws {
        #expect(try encoding.compress([UInt8](repeating: 0, count: 1 << 20)).count < 8 << 10)
    }

    @Test(arguments: MessageEncoding.allCases) func `the limit is exact`(_ encoding: MessageEncoding) throws {
        let bytes = [UInt8](repeating: 7, count: 200_000)
        let packed = try encoding.compress(bytes)
        #expect(try encoding.decompress(packed, limit: 200_000) == bytes)
        #expect(throws: CompressionFailure.tooLarge) { try encoding.decompress(packed, limit: 199_999) }
    }

    @Test(arguments: compressing) func `a bomb is given up at the limit`(_ encoding: MessageEncoding) throws {
        let bomb = try encoding.compress([UInt8](repeating: 0, count: 64 << 20))
        #expect(bomb.count < 1 << 19)
        #expect(throws: CompressionFailure.tooLarge) { try encoding.decompress(bomb, limit: 1 << 20) }
    }

    @Test(arguments: compressing) func `a stream that is cut off or goes on is corrupt`(
        _ encoding: MessageEncoding
    ) throws {
        let packed = try encoding.compress(Array("some text, some text, some text".utf8))
        for count in 0..<packed.count {
            let cut = Array(packed.prefix(count))
            #expect(throws: CompressionFailure.self) { try encoding.decompress(cut, limit: 999) }
        }
        #expect(throws: CompressionFailure.self) { try encoding.decompress(packed + [0], limit: 999) }
        #expect(throws: CompressionFailure.self) { try encoding.decompress(packed + packed, limit: 999) }
        #expect(throws: CompressionFailure.self) { try encoding.decompress([1, 2, 3, 4, 5, 6, 7, 8], limit: 999) }
    }

    @Test func `a zstd frame may not ask for a window above 8 MiB`() throws {
        // RFC 8878 §3.1.1: magic, a descriptor without content size, a window of 2^(10+17) octets, an empty last block.
        let frame: [UInt8] = [0x28, 0xb5, 0x2f, 0xfd, 0x00, 17 << 3, 0x01, 0x00, 0x00]
        #expect(throws: CompressionFailure.self) { try MessageEncoding.zstd.decompress(frame, limit: 999) }
        var smaller = frame
        smaller[5] = 13 << 3
        #expect(try MessageEncoding.zstd.decompress(smaller, limit: 999) == [])
    }

    @Test func `a frame of zstd's formats from before RFC 8878 is none`() {
        // The same frame in the format of v0.7, whose decoder takes a window of 128 MiB and does not mind.
        let frame: [UInt8] = [0x27, 0xb5, 0x2f, 0xfd, 0x00, 17 << 3, 0xc0, 0x00, 0x00]
        #expect(throws: CompressionFailure.self) { try MessageEncoding.zstd.decompress(frame, limit: 999) }
    }
}
