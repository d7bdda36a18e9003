import Model
import Testing

@Suite struct IdentifierTests {
    @Test(arguments: ["a", "0", "web-01", "a.b_c-d", String(repeating: "x", count: 64)])
    func `lower-case names are ids`(_ text: String) throws {
        #expect(try ItemID(text).text == text)
    }

    @Test(arguments: ["", "-a", ".a", "_a", "A", "a b", "a/b", "ä", "a\n", String(repeating: "x", count: 65)])
    func `anything else is refused with the kind and the rule`(_ text: String) {
        let failure = #expect(throws: Failure.self) { try MasterTargetID(text) }
        #expect(failure?.code == .invalidArgument)
        #expect(failure?.message.contains("master target id") == true)
    }

    @Test func `an id made from random bytes is valid`() {
        #expect(JobID(prefix: "job", entropy: [0, 0xAB, 0xFF]).text == "job-00abff")
    }

    @Test func `an operation key reads back from its canonical form`() throws {
        for course in OperationKey.Course.allCases {
            let key = try OperationKey(job: "job-1", item: "web", step: "attach", course: course, target: "disks/d1/x")
            #expect(key.canonical == "job-1/web/attach/\(course.rawValue)/disks/d1/x")
            #expect(try OperationKey(canonical: key.canonical) == key)
            #expect(key.undo.course == .undo && key.forward.course == .forward)
            #expect(key.undo.forward.target == key.target)
        }
    }

    @Test(arguments: ["", "a/b/c/forward", "a/b/c/sideways/t", "a/b/c/forward/", "A/b/c/undo/t", "a/b/c/undo/t t"])
    func `a damaged operation key is refused`(_ text: String) {
        #expect(throws: Failure.self) { try OperationKey(canonical: text) }
    }

    @Test func `byte counts read as people write them`() {
        #expect(ByteCount(1023).description == "1023 B")
        #expect(ByteCount(1024).description == "1.0 KiB")
        #expect(ByteCount(1536).description == "1.5 KiB")
        #expect((ByteCount.mebibytes(2_048) - .mebibytes(1)).description == "1.9 GiB")
        #expect(ByteCount(.max).description == "7.9 EiB")
        #expect(ByteCount(.min).description == "-8.0 EiB")
    }
}
